/* labels.c: fp-groupby align and arith: tables lined up by the labels of their rows. */
#include "commands/commands.h"

#include "rows/align.h"
#include "rows/arith_frame.h"
#include "rows/label.h"
#include "table/key_table.h"

struct align_command {
    struct table_options table;
    int how;
    bool unsorted;
};

struct arith_command {
    struct table_options table;
    const char *fill;
};

static const char *const hows[] = {"union", "intersection", "difference",
                                   "symmetric-difference", NULL};

/* Positions as a column of integers, missing where there is none. */
static struct column *
positions(struct arena *a, const char *name, const int64_t *at, size_t n)
{
    struct column *c = column_new(a, COLTYPE_NULLABLE_INT, n);

    for (size_t i = 0; i < n; i++) {
        c->na[i] = at[i] < 0;
        c->i[i] = at[i] < 0 ? 0 : at[i];
    }
    c->name = cell_str(name);
    return c;
}

/* Of each label the first row in an index. */
static int64_t *
first_rows(struct arena *a, const struct column *labels, const struct index *in)
{
    int64_t *out = arena_alloc(a, (labels->size + 1) * sizeof *out);
    const struct column *const levels[] = {labels};
    struct key_lookup lookup;

    key_lookup_init(a, &lookup, in->levels, in->n_levels);
    for (size_t i = 0; i < labels->size; i++)
        out[i] = key_lookup_find(&lookup, levels, i);
    return out;
}

/* One table: where each label stands first, and whether it repeats. */
static struct frame *
describe_labels(struct arena *a, const struct frame *f)
{
    int64_t *first = align_first_positions(a, &f->index);
    struct frame *out = frame_new(a, f->n_rows, 2);
    struct column *repeats = column_new(a, COLTYPE_BOOL, f->n_rows);

    out->index = f->index;
    for (size_t i = 0; i < f->n_rows; i++)
        repeats->i[i] = first[i] != (int64_t)i;
    repeats->name = cell_str("duplicated");
    frame_add(out, positions(a, "first", first, f->n_rows));
    frame_add(out, repeats);
    return out;
}

static bool
apply_align(const struct table_call *c, struct table *out, struct error *err)
{
    const struct align_command *o = c->options;
    const struct index *left = &c->tables[0].frame->index;
    const struct index *right = c->n_tables == 2 ? &c->tables[1].frame->index : left;
    struct alignment rows;

    out->labelled = true;
    if (c->n_tables == 1) {
        out->frame = describe_labels(c->a, c->tables[0].frame);
        return true;
    }
    if (left->n_levels != right->n_levels)
        return error_set(err, ERR_UNSUPPORTED, "indexes differ in their levels");
    if (o->how != SET_INTERSECTION && o->how != SET_DIFFERENCE &&
        !align_check(left, right, err))
        return false;
    if (o->how == SET_UNION) {
        if (o->unsorted)
            align_union_unsorted(c->a, left, right, &rows);
        else if (!align_outer(c->a, left, right, &rows, err))
            return false;
    } else {
        const struct column *labels;

        if (left->n_levels != 1)
            return error_set(err, ERR_UNSUPPORTED, "set operations on several levels");
        if (!label_set(c->a, (enum set_operation)o->how,
                       o->unsorted ? SET_SORT_NO : SET_SORT_MAYBE, left->levels[0],
                       right->levels[0], &labels, err))
            return false;
        rows.index = index_of(c->a, labels);
        rows.size = labels->size;
        rows.left = first_rows(c->a, labels, left);
        rows.right = first_rows(c->a, labels, right);
    }
    out->frame = frame_new(c->a, 0, 2);
    out->frame->n_rows = rows.size;
    out->frame->index = rows.index;
    frame_add(out->frame, positions(c->a, "left", rows.left, rows.size));
    frame_add(out->frame, positions(c->a, "right", rows.right, rows.size));
    return true;
}

static bool
check_arith(const void *options, struct error *err)
{
    const struct arith_command *o = options;

    return !o->fill || table_value(o->fill).kind != CELL_STR ||
           error_set(err, ERR_USAGE, "--fill: '%s' is not a number", o->fill);
}

static bool
apply_arith(const struct table_call *c, struct table *out, struct error *err)
{
    const struct arith_command *o = c->options;
    struct cell fill = table_value(o->fill ? o->fill : "");
    enum arith op;

    if (c->n_words != 1 || c->n_tables != 2)
        return error_set(err, ERR_USAGE, "arith needs an operator and two tables");
    if (!arith_parse(c->words[0], &op))
        return error_set(err, ERR_USAGE,
                         "'%s' is none of add, sub, mul, div, floordiv, mod, pow",
                         c->words[0]);
    out->labelled = true;
    return arith_frames(c->a, op, c->tables[0].frame, c->tables[1].frame,
                        o->fill ? &fill : NULL, &out->frame, err);
}

static const struct cli_option align_options[] = {
    {.name = "how",
     .type = CLI_CHOICE,
     .offset = offsetof(struct align_command, how),
     .metavar = "HOW",
     .help = "union (default), intersection, difference or symmetric-difference",
     .choices = hows},
    TABLE_OPTION("no-sort", CLI_FLAG, struct align_command, unsorted, NULL,
                 "labels in the order of their first appearance"),
    TABLE_OPTIONS(struct align_command),
    CLI_OPTION_END,
};

static const struct cli_option arith_options[] = {
    TABLE_OPTION("fill", CLI_TEXT, struct arith_command, fill, "VALUE",
                 "stands in for a value that one side does not have"),
    TABLE_OPTIONS(struct arith_command),
    CLI_OPTION_END,
};

const struct table_command command_align = {
    {TABLE_COMMAND("align", "LEFT [RIGHT]", "where the rows of two tables have one label",
                   align_options, struct align_command),
     .details =
         "Labels are the values of the columns that --index names.  Printed are the\n"
         "labels and their positions in both tables; of one table alone where each\n"
         "label stands first, and which rows repeat one.\n",
     .examples = "  fp-groupby align --index id --how intersection old.csv new.csv\n",
     .min_operands = 1, .max_operands = 2},
    2,
    NULL,
    apply_align};

const struct table_command command_arith = {
    {TABLE_COMMAND("arith", "add|sub|mul|div|floordiv|mod|pow LEFT RIGHT",
                   "calculate with two tables, lined up by label and column",
                   arith_options, struct arith_command),
     .details = "Labels are the values of the columns that --index names.\n",
     .examples = "  fp-groupby arith sub --index day --fill 0 sales.csv returns.csv\n",
     .min_operands = 3, .max_operands = 3},
    2,
    check_arith,
    apply_arith};
