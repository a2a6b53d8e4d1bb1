/*
 * bench.c: what a node of a schedule, a matrix product and a step of a network cost.
 *
 * Times are of this process alone: best and median of several repetitions.
 */
#include "commands/commands.h"

#include "engine/bench_work.h"
#include "engine/session.h"

#include "tensor/gemm.h"

#include "common/json_out.h"
#include "common/mem.h"
#include "common/term.h"
#include "common/timing.h"

#include <inttypes.h>
#include <stdlib.h>

struct bench_options {
    uint64_t nodes;
    uint64_t repeat;
};

enum { REPEAT_MAX = 1000 };

struct result {
    const char *name;
    double best, median; /* seconds of one repetition */
    double work;         /* nodes, or floating-point operations */
};

struct bench {
    struct cli *cli;
    const struct bench_options *options;
    struct result results[24];
    size_t count;
};

/* Time work(context) as often as the options say, after one run that is not counted. */
static bool
measure(struct bench *b, const char *name, double amount,
        bool (*work)(void *context, struct error *err), void *context, struct error *err)
{
    double times[REPEAT_MAX];
    struct timing found;
    size_t n = (size_t)b->options->repeat;

    if (!work(context, err))
        return false;
    for (size_t i = 0; i < n; i++) {
        uint64_t start = timing_ns();

        if (!work(context, err))
            return false;
        times[i] = timing_seconds(start, timing_ns());
    }
    found = timing_of(times, n);
    b->results[b->count++] = (struct result){name, found.best, found.median, amount};
    return true;
}

static bool
schedule_once(void *context, struct error *err)
{
    const struct schedule_call *call = context;
    struct schedule_options options = {0};
    struct schedule_report report;
    bool ok = schedule_run(call, 1, 0, &options, NULL, &report, err);

    schedule_report_clear(&report);
    return ok;
}

static bool
measure_schedules(struct bench *b, struct error *err)
{
    static const char *const names[] = {"schedule chain", "schedule fan",
                                        "schedule tree"};

    for (int shape = 0; shape < BENCH_SHAPES; shape++) {
        const struct graph_edge root = {0, 0};
        struct schedule_call call = {.roots = &root, .root_count = 1};
        struct graph g;
        bool ok;

        bench_graph(&g, (enum bench_shape)shape, (uint32_t)b->options->nodes);
        call.graph = &g;
        ok = measure(b, names[shape], (double)g.nodes, schedule_once, &call, err);
        graph_clear(&g);
        if (!ok)
            return false;
    }
    return true;
}

struct product {
    struct tensor *a, *b, *c;
    struct gemm_way way;
};

static bool
multiply_once(void *context, struct error *err)
{
    const struct product *p = context;

    (void)err;
    gemm(p->way, 1, p->a, p->b, 0, p->c);
    return true;
}

static bool
ceiling_once(void *context, struct error *err)
{
    (void)context;
    (void)err;
    bench_ceiling();
    return true;
}

static bool
measure_products(struct bench *b, struct error *err)
{
    static const struct {
        const char *name;
        int64_t m, n, k;
        bool turned_a, turned_b, blas;
    } shapes[] = {{"product 64x784 . 784x512 (x w')", 64, 512, 784, false, true, false},
                  {"product 64x512 . 512x512 (g w)", 64, 512, 512, false, false, false},
                  {"product 512x64 . 64x784 (g' x)", 512, 784, 64, true, false, false},
                  {"product 512x512 . 512x512", 512, 512, 512, false, false, false},
                  {"the same by OpenBLAS", 512, 512, 512, false, false, true}};
    struct heap h = {0};
    bool ok = true;

    for (size_t i = 0; ok && i < COUNT_OF(shapes); i++) {
        struct product p = {
            .a = bench_matrix(&h, shapes[i].m, shapes[i].k, shapes[i].turned_a),
            .b = bench_matrix(&h, shapes[i].k, shapes[i].n, shapes[i].turned_b),
            .c = bench_matrix(&h, shapes[i].m, shapes[i].n, false),
            .way = {(unsigned)b->cli->threads, shapes[i].blas}};

        ok = measure(b, shapes[i].name,
                     2.0 * (double)(shapes[i].m * shapes[i].n * shapes[i].k),
                     multiply_once, &p, err);
    }
    heap_clear(&h);
    return ok && measure(b, "ceiling (tile in registers)", bench_ceiling_flops(),
                         ceiling_once, NULL, err);
}

