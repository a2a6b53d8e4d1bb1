/* filter.c: fp-groupby filter: rows by condition, label or position; columns by name. */
#include "commands/commands.h"

#include "query/query.h"
#include "rows/dedup.h"
#include "rows/select.h"
#include "rows/slice.h"

#include "common/num.h"

struct filter_command {
    struct table_options table;
    struct cli_list missing, present, mask, loc, iloc, columns;
};

/* Text up to a colon, as a value; nothing is an open end. */
static struct cell
slice_end(struct arena *a, const char *text, size_t n)
{
    return n == 0 ? cell_none() : table_value(arena_strndup(a, text, n));
}

/* START:STOP or START:STOP:STEP. */
static bool
read_slice(struct arena *a, const char *text, struct slice *out, struct error *err)
{
    const char *stop = strchr(text, ':') + 1;
    const char *step = strchr(stop, ':');

    *out = (struct slice){.step = 1};
    out->start = slice_end(a, text, (size_t)(stop - 1 - text));
    out->stop = slice_end(a, stop, step ? (size_t)(step - stop) : strlen(stop));
    if (step && step[1] &&
        (!num_parse_i64(step + 1, strlen(step + 1), &out->step) || out->step == 0))
        return error_set(err, ERR_USAGE, "'%s': the step is a whole number, not 0", text);
    return true;
}

static bool
is_position(struct cell c)
{
    return c.kind == CELL_INT || c.kind == CELL_NONE;
}

static bool
take_positions(struct arena *a, const struct cli_list *list, struct frame **f,
               struct error *err)
{
    int64_t *positions = arena_alloc(a, (list->count + 1) * sizeof *positions);
    struct slice s;

    if (list->count == 1 && strchr(list->items[0], ':')) {
        if (!read_slice(a, list->items[0], &s, err))
            return false;
        if (!is_position(s.start) || !is_position(s.stop))
            return error_set(err, ERR_USAGE, "--iloc: positions are whole numbers");
        *f = slice_positions(a, *f, &s);
        return true;
    }
    for (size_t i = 0; i < list->count; i++)
        if (!num_parse_i64(list->items[i], strlen(list->items[i]), &positions[i]))
            return error_set(err, ERR_USAGE, "--iloc: '%s' is no position",
                             list->items[i]);
    return select_positions(a, *f, positions, list->count, f, err);
}

/* Labels of a column of text are text, whatever they look like. */
static struct cell
as_label(const struct frame *f, struct cell v, const char *text)
{
    const struct column *labels = f->index.levels[0];

    return labels->dtype == COLTYPE_OBJECT && v.kind != CELL_NONE ? cell_str(text) : v;
}

static bool
take_labels(struct arena *a, const struct cli_list *list, struct frame **f,
            struct error *err)
{
    struct cell *labels = arena_alloc(a, (list->count + 1) * sizeof *labels);
    struct slice s;

    if (list->count == 1 && strchr(list->items[0], ':')) {
        const char *text = list->items[0];
        const char *stop = strchr(text, ':') + 1;

        if (!read_slice(a, text, &s, err))
            return false;
        if (s.step != 1 || strchr(stop, ':'))
            return error_set(err, ERR_USAGE, "--loc takes START:STOP");
        s.start =
            as_label(*f, s.start, arena_strndup(a, text, (size_t)(stop - 1 - text)));
        s.stop = as_label(*f, s.stop, stop);
        return slice_labels(a, *f, &s, f, err);
    }
    for (size_t i = 0; i < list->count; i++)
        labels[i] = as_label(*f, table_value(list->items[i]), list->items[i]);
    return select_labels(a, *f, labels, list->count, f, err);
}

/* Rows where every column of the list is missing, or none is. */
static bool
keep_missing(struct arena *a, const struct cli_list *names, bool missing,
             struct frame **f, struct error *err)
{
    const struct column **columns;
    bool *keep = arena_alloc(a, (*f)->n_rows + 1);

