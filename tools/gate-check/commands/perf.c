#include "commands/commands.h"
#include "commands/judging.h"
#include "gates/gates.h"

struct options {
    const char *baseline;
    const char *pass1;
    const char *pass2;
    const char *samples;
    double threshold;
    double confidence;
    uint64_t resamples;
    uint64_t seed;
    const char *output;
};

static const struct options defaults = {
    .threshold = 5, .confidence = 0.95, .resamples = 10000, .seed = 1};

static const struct cli_option options_table[] = {
    {.name = "baseline",
     .type = CLI_TEXT,
     .offset = offsetof(struct options, baseline),
     .metavar = "FILE",
     .help = "medians, or with --samples samples, to compare with"},
    {.name = "pass1",
     .type = CLI_TEXT,
     .offset = offsetof(struct options, pass1),
     .metavar = "FILE",
     .help = "the first probe"},
    {.name = "pass2",
     .type = CLI_TEXT,
     .offset = offsetof(struct options, pass2),
     .metavar = "FILE",
     .help = "an independent second one"},
    {.name = "samples",
     .type = CLI_TEXT,
     .offset = offsetof(struct options, samples),
     .metavar = "FILE",
     .help = "instead of two passes: samples, judged with their noise"},
    {.name = "threshold",
     .type = CLI_F64,
     .offset = offsetof(struct options, threshold),
     .metavar = "P",
     .help = "percent worse that is still accepted (default 5)"},
    {.name = "confidence",
     .type = CLI_F64,
     .offset = offsetof(struct options, confidence),
     .metavar = "C",
     .help = "of the interval (default 0.95)"},
    {.name = "resamples",
     .type = CLI_U64,
     .offset = offsetof(struct options, resamples),
     .metavar = "N",
     .help = "bootstrap rounds (default 10000)",
     .min = 100,
     .max = 1000000},
    {.name = "seed",
     .type = CLI_U64,
     .offset = offsetof(struct options, seed),
     .metavar = "N",
     .help = "of the bootstrap (default 1)"},
    {.name = "output",
     .letter = 'o',
     .type = CLI_TEXT,
     .offset = offsetof(struct options, output),
     .metavar = "FILE",
     .help = "also write the result, lockstep-gate-result/1"},
    CLI_OPTION_END};

static bool
check_options(const struct options *o, struct error *err)
{
    if (!o->baseline || (!o->samples && (!o->pass1 || !o->pass2)))
        return error_set(
            err, ERR_USAGE,
            "perf needs --baseline FILE with --pass1 and --pass2, or --samples");
    if (!(o->threshold >= 0 && o->threshold <= 1000))
        return error_set(err, ERR_USAGE, "--threshold is a percentage from 0");
    if (!(o->confidence >= 0.5 && o->confidence < 1))
        return error_set(err, ERR_USAGE, "--confidence is from 0.5 to below 1");
    return true;
}

static int
run(struct cli *cli, const void *options, struct error *err)
{
    const struct options *o = options;
    const struct perf_samples_options samples = {.threshold_percent = o->threshold,
                                                 .confidence = o->confidence,
                                                 .resamples = o->resamples,
                                                 .seed = o->seed};
    struct judgement j;

    if (!check_options(o, err))
        return CLI_ERROR;
    judgement_init(&j, o->baseline);
    if (o->samples)
        gate_perf_samples(&j, o->baseline, o->samples, &samples);
    else
        gate_perf(&j, o->baseline, o->pass1, o->pass2, o->threshold);
    return judging_finish_one(cli, "perf", &j, o->output, err);
}

const struct cli_command command_perf = {
    .name = "perf",
    .summary = "two probes, or noisy samples, against a baseline",
    .details =
        "Fails when both passes are over the threshold; with --samples when the whole\n"
        "bootstrap interval of the median ratio is, and warns when it straddles it.\n"
        "A missing baseline or metric fails.\n",
    .examples =
        "  gate-check perf --baseline b.json --pass1 p1.json --pass2 p2.json\n"
        "  gate-check perf --baseline old.json --samples new.json --threshold 3\n",
    .options = options_table,
    .options_size = sizeof(struct options),
    .defaults = &defaults,
    .common = CLI_JSON,
    .run = run,
};