static bool
step_once(void *context, struct error *err)
{
    struct session *s = context;

    if (session_run(s))
        return true;
    *err = s->tape.error;
    return false;
}

/* A program forward and backward. */
static bool
measure_program(struct bench *b, const char *name, double flops,
                bool (*make)(struct program *p, struct error *err), struct error *err)
{
    struct program p;
    struct session s = {0};
    bool ok = make(&p, err);

    if (ok) {
        ok = session_init(&s, &p, TORCH_2_6, (unsigned)b->cli->threads);
        if (ok)
            ok = measure(b, name, flops, step_once, &s, err);
        else
            *err = s.tape.error;
        session_clear(&s);
    }
    program_clear(&p);
    return ok;
}

/* What the network would take if all its products ran at the ceiling just measured. */
static void
add_bound(struct bench *b)
{
    const struct result *ceiling = &b->results[b->count - 2];
    double share = BENCH_NETWORK_FLOPS / ceiling->work;

    b->results[b->count++] =
        (struct result){"  bound: its products at the ceiling", ceiling->best * share,
                        ceiling->median * share, BENCH_NETWORK_FLOPS};
}

static void
print_json(const struct bench *b)
{
    struct json_out j;

    json_start(&j, b->cli->out, JSON_PRETTY);
    json_object(&j, NULL);
    json_string(&j, "schema", "ft-grad-bench/1");
    json_u64(&j, "threads", b->cli->threads);
    json_array(&j, "results");
    for (size_t i = 0; i < b->count; i++) {
        json_object(&j, NULL);
        json_string(&j, "name", b->results[i].name);
        json_f64(&j, "best", b->results[i].best);
        json_f64(&j, "median", b->results[i].median);
        json_f64(&j, "work", b->results[i].work);
        json_end(&j);
    }
    json_end(&j);
    json_end(&j);
}

static void
print_text(const struct bench *b)
{
    struct term_table *table = term_table_new();

    term_column(table, "WORK", TERM_LEFT);
    term_column(table, "BEST", TERM_RIGHT);
    term_column(table, "MEDIAN", TERM_RIGHT);
    term_column(table, "RATE", TERM_RIGHT);
    for (size_t i = 0; i < b->count; i++) {
        const struct result *r = &b->results[i];

        term_cell(table, "%s", r->name);
        term_cell(table, "%.3f ms", r->best * 1e3);
        term_cell(table, "%.3f ms", r->median * 1e3);
        if (i < BENCH_SHAPES)
            term_cell(table, "%.1f ns a node", r->best / r->work * 1e9);
        else
            term_cell(table, "%.1f GFLOP/s", r->work / r->best * 1e-9);
    }
    term_table_print(table, b->cli->out);
}

static int
run(struct cli *cli, const void *options, struct error *err)
{
    struct bench b = {.cli = cli, .options = options};

    if (!measure_schedules(&b, err) || !measure_products(&b, err) ||
        !measure_program(&b, "MLP 784-512-512-10 x 64, f32", BENCH_NETWORK_FLOPS,
                         bench_network, err))
        return CLI_ERROR;
    add_bound(&b);
    if (!measure_program(&b, "conv2d 8x64x28x28, 64 of 3x3, f32", BENCH_CONVOLUTION_FLOPS,
                         bench_convolution, err))
        return CLI_ERROR;
    if (cli->json)
        print_json(&b);
    else
        print_text(&b);
    return 0;
}

static const struct bench_options bench_defaults = {.nodes = 100000, .repeat = 50};

static const struct cli_option bench_options[] = {
    {.name = "nodes",
     .type = CLI_U64,
     .offset = offsetof(struct bench_options, nodes),
     .metavar = "N",
     .help = "of the scheduled graphs (default 100000)",
     .min = 3,
     .max = 50000000},
    {.name = "repeat",
     .type = CLI_U64,
     .offset = offsetof(struct bench_options, repeat),
     .metavar = "N",
     .help = "how often each is measured (default 50)",
     .min = 1,
     .max = REPEAT_MAX},
    CLI_OPTION_END,
};

const struct cli_command command_bench = {
    .name = "bench",
    .summary = "time schedules, matrix products, a network and a convolution",
    .details =
        "Best and median of the repetitions, in this process alone; networks forward\n"
        "and backward.",
    .examples = "  ft-grad bench --threads 1\n",
    .options = bench_options,
    .options_size = sizeof(struct bench_options),
    .defaults = &bench_defaults,
    .common = CLI_JSON | CLI_OUTPUT | CLI_THREADS,
    .run = run,
};