    if (!table_want_all(a, *f, names, &columns, err))
        return false;
    for (size_t i = 0; i < (*f)->n_rows; i++) {
        keep[i] = true;
        for (size_t k = 0; k < names->count; k++)
            keep[i] &= column_missing(columns[k], i) == missing;
    }
    *f = frame_filter(a, *f, keep);
    return true;
}

static bool
keep_masked(struct arena *a, const struct cli_list *names, struct frame **f,
            struct error *err)
{
    for (size_t i = 0; i < names->count; i++) {
        const struct column *c;

        if (!table_want(*f, names->items[i], &c, err) ||
            !select_mask(a, *f, series_new(a, NULL, c), f, err))
            return false;
    }
    return true;
}

static bool
keep_columns(struct arena *a, const struct cli_list *names, struct frame **f,
             struct error *err)
{
    struct frame *out = frame_new(a, 0, names->count);

    out->index = (*f)->index;
    out->n_rows = (*f)->n_rows;
    for (size_t i = 0; i < names->count; i++) {
        const struct column *c;

        if (!frame_want(*f, names->items[i], &c, err))
            return false;
        frame_add(out, c);
    }
    *f = out;
    return true;
}

static bool
check(const void *options, struct error *err)
{
    const struct filter_command *o = options;

    return o->loc.count == 0 || o->iloc.count == 0 ||
           error_set(err, ERR_USAGE, "--loc and --iloc exclude each other");
}

static bool
apply(const struct table_call *c, struct table *out, struct error *err)
{
    const struct filter_command *o = c->options;
    struct frame **f = &out->frame;

    if (c->n_words > 1)
        return error_set(err, ERR_USAGE, "unexpected operand '%s'", c->words[1]);
    return (o->iloc.count == 0 || take_positions(c->a, &o->iloc, f, err)) &&
           (o->loc.count == 0 || take_labels(c->a, &o->loc, f, err)) &&
           (c->n_words == 0 || query_rows(c->a, *f, c->words[0], f, err)) &&
           (o->missing.count == 0 || keep_missing(c->a, &o->missing, true, f, err)) &&
           (o->present.count == 0 || keep_missing(c->a, &o->present, false, f, err)) &&
           keep_masked(c->a, &o->mask, f, err) &&
           (o->columns.count == 0 || keep_columns(c->a, &o->columns, f, err));
}

#define OPTION(option, kind, field, meta, text)                                          \
    TABLE_OPTION(option, kind, struct filter_command, field, meta, text)

static const struct cli_option options[] = {
    OPTION("iloc", CLI_LIST, iloc, "N|START:STOP[:STEP]",
           "rows at positions from 0 (negative: from the end), or a range of them"),
    OPTION("loc", CLI_LIST, loc, "LABEL|FIRST:LAST",
           "rows of these labels of the index, or a range that holds both ends"),
    OPTION("null", CLI_LIST, missing, "COLUMN", "rows where it is missing"),
    OPTION("not-null", CLI_LIST, present, "COLUMN", "rows where it is not missing"),
    OPTION("mask", CLI_LIST, mask, "COLUMN", "rows where this column is true"),
    {.name = "column",
     .letter = 'c',
     .type = CLI_LIST,
     .offset = offsetof(struct filter_command, columns),
     .metavar = "COLUMN",
     .help = "keep these columns only, in this order"},
    TABLE_OPTIONS(struct filter_command),
    CLI_OPTION_END,
};

const struct table_command command_filter = {
    {TABLE_COMMAND("filter", "[EXPRESSION] FILE",
                   "keep rows for which an expression holds, rows by label or position",
                   options, struct filter_command),
     .details =
         "EXPRESSION is that of DataFrame.query: columns (`in backticks` where they are\n"
         "no words), numbers, 'text', lists, + - * / // % **, < <= == != >= >, in,\n"
         "not in, and, or, not, & | ~, a < b < c, and the methods isna, notna, isin,\n"
         "between, abs, str.contains, str.startswith and str.endswith.\n",
     .examples =
         "  fp-groupby filter 'price > 3 and city in [\"Rome\", \"Oslo\"]' in.csv\n"
         "  fp-groupby filter --iloc -10: --not-null price in.csv\n",
     .min_operands = 1, .max_operands = 2},
    1,
    check,
    apply};
