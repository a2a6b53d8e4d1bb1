/*
 * stress.c: the same program many times, on 1, 2, 4, ... threads: one digest.
 */
#include "commands/commands.h"

#include "engine/digest.h"

#include "common/json_out.h"

#include <inttypes.h>
#include <string.h>

struct stress_options {
    uint64_t runs;
};

static int
run(struct cli *cli, const void *options, struct error *err)
{
    const struct stress_options *o = options;
    struct run_digest first = {0}, now;
    uint64_t differ = 0;
    struct program p;

    if (!program_open(&p, cli->operands[0], err)) {
        program_clear(&p);
        return CLI_ERROR;
    }
    for (uint64_t i = 0; i < o->runs; i++) {
        /* 1, 2, 4, ... up to --threads, then again. */
        unsigned threads = 1U << i % 16;

        while (threads > cli->threads && threads > 1)
            threads /= 2;
        memset(&now, 0, sizeof(now));
        if (!run_digest_of(&p, TORCH_2_6, threads, i == 0 ? &first : &now, err)) {
            (void)error_in(err, cli->operands[0]);
            program_clear(&p);
            return CLI_ERROR;
        }
        differ += i > 0 && (now.fingerprint != first.fingerprint ||
                            strcmp(now.tensors, first.tensors) != 0);
    }
    program_clear(&p);
    if (cli->json) {
        struct json_out j;

        json_start(&j, cli->out, JSON_PRETTY);
        json_object(&j, NULL);
        json_string(&j, "schema", "ft-grad-stress/1");
        json_u64(&j, "runs", o->runs);
        json_u64(&j, "differing", differ);
        json_stringf(&j, "schedule", "%016" PRIx64, first.fingerprint);
        json_string(&j, "tensors", first.tensors);
        json_end(&j);
    } else {
        (void)fprintf(cli->out,
                      "%" PRIu64 " runs, %" PRIu64 " differ; schedule %016" PRIx64
                      ", tensors %s\n",
                      o->runs, differ, first.fingerprint, first.tensors);
    }
    return differ > 0 ? 1 : 0;
}

static const struct stress_options stress_defaults = {.runs = 100};

static const struct cli_option stress_options[] = {
    {.name = "runs",
     .type = CLI_U64,
     .offset = offsetof(struct stress_options, runs),
     .metavar = "N",
     .help = "how often (default 100)",
     .min = 1,
     .max = 1000000},
    CLI_OPTION_END,
};

const struct cli_command command_stress = {
    .name = "stress",
    .operands = "PROGRAM",
    .summary = "run a program again and again, and compare every bit",
    .details = "Runs use 1, 2, 4, ... up to --threads threads.  Exit 1 when any differs.",
    .examples = "  ft-grad stress --runs 100 --threads 8 program.json\n",
    .options = stress_options,
    .options_size = sizeof(struct stress_options),
    .defaults = &stress_defaults,
    .common = CLI_JSON | CLI_OUTPUT | CLI_THREADS,
    .min_operands = 1,
    .max_operands = 1,
    .run = run,
};
