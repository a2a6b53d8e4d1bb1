/*
 * stress.c: the same program many times, on several numbers of threads: one digest.
 */
#include "commands/commands.h"

#include "engine/program/weights.h"
#include "engine/trace/digest.h"

#include "common/json_out.h"
#include "common/num.h"

#include <inttypes.h>
#include <string.h>

enum { COUNTS_MAX = 16, THREADS_MAX = 4096 };

struct stress_options {
    uint64_t runs;
    const char *threads, *weights;
    int matmul;
};

struct stress {
    struct program program;
    struct weights weights;
    uint64_t counts[COUNTS_MAX]; /* of threads, one session each */
    size_t count;
    struct run_digest first;
    uint64_t differ;
    uint64_t odd_run; /* the first that differs, and its threads */
    uint64_t odd_threads;
};

/* "1,2,8" as it is; a single N as 1, 2, 4, ... N. */
static bool
read_counts(struct stress *s, const char *text, struct error *err)
{
    for (const char *at = text; at; at = strchr(at, ',') ? strchr(at, ',') + 1 : NULL) {
        uint64_t n = 0;

        if (s->count == COUNTS_MAX || !num_parse_u64(at, strcspn(at, ","), &n) || n < 1 ||
            n > THREADS_MAX)
            return error_set(err, ERR_USAGE,
                             "--threads: '%s' (up to %d numbers from 1 to %d)", text,
                             (int)COUNTS_MAX, (int)THREADS_MAX);
        s->counts[s->count++] = n;
    }
    if (s->count == 1) {
        uint64_t most = s->counts[0];

        for (s->count = 0; s->count < COUNTS_MAX - 1 && UINT64_C(1) << s->count < most;
             s->count++)
            s->counts[s->count] = UINT64_C(1) << s->count;
        s->counts[s->count++] = most;
    }
    return true;
}

/* Runs i, i + count, ... of all; each session keeps its buffers from run to run. */
static bool
run_some(struct stress *s, size_t which, const struct stress_options *o,
         struct error *err)
{
    struct session session;
    struct run_digest now;
    bool ok = session_init(&session, &s->program, TORCH_2_6, (unsigned)s->counts[which]);

    if (!ok)
        *err = session.tape.error;
    session.tape.blas = o->matmul == 1;
    for (uint64_t i = which; ok && i < o->runs; i += s->count) {
        ok = run_digest_of(&session, &now, err);
        if (ok && i == 0)
            s->first = now;
        if (!ok || (now.fingerprint == s->first.fingerprint &&
                    strcmp(now.tensors, s->first.tensors) == 0))
            continue;
        if (s->differ++ == 0) {
            s->odd_run = i;
            s->odd_threads = s->counts[which];
        }
    }
    session_clear(&session);
    return ok;
}

static void
print(struct cli *cli, const struct stress *s, uint64_t runs)
{
    struct json_out j;

    if (!cli->json) {
        (void)fprintf(cli->out,
                      "%" PRIu64 " runs, %" PRIu64 " differ; schedule %016" PRIx64
                      ", tensors %s\n",
                      runs, s->differ, s->first.fingerprint, s->first.tensors);
        if (s->differ > 0)
            (void)fprintf(cli->out, "run %" PRIu64 " on %" PRIu64 " threads differs\n",
                          s->odd_run, s->odd_threads);
        return;
    }
    json_start(&j, cli->out, JSON_PRETTY);
    json_object(&j, NULL);
    json_string(&j, "schema", "ft-grad-stress/1");
    json_u64(&j, "runs", runs);
    json_array(&j, "threads");
    for (size_t i = 0; i < s->count; i++)
        json_u64(&j, NULL, s->counts[i]);
    json_end(&j);
    json_u64(&j, "differing", s->differ);
    json_stringf(&j, "schedule", "%016" PRIx64, s->first.fingerprint);
    json_string(&j, "tensors", s->first.tensors);
    json_end(&j);
}

static int
run(struct cli *cli, const void *options, struct error *err)
{
    const struct stress_options *o = options;
    struct stress s = {0};
    bool ok = read_counts(&s, o->threads, err) &&
              program_open(&s.program, cli->operands[0], err) &&
              (!o->weights || (weights_open(&s.weights, o->weights, err) &&
                               weights_bind(&s.weights, &s.program, err)));

    for (size_t i = 0; ok && i < s.count; i++)
        ok = run_some(&s, i, o, err) || error_in(err, cli->operands[0]);
    if (ok)
        print(cli, &s, o->runs);
    weights_close(&s.weights);
    program_clear(&s.program);
    return !ok ? CLI_ERROR : s.differ > 0 ? 1 : 0;
}

static const struct stress_options stress_defaults = {.runs = 100, .threads = "1,2,4,8"};

static const struct cli_option stress_options[] = {
    {.name = "runs",
     .type = CLI_U64,
     .offset = offsetof(struct stress_options, runs),
     .metavar = "N",
     .help = "how often in all (default 100)",
     .min = 1,
     .max = 1000000},
    {.name = "threads",
     .type = CLI_TEXT,
     .offset = offsetof(struct stress_options, threads),
     .metavar = "LIST",
     .help = "of one run after the other (default 1,2,4,8)"},
    {.name = "weights",
     .type = CLI_TEXT,
     .offset = offsetof(struct stress_options, weights),
     .metavar = "FILE",
     .help = "data of leaves (safetensors)"},
    MATMUL_OPTION(struct stress_options, matmul),
    CLI_OPTION_END,
};

const struct cli_command command_stress = {
    .name = "stress",
    .operands = "PROGRAM",
    .summary = "run a program again and again, and compare every bit",
    .details = "The runs are shared out over the numbers of threads; a single number N\n"
               "stands for 1, 2, 4, ... N.  Exit 1 when any run differs.",
    .examples = "  ft-grad stress --runs 100 --threads 1,2,4,8 program.json\n",
    .options = stress_options,
    .options_size = sizeof(struct stress_options),
    .defaults = &stress_defaults,
    .common = CLI_JSON | CLI_OUTPUT,
    .min_operands = 1,
    .max_operands = 1,
    .run = run,
};
