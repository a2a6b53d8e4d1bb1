/* query.c: from an expression to rows. */
#include "query/query.h"

#include "query/evaluate.h"
#include "rows/dedup.h"

/* What df.loc[] makes of the values. */
static bool
mask_of(const struct column *c, bool *keep, struct error *err)
{
    for (size_t i = 0; i < c->size; i++) {
        struct cell v = column_get(c, i);

        if (v.kind != CELL_BOOL && v.kind != CELL_NA)
            return c->dtype == COLTYPE_OBJECT && cell_missing(v)
                       ? raise_error(err, "ValueError",
                                     "Cannot mask with non-boolean array containing NA "
                                     "/ NaN values")
                       : raise_error(err, "KeyError",
                                     "the expression is no condition: it gives %s",
                                     coltype_name(c->dtype));
        keep[i] = v.kind == CELL_BOOL && v.i;
    }
    return true;
}

bool
query_mask(struct arena *a, const struct frame *f, const char *expression, bool **out,
           struct error *err)
{
    const struct evaluation e = {a, f};
    struct operand result;
    struct node *tree;

    *out = arena_alloc(a, f->n_rows + 1);
    if (!expression_parse(a, expression, &tree, err) || !evaluate(&e, tree, &result, err))
        return false;
    if (result.kind != OPERAND_COLUMN)
        return raise_error(err, "KeyError", "the expression names no column");
    return mask_of(result.column, *out, err);
}

bool
query_rows(struct arena *a, const struct frame *f, const char *expression,
           struct frame **out, struct error *err)
{
    bool *keep;

    if (!query_mask(a, f, expression, &keep, err))
        return false;
    *out = frame_filter(a, f, keep);
    return true;
}
