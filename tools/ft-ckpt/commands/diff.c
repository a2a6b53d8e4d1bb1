/* diff.c: what differs between two checkpoints. */
#include "commands/commands.h"
#include "commands/targets.h"
#include "common/num.h"
#include "common/term.h"
#include "container/open.h"
#include "tensors/difference.h"
#include "tensors/digests.h"

#include <inttypes.h>

struct options {
    const char *dtype;
    double tolerance;
    bool all;
};

static const struct cli_option options_table[] = {
    {"tolerance", 't', CLI_F64, offsetof(struct options, tolerance), "X",
     "values within X of each other do not count (default: 0)", NULL, 0, 0},
    {"all", 'a', CLI_FLAG, offsetof(struct options, all), NULL, "show equal tensors too",
     NULL, 0, 0},
    {"dtype", 0, CLI_TEXT, offsetof(struct options, dtype), "TYPE",
     "read raw storages of this type", NULL, 0, 0},
    CLI_OPTION_END,
};

static void
json_type_of(struct json_out *j, const char *key, const struct tensor *t)
{
    json_object(j, key);
    json_string(j, "dtype", digests_dtype(t));
    json_array(j, "shape");
    for (uint32_t i = 0; i < t->rank && t->shape; i++)
        json_u64(j, NULL, t->shape[i]);
    json_end(j);
    json_end(j);
}

static void
print_json(const struct differences *d, bool all, FILE *out)
{
    struct json_out j;

    json_start(&j, out, JSON_PRETTY);
    json_object(&j, NULL);
    json_string(&j, "schema", "lockstep-diff/1");
    json_bool(&j, "equal", d->different == 0);
    json_array(&j, "tensors");
    for (size_t i = 0; i < d->count; i++) {
        const struct difference *x = &d->items[i];
        const struct tensor *t = x->a ? x->a : x->b;

        if (x->kind == DIFFERENCE_EQUAL && !all)
            continue;
        json_object(&j, NULL);
        json_string_n(&j, "name", t->name, t->name_size);
        json_string(&j, "change", difference_name(x->kind));
        if (x->kind == DIFFERENCE_KIND && x->a && x->b) {
            json_type_of(&j, "from", x->a);
            json_type_of(&j, "to", x->b);
        }
        if (x->count > 0) {
            json_u64(&j, "count", x->count);
            json_f64(&j, "max_abs", x->max_abs);
            if (x->has_ulp)
                json_u64(&j, "max_ulp", x->max_ulp);
        }
        json_end(&j);
    }
    json_end(&j);
    json_end(&j);
}

static void
put_type(struct term_table *table, const struct tensor *t)
{
    struct buf shape = {0};

    targets_shape(t, &shape);
    term_cell(table, "%s %s", digests_dtype(t), buf_string(&shape));
    buf_clear(&shape);
}

static void
print_row(struct term_table *table, const struct difference *x)
{
    const struct tensor *t = x->a ? x->a : x->b;
    char name[256], number[NUM_F64_SIZE];

    term_cell_style(table, x->kind > DIFFERENCE_CLOSE ? TERM_BAD : TERM_PLAIN, "%s",
                    difference_name(x->kind));
    term_cell(table, "%s", targets_name(t->name, t->name_size, name, sizeof name));
    if (x->kind == DIFFERENCE_KIND && x->a && x->b) {
        put_type(table, x->a);
        put_type(table, x->b);
        term_cell(table, "%s", "");
        return;
    }
    (void)num_format_f64(x->max_abs, number);
    if (x->count > 0)
        term_cell(table, "%" PRIu64, x->count);
    else
        term_cell(table, "%s", "");
    term_cell(table, "%s", x->count ? number : "");
    if (x->count > 0 && x->has_ulp)
        term_cell(table, "%" PRIu64, x->max_ulp);
    else
        term_cell(table, "%s", "");
}

static void
print_text(const struct differences *d, bool all, FILE *out)
{
    struct term_table *table;
    size_t shown = 0;

    for (size_t i = 0; i < d->count; i++)
        shown += all || d->items[i].kind != DIFFERENCE_EQUAL;
    if (shown == 0) {
        (void)fprintf(out, "equal: %zu tensors\n", d->count);
        return;
    }
    table = term_table_new();
    term_column(table, "CHANGE", TERM_LEFT);
    term_column(table, "NAME", TERM_LEFT);
    term_column(table, "COUNT", TERM_RIGHT);
    term_column(table, "MAX ABS", TERM_RIGHT);
    term_column(table, "MAX ULP", TERM_RIGHT);
    for (size_t i = 0; i < d->count; i++)
        if (all || d->items[i].kind != DIFFERENCE_EQUAL)
            print_row(table, &d->items[i]);
    term_table_print(table, out);
}

static int
run(struct cli *cli, const void *options, struct error *err)
{
    const struct options *o = options;
    struct diagnostics diagnostics;
    struct open_options open = {
        .diagnostics = &diagnostics, .raw_dtype = o->dtype, .opaque = true};
    struct checkpoint a, b;
    struct differences d = {0};
    int status = CLI_ERROR;

    diagnostics_init(&diagnostics, MODE_STRICT, DIAGNOSTICS_DEFAULT_MAX);
    checkpoint_init(&b, cli->operands[1]);
    if (checkpoint_open(&a, cli->operands[0], &open, err) &&
        checkpoint_open(&b, cli->operands[1], &open, err) &&
        differences_make(&d, &a, &b, o->tolerance, err)) {
        if (cli->json)
            print_json(&d, o->all, cli->out);
        else
            print_text(&d, o->all, cli->out);
        status = d.different > 0;
    }
    differences_clear(&d);
    checkpoint_close(&a);
    checkpoint_close(&b);
    diagnostics_clear(&diagnostics);
    return status;
}

const struct cli_command command_diff = {
    .name = "diff",
    .operands = "A B",
    .summary = "what was added, removed or changed, by value",
    .details = "Across formats.  Exit status 1 when the checkpoints differ.",
    .examples = "  ft-ckpt diff old.pt new.safetensors\n"
                "  ft-ckpt diff --tolerance 1e-6 a.pt b.pt\n",
    .options = options_table,
    .options_size = sizeof(struct options),
    .common = CLI_JSON | CLI_OUTPUT,
    .min_operands = 2,
    .max_operands = 2,
    .run = run,
};
