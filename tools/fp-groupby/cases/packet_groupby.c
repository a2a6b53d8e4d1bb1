/* packet_groupby.c: packet operations on a grouped frame. */
#include "cases/packet.h"

#include "group/groupby.h"
#include "group/summary.h"
#include "group/window.h"
#include "rows/select.h"

static enum aggregate
aggregate_of(const char *how, bool *known)
{
    enum aggregate out = AGGREGATE_SUM;

    *known = aggregate_parse(strcmp(how, "kurtosis") == 0 ? "kurt" : how, &out);
    return out;
}

/* open, high, low, close of every column, under two levels of names. */
static bool
answer_ohlc(const struct packet_call *c, const struct frame *f, const struct groups *g,
            const struct frame *values, struct packet_value *out, struct error *err)
{
    struct frame *result = frame_new(c->a, g->n_groups, 4 * values->n_columns);
    struct column *levels[2];

    (void)f;
    result->index = g->labels;
    levels[0] = column_new(c->a, COLTYPE_OBJECT, 4 * values->n_columns);
    levels[1] = column_new(c->a, COLTYPE_OBJECT, 4 * values->n_columns);
    for (size_t i = 0; i < values->n_columns; i++) {
        struct cell base = values->columns[i]->name;
        struct frame *part;

        if (!summary_ohlc(c->a, g, values->columns[i], &part, err))
            return false;
        for (size_t k = 0; k < 4; k++) {
            struct cell tail = part->columns[k]->name;
            char *name = arena_alloc(c->a, (size_t)base.size + tail.size + 2);

            memcpy(name, base.s, base.size);
            name[base.size] = '_';
            memcpy(name + base.size + 1, tail.s, tail.size);
            levels[0]->cells[4 * i + k] = base;
            levels[1]->cells[4 * i + k] = tail;
            frame_add(result, column_named(c->a, part->columns[k], cell_str(name)));
        }
    }
    result->labels.n_levels = 2;
    result->labels.levels = arena_alloc(c->a, 2 * sizeof(struct column *));
    result->labels.levels[0] = levels[0];
    result->labels.levels[1] = levels[1];
    return packet_answer(out, PACKET_FRAME, result);
}

static bool
answer_columns(const struct packet_call *c, const struct frame *values,
               const struct groups *g, const char *how, struct packet_value *out,
               struct error *err)
{
    struct frame *result;
    enum window window_how;
    bool known;
    enum aggregate aggregate_how = aggregate_of(how, &known);
    bool rows = window_parse(how, &window_how);

    if (!rows && !known)
        return error_set(err, ERR_UNSUPPORTED, "unknown group-by result '%s'", how);
    result = frame_new(c->a, rows ? g->n_rows : g->n_groups, values->n_columns);
    result->index = rows ? values->index : g->labels;
    for (size_t i = 0; i < values->n_columns; i++) {
        const struct column *column;

        if (rows ? !window(c->a, g, values->columns[i], window_how, &window_defaults,
                           &column, err)
                 : !aggregate(c->a, g, values->columns[i], &values->index, aggregate_how,
                              &aggregate_defaults, &column, err))
            return false;
        if (rows && (window_how == WINDOW_NGROUP || window_how == WINDOW_CUMCOUNT))
            return packet_answer(out, PACKET_SERIES,
                                 series_new(c->a, &values->index, column));
        frame_add(result, column);
    }
    return packet_answer(out, PACKET_FRAME, result);
}

static bool
run_groupby(const struct packet_call *c, struct packet_value *out, struct error *err)
{
    const char *how = packet_text(c, "operation") + strlen("dataframe_groupby_");
    const char *group = packet_text(c, "group_name");
    const struct column *const *keys;
    const char **by;
    struct frame *f;
    struct frame *values;
    struct groups g;
    size_t n;

    by = packet_names(c, "groupby_columns", &n);
    if (!packet_read_frame(c, "frame", &f, err) ||
        !groupby_keys(c->a, f, by, n, &keys, err))
        return false;
    groups_make(c->a, keys, n, &groupby_defaults.group, &g);
    if (strcmp(how, "get_group") == 0) {
        if (!group || !select_group_named(c->a, f, &g, cell_str(group), &values, err))
            return error_set(err, ERR_UNSUPPORTED, "group '%s' not found",
                             group ? group : "");
        return packet_answer(out, PACKET_FRAME, values);
    }
    values = frame_new(c->a, f->n_rows, f->n_columns);
    values->index = f->index;
    for (size_t i = 0; i < f->n_columns; i++) {
        bool key = false;

        for (size_t k = 0; k < n; k++)
            key |= cell_same(f->columns[i]->name, cell_str(by[k]));
        if (!key)
            frame_add(values, f->columns[i]);
    }
    if (strcmp(how, "ohlc") == 0)
        return answer_ohlc(c, f, &g, values, out, err);
    return answer_columns(c, values, &g, how, out, err);
}

#define GROUPBY(name)                                                                    \
    {                                                                                    \
        "dataframe_groupby_" name, run_groupby                                           \
    }

const struct packet_operation packet_group_table[] = {
    GROUPBY("sum"),     GROUPBY("mean"),     GROUPBY("count"),    GROUPBY("min"),
    GROUPBY("max"),     GROUPBY("first"),    GROUPBY("last"),     GROUPBY("std"),
    GROUPBY("var"),     GROUPBY("sem"),      GROUPBY("median"),   GROUPBY("prod"),
    GROUPBY("nunique"), GROUPBY("any"),      GROUPBY("all"),      GROUPBY("idxmin"),
    GROUPBY("idxmax"),  GROUPBY("skew"),     GROUPBY("kurtosis"), GROUPBY("ohlc"),
    GROUPBY("ngroup"),  GROUPBY("cumcount"), GROUPBY("cumsum"),   GROUPBY("cumprod"),
    GROUPBY("cummin"),  GROUPBY("cummax"),   GROUPBY("rank"),     GROUPBY("shift"),
    GROUPBY("diff"),    GROUPBY("ffill"),    GROUPBY("bfill"),    GROUPBY("get_group"),
    {NULL, NULL},
};
