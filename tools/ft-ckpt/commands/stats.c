/* stats.c: the numbers in each tensor. */
#include "commands/commands.h"
#include "commands/targets.h"
#include "common/num.h"
#include "common/term.h"
#include "container/open.h"
#include "tensors/stream.h"

#include <inttypes.h>
#include <math.h>

enum { BATCH = 1024, BINS = 8 };

/*
 * The mean adds batches of 1024 elements in order, each summed in order: the same on
 * every machine.  The sketch counts magnitudes by decade: 0, up to 1e-6, 1e-4, 1e-2,
 * 1, 1e2, 1e4, more.
 */
struct numbers {
    double min, max, sum;
    uint64_t finite, nan, inf, zero, count;
    uint64_t bins[BINS];
};

static void
add_batch(struct numbers *n, const double *x, size_t k)
{
    static const double edges[BINS - 1] = {0.0, 1e-6, 1e-4, 1e-2, 1.0, 1e2, 1e4};
    double sum = 0.0;

    for (size_t i = 0; i < k; i++) {
        size_t bin = 0;

        n->count++;
        if (isnan(x[i])) {
            n->nan++;
            continue;
        }
        if (isinf(x[i])) {
            n->inf++;
            continue;
        }
        while (bin < BINS - 1 && fabs(x[i]) > edges[bin])
            bin++;
        n->bins[bin]++;
        n->zero += x[i] == 0.0;
        n->min = n->finite == 0 || x[i] < n->min ? x[i] : n->min;
        n->max = n->finite == 0 || x[i] > n->max ? x[i] : n->max;
        n->finite++;
        sum += x[i];
    }
    n->sum += sum;
}

static bool
measure(struct checkpoint *c, const struct tensor *t, struct numbers *n,
        struct error *err)
{
    size_t size = t->element_size;
    struct stream s;
    const uint8_t *chunk;
    size_t got;
    double x[2 * BATCH];
    bool complex = dtype_kind(t->dtype) == DTYPE_KIND_COMPLEX;

    *n = (struct numbers){0};
    if (size == 0 || dtype_kind(t->dtype) == DTYPE_KIND_OPAQUE)
        return true;
    if (!stream_begin(&s, c, t, err))
        return false;
    while (stream_next(&s, &chunk, &got)) {
        for (size_t at = 0; at < got; at += BATCH * size) {
            size_t k = (got - at) / size < BATCH ? (got - at) / size : BATCH;

            if (dtype_to_f64(t->dtype, chunk + at, k, x))
                add_batch(n, x, complex ? 2 * k : k);
        }
    }
    stream_end(&s);
    return true;
}

static void
put_json(struct json_out *j, const struct tensor *t, const struct numbers *n)
{
    json_object(j, NULL);
    json_string_n(j, "name", t->name, t->name_size);
    json_u64(j, "count", n->count);
    json_u64(j, "nan", n->nan);
    json_u64(j, "inf", n->inf);
    json_u64(j, "zero", n->zero);
    if (n->finite > 0) {
        json_f64(j, "min", n->min);
        json_f64(j, "max", n->max);
        json_f64(j, "mean", n->sum / (double)n->finite);
    }
    json_array(j, "magnitudes");
    for (size_t i = 0; i < BINS; i++)
        json_u64(j, NULL, n->bins[i]);
    json_end(j);
    json_end(j);
}

/* One character a decade, as high as its share. */
static void
sketch(const struct numbers *n, char *out)
{
    static const char levels[] = " .:-=+*#@";

    for (size_t i = 0; i < BINS; i++) {
        size_t level =
            n->finite ? (size_t)(8.0 * (double)n->bins[i] / (double)n->finite) : 0;

        out[i] = levels[level == 0 && n->bins[i] > 0 ? 1 : level];
    }
    out[BINS] = '\0';
}

static void
put_row(struct term_table *table, const struct tensor *t, const struct numbers *n)
{
    char name[256], text[NUM_F64_SIZE], bars[BINS + 1];
    double values[] = {n->min, n->max, n->finite ? n->sum / (double)n->finite : 0.0};

    term_cell(table, "%s", targets_name(t->name, t->name_size, name, sizeof name));
    for (size_t i = 0; i < COUNT_OF(values); i++) {
        (void)num_format_f32((float)values[i], text);
        term_cell(table, "%s", n->finite ? text : "-");
    }
    term_cell_style(table, n->nan ? TERM_BAD : TERM_PLAIN, "%" PRIu64, n->nan);
    term_cell_style(table, n->inf ? TERM_BAD : TERM_PLAIN, "%" PRIu64, n->inf);
    sketch(n, bars);
    term_cell(table, "|%s|", bars);
}

static bool
print(struct cli *cli, struct checkpoint *c, struct error *err)
{
    static const char *const titles[] = {"MIN", "MAX", "MEAN", "NAN", "INF"};
    struct term_table *table = cli->json ? NULL : term_table_new();
    struct json_out j;
    bool ok = true;

    json_start(&j, cli->out, JSON_PRETTY);
    if (cli->json) {
        json_object(&j, NULL);
        json_string(&j, "schema", "lockstep-stats/1");
        json_array(&j, "tensors");
    } else {
        term_column(table, "NAME", TERM_LEFT);
        for (size_t i = 0; i < COUNT_OF(titles); i++)
            term_column(table, titles[i], TERM_RIGHT);
        term_column(table, "0 TO 1E4", TERM_LEFT);
    }
    for (size_t i = 0; ok && i < c->tensor_count; i++) {
        const struct tensor *t = &c->tensors[i];
        struct numbers n;

        if (stream_is_empty(t))
            continue;
        ok = measure(c, t, &n, err);
        if (cli->json)
            put_json(&j, t, &n);
        else
            put_row(table, t, &n);
    }
    if (cli->json) {
        json_end(&j);
        json_end(&j);
    } else {
        term_table_print(table, cli->out);
    }
    return ok;
}

struct options {
    const char *dtype;
};

static const struct cli_option options_table[] = {
    TARGETS_DTYPE(struct options),
    CLI_OPTION_END,
};

static bool
stats_one(struct cli *cli, const char *path, void *context, struct error *err)
{
    const struct options *o = context;
    struct diagnostics d;
    struct open_options open = {.diagnostics = &d, .raw_dtype = o->dtype, .opaque = true};
    struct checkpoint c;
    bool ok;

    diagnostics_init(&d, MODE_STRICT, DIAGNOSTICS_DEFAULT_MAX);
    ok = checkpoint_open(&c, path, &open, err) &&
         (print(cli, &c, err) || error_in(err, path));
    checkpoint_close(&c);
    diagnostics_clear(&d);
    return ok;
}

static int
run(struct cli *cli, const void *options, struct error *err)
{
    struct options o = *(const struct options *)options;

    return targets_each(cli, stats_one, &o, err);
}

const struct cli_command command_stats = {
    .name = "stats",
    .operands = "FILE...",
    .summary = "min, max, mean, NaN and infinities of each tensor",
    .details =
        "The sketch counts magnitudes: 0, up to 1e-6, 1e-4, 1e-2, 1, 1e2, 1e4, more.",
    .examples = "  ft-ckpt stats model.safetensors\n",
    .options = options_table,
    .options_size = sizeof(struct options),
    .common = CLI_JSON | CLI_OUTPUT,
    .min_operands = 1,
    .max_operands = SIZE_MAX,
    .run = run,
};
