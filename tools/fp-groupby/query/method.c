/* method.c: isna, isin, between, abs, and those of text. */
#include "query/method.h"

#include "rows/compare.h"

enum { ARGUMENTS_MAX = 3 };

struct call {
    const struct evaluation *e;
    const struct node *node;
    struct operand args[ARGUMENTS_MAX]; /* the object first */
};

static bool
call_isna(const struct call *c, struct operand *out, struct error *err)
{
    bool negate = strncmp(c->node->text, "not", 3) == 0;
    const struct column *values = c->args[0].column;
    struct column *result = column_new(c->e->a, COLTYPE_BOOL, values->size);

    (void)err;
    for (size_t i = 0; i < values->size; i++)
        result->i[i] = column_missing(values, i) != negate;
    out->column = result;
    return true;
}

static bool
call_isin(const struct call *c, struct operand *out, struct error *err)
{
    struct operand list = c->args[1];

    if (list.kind == OPERAND_VALUE)
        return expression_fail(err, c->node->at, "TypeError", "isin() needs a list");
    if (!evaluate_dates(c->e, c->node, c->args[0].column, &list, err))
        return false;
    out->column = compare_isin(c->e->a, c->args[0].column, list.column);
    return true;
}

static bool
call_between(const struct call *c, struct operand *out, struct error *err)
{
    struct operand ends[] = {c->args[1], c->args[2]};
    const struct column *least;
    const struct column *most;

    if (c->args[1].kind == OPERAND_LIST || c->args[2].kind == OPERAND_LIST)
        return expression_fail(err, c->node->at, "TypeError", "a list is not ordered");
    for (size_t i = 1; i < 3; i++)
        if (!evaluate_date(c->e, c->node, c->args[0].column, true, &ends[i - 1], err))
            return false;
    return compare_columns(c->e->a, COMPARE_GREATER_EQUAL, c->args[0].column,
                           ends[0].column, &least, err) &&
           compare_columns(c->e->a, COMPARE_LESS_EQUAL, c->args[0].column, ends[1].column,
                           &most, err) &&
           compare_and(c->e->a, least, most, &out->column, err);
}

static bool
call_abs(const struct call *c, struct operand *out, struct error *err)
{
    const struct column *values = c->args[0].column;
    struct column *result;

    if (!coltype_numeric(values->dtype))
        return expression_fail(err, c->node->at, "TypeError",
                               "bad operand type for abs(): %s",
                               coltype_name(values->dtype));
    result = column_like(c->e->a, values, values->size);
    result->name = cell_none();
    for (size_t i = 0; i < values->size; i++)
        if (coltype_floating(values->dtype))
            result->f[i] = fabs(values->f[i]);
        else if (coltype_class(values->dtype) == CLASS_INT && values->i[i] < 0)
            result->i[i] =
                coltype_wrap_i64(values->dtype, (int64_t)(0 - (uint64_t)values->i[i]));
        else
            result->i[i] = values->i[i];
    out->column = result;
    return true;
}

static bool
part_at(struct cell text, size_t at, struct cell part)
{
    return part.size == 0 || memcmp(text.s + at, part.s, part.size) == 0;
}

static bool
text_holds(const char *method, struct cell text, struct cell part)
{
    if (part.size > text.size)
        return false;
    if (strcmp(method, "startswith") == 0)
        return part_at(text, 0, part);
    if (strcmp(method, "endswith") == 0)
        return part_at(text, text.size - part.size, part);
    for (size_t at = 0; at <= text.size - part.size; at++)
        if (part_at(text, at, part))
            return true;
    return false;
}

static bool
call_text(const struct call *c, struct operand *out, struct error *err)
{
    const struct column *values = c->args[0].column;
    struct cell part = column_get(c->args[1].column, 0);
    struct column *result = column_new(c->e->a, COLTYPE_OBJECT, values->size);
    bool missing = false;

    if (values->dtype != COLTYPE_OBJECT)
        return expression_fail(err, c->node->at, "AttributeError",
                               "Can only use .str accessor with string values!");
    if (c->args[1].kind != OPERAND_VALUE || part.kind != CELL_STR)
        return expression_fail(err, c->node->at, "TypeError", "%s() needs a text",
                               c->node->text);
    for (size_t i = 0; strcmp(c->node->text, "contains") == 0 && i < part.size; i++)
        if (strchr("\\^$.|?*+()[]{}", part.s[i]))
            return expression_fail(err, c->node->at, "NotImplementedError",
                                   "contains() takes plain text, no pattern");
    for (size_t i = 0; i < values->size; i++) {
        struct cell v = values->cells[i];

        missing |= v.kind != CELL_STR;
        result->cells[i] = v.kind != CELL_STR
                               ? cell_nan()
                               : cell_bool(text_holds(c->node->text, v, part));
    }
    out->column = missing ? result : column_cast(c->e->a, result, COLTYPE_BOOL);
    return true;
}

static const struct method {
    const char *name;
    size_t n_arguments; /* the object counts */
    bool (*call)(const struct call *c, struct operand *out, struct error *err);
} methods[] = {
    {"isna", 1, call_isna},     {"isnull", 1, call_isna},   {"notna", 1, call_isna},
    {"notnull", 1, call_isna},  {"isin", 2, call_isin},     {"between", 3, call_between},
    {"abs", 1, call_abs},       {"contains", 2, call_text}, {"startswith", 2, call_text},
    {"endswith", 2, call_text},
};

bool
method_call(const struct evaluation *e, const struct node *node, struct operand *out,
            struct error *err)
{
    struct call c = {.e = e, .node = node};
    const struct method *m = NULL;

    for (size_t i = 0; i < COUNT_OF(methods); i++)
        if (strcmp(methods[i].name, node->text) == 0)
            m = &methods[i];
    if (!m)
        return expression_fail(err, node->at, "AttributeError",
                               "there is no method '%s' here", node->text);
    if (node->n_kids != m->n_arguments)
        return expression_fail(err, node->at, "TypeError", "%s() takes %zu arguments",
                               node->text, m->n_arguments - 1);
    for (size_t i = 0; i < node->n_kids; i++)
        if (!evaluate(e, node->kids[i], &c.args[i], err))
            return false;
    if (c.args[0].kind != OPERAND_COLUMN)
        return expression_fail(err, node->at, "AttributeError", "%s() is for columns",
                               node->text);
    out->kind = OPERAND_COLUMN;
    return m->call(&c, out, err);
}
