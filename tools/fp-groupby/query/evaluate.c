/*
 * evaluate.c: a tree over the columns of a frame.
 *
 * A value of the expression takes the type of the column beside it, as NumPy 2 has it
 * for Python's numbers.  `==` and `!=` beside a list or text are membership, as in
 * pandas' own evaluator.
 */
#include "query/evaluate.h"

#include "query/method.h"
#include "rows/arith.h"
#include "rows/compare.h"
#include "table/time.h"

/* column of one row: a value that is not a column. */
static struct operand
operand_cell(struct arena *a, struct cell v)
{
    return (struct operand){.column = column_infer(a, &v, 1), .kind = OPERAND_VALUE};
}

static bool
find_name(const struct evaluation *e, const struct node *node, struct operand *out,
          struct error *err)
{
    const struct index *index = &e->frame->index;

    out->kind = OPERAND_COLUMN;
    out->column = frame_column(e->frame, node->text);
    for (size_t i = 0; !out->column && i < index->n_levels; i++)
        if (cell_equal(index->levels[i]->name, cell_str(node->text)))
            out->column = index->levels[i];
    if (!out->column && strcmp(node->text, "index") == 0 && index->n_levels == 1)
        out->column = index->levels[0];
    return out->column || expression_fail(err, node->at, "UndefinedVariableError",
                                          "name '%s' is not defined", node->text);
}

/* Values of one kind as a column; numbers of several kinds meet in one type. */
static bool
make_list(const struct evaluation *e, const struct node *node, struct operand *out,
          struct error *err)
{
    struct cell *cells = arena_alloc(e->a, (node->n_kids + 1) * sizeof *cells);

    for (size_t i = 0; i < node->n_kids; i++) {
        struct operand item = {0};

        if (!evaluate(e, node->kids[i], &item, err))
            return false;
        if (item.kind != OPERAND_VALUE)
            return expression_fail(err, node->kids[i]->at, "ValueError",
                                   "a list holds values only");
        cells[i] = column_get(item.column, 0);
    }
    out->kind = OPERAND_LIST;
    out->column = column_infer(e->a, cells, node->n_kids);
    return true;
}

/* A value beside a column, in the type the operation is done in. */
static bool
as_column(const struct evaluation *e, const struct node *node, struct operand value,
          const struct column *beside, struct operand *out, struct error *err)
{
    struct cell v = column_get(value.column, 0);
    enum coltype t = value.column->dtype;
    struct column *c;

    if (coltype_floating(beside->dtype) && cell_numeric(v))
        t = beside->dtype;
    else if (coltype_integer(beside->dtype) && v.kind <= CELL_UINT &&
             v.kind >= CELL_INT) {
        t = beside->dtype;
        if (v.kind == CELL_UINT
                ? v.u > coltype_max(t)
                : v.i < coltype_min(t) || (v.i > 0 && (uint64_t)v.i > coltype_max(t)))
            return expression_fail(err, node->at, "OverflowError",
                                   "Python integer %s out of bounds for %s",
                                   cell_repr(e->a, v), coltype_name(t));
    }
    c = column_new(e->a, t, beside->size);
    for (size_t i = 0; i < beside->size; i++)
        column_set(c, i, v);
    *out = (struct operand){.column = c, .kind = OPERAND_COLUMN};
    return true;
}

static bool
calculate(const struct evaluation *e, const struct node *node, struct operand x,
          struct operand y, struct operand *out, struct error *err)
{
    enum arith op = (enum arith)((int)ARITH_ADD + (int)node->kind - (int)NODE_ADD);
    bool objects = x.column->dtype == COLTYPE_OBJECT;

    out->kind = OPERAND_COLUMN;
    if (x.kind == OPERAND_LIST || y.kind == OPERAND_LIST ||
        objects != (y.column->dtype == COLTYPE_OBJECT) || (objects && x.kind != y.kind))
        return expression_fail(err, node->at, "TypeError",
                               "unsupported operand type(s) for %s", arith_sign(op));
    if (x.kind == OPERAND_VALUE && y.kind == OPERAND_VALUE) {
        if (op == ARITH_DIV && cell_to_f64(column_get(y.column, 0)) == 0)
            return expression_fail(err, node->at, "ZeroDivisionError",
                                   "division by zero");
        out->kind = OPERAND_VALUE;
    } else if (x.kind == OPERAND_VALUE) {
        if (!as_column(e, node, x, y.column, &x, err))
            return false;
    } else if (y.kind == OPERAND_VALUE) {
        if (!as_column(e, node, y, x.column, &y, err))
            return false;
    }
    return arith_columns(e->a, op, x.column, y.column, &out->column, err) ||
           error_at(err, "expression:%zu", node->at + 1);
}

static bool
negated(const struct evaluation *e, const struct node *node, struct operand *out,
        struct error *err)
{
    struct cell zero = cell_int(0);
    struct operand x;
    struct operand none;

    if (!evaluate(e, node->kids[0], &x, err))
        return false;
    if (!coltype_numeric(x.column->dtype) || x.column->dtype == COLTYPE_BOOL ||
        x.kind == OPERAND_LIST)
        return expression_fail(err, node->at, "TypeError",
                               "bad operand type for unary -");
    *out = x;
    if (node->kind == NODE_PLUS)
        return true;
    if (coltype_floating(x.column->dtype)) {
        struct column *c = column_like(e->a, x.column, x.column->size);

        for (size_t i = 0; i < c->size; i++)
            c->f[i] = -x.column->f[i];
        out->column = c;
        return true;
    }
    none = operand_cell(e->a, zero);
    if (x.kind == OPERAND_COLUMN && !as_column(e, node, none, x.column, &none, err))
        return false;
    return arith_columns(e->a, ARITH_SUB, none.column, x.column, &out->column, err);
}

/* A text as a date; of a time without a zone the clock may be one of `zone`. */
static bool
read_date(const struct evaluation *e, const struct node *node, struct cell text,
          enum coltype zone, struct cell *out, struct error *err)
{
    enum coltype type;
    int64_t ns;

    if (text.kind != CELL_STR || !time_parse(text.s, text.size, &ns, &type))
        return expression_fail(err, node->at, "ValueError", "%s is not a date",
                               cell_repr(e->a, text));
    if (type == COLTYPE_TIME && coltype_is_zoned(zone)) {
        if (!time_to_utc(&ns, coltype_minutes(zone)))
            return expression_fail(err, node->at, "OutOfBoundsDatetime",
                                   "%s is out of reach", cell_repr(e->a, text));
        type = zone;
    }
    *out = cell_time(ns, type);
    return true;
}

bool
evaluate_date(const struct evaluation *e, const struct node *node,
              const struct column *beside, bool wall, struct operand *value,
              struct error *err)
{
    struct cell v = column_get(value->column, 0);

    if (!coltype_is_time(beside->dtype) || value->kind != OPERAND_VALUE ||
        v.kind == CELL_TIME)
        return true;
    if (!read_date(e, node, v, wall ? beside->dtype : COLTYPE_TIME, &v, err))
        return false;
    *value = operand_cell(e->a, v);
    return true;
}

bool
evaluate_dates(const struct evaluation *e, const struct node *node,
               const struct column *beside, struct operand *list, struct error *err)
{
    const struct column *texts = list->column;
    struct column *dates = column_new(e->a, COLTYPE_OBJECT, texts->size);
    struct cell first = cell_none();

    if (!coltype_is_time(beside->dtype) || texts->dtype != COLTYPE_OBJECT)
        return true;
    for (size_t i = 0; i < texts->size; i++)
        if (texts->cells[i].kind != CELL_STR)
            return true; /* a list of several kinds holds no date */
    for (size_t i = 0; i < texts->size; i++) {
        struct cell *v = &dates->cells[i];

        *v = (struct cell){.kind = CELL_NAT};
        if (texts->cells[i].size == 0 || cell_equal(texts->cells[i], cell_str("NaT")))
            continue;
        if (!read_date(e, node, texts->cells[i], COLTYPE_TIME, v, err))
            return false;
        if (first.kind == CELL_TIME && first.zone != v->zone)
            return expression_fail(err, node->at, "TypeError",
                                   "the list has dates of several time zones");
        first = *v;
    }
    /* Not even NaT is in a list of dates that cannot be compared with the column. */
    if (first.kind == CELL_TIME && (first.zone != 0) != coltype_is_zoned(beside->dtype))
        dates->size = 0;
    list->column = dates;
    return true;
}

/* x in y: y is a list, a text, or a column. */
static bool
contained(const struct evaluation *e, const struct node *node, struct operand x,
          struct operand y, bool negate, struct operand *out, struct error *err)
{
    struct column *found;

    if (x.kind != OPERAND_COLUMN) { /* pandas turns a list before a column around */
        struct operand t = x;

        x = y;
        y = t;
    }
    if (x.kind != OPERAND_COLUMN ||
        (y.kind == OPERAND_VALUE && column_get(y.column, 0).kind != CELL_STR))
        return expression_fail(err, node->at, "TypeError",
                               "'in' needs a column and a list");
    if (!evaluate_dates(e, node, x.column, &y, err))
        return false;
    found = compare_isin(e->a, x.column, y.column);
    for (size_t i = 0; i < found->size; i++)
        found->i[i] ^= negate;
    *out = (struct operand){.column = found, .kind = OPERAND_COLUMN};
    return true;
}

static enum compare
mirrored(enum compare op)
{
    switch (op) {
    case COMPARE_LESS: return COMPARE_GREATER;
    case COMPARE_LESS_EQUAL: return COMPARE_GREATER_EQUAL;
    case COMPARE_GREATER_EQUAL: return COMPARE_LESS_EQUAL;
    case COMPARE_GREATER: return COMPARE_LESS;
    case COMPARE_EQUAL:
    case COMPARE_NOT_EQUAL: break;
    }
    return op;
}

/* A float in the type of a column of float32. */
static void
round_beside(const struct evaluation *e, const struct column *beside,
             struct operand *value)
{
    struct cell v = column_get(value->column, 0);
    struct column *c;

    if (beside->dtype != COLTYPE_FLOAT32 || !cell_numeric(v))
        return;
    c = column_new(e->a, COLTYPE_FLOAT32, 1);
    c->f[0] = (double)(float)cell_to_f64(v);
    value->column = c;
}

/* pandas would read a column of nothing but texts as dates. */
static bool
text_beside_dates(const struct operand *x, const struct operand *y)
{
    size_t n = y->column->size;

    if (!coltype_is_time(x->column->dtype) || x->kind != OPERAND_COLUMN ||
        y->kind != OPERAND_COLUMN || y->column->dtype != COLTYPE_OBJECT || n == 0)
        return false;
    for (size_t i = 0; i < n; i++)
        if (y->column->cells[i].kind != CELL_STR)
            return false;
    return true;
}

static bool
compared(const struct evaluation *e, const struct node *node, struct operand x,
         struct operand y, struct operand *out, struct error *err)
{
    enum compare op =
        (enum compare)((int)COMPARE_LESS + (int)node->kind - (int)NODE_LESS);
    bool equality = op == COMPARE_EQUAL || op == COMPARE_NOT_EQUAL;

    if (!evaluate_date(e, node, y.column, false, &x, err) ||
        !evaluate_date(e, node, x.column, false, &y, err))
        return false;
    if (text_beside_dates(&x, &y) || text_beside_dates(&y, &x))
        return expression_fail(err, node->at, "TypeError",
                               "a column of text beside one of dates (parse_dates "
                               "makes dates of it)");
    if (equality && (x.kind == OPERAND_LIST || y.kind == OPERAND_LIST))
        return contained(e, node, x, y, op == COMPARE_NOT_EQUAL, out, err);
    if (x.kind == OPERAND_LIST || y.kind == OPERAND_LIST)
        return expression_fail(err, node->at, "TypeError", "a list is not ordered");
    if (x.kind == OPERAND_VALUE && y.kind == OPERAND_COLUMN) {
        struct operand t = x;

        x = y;
        y = t;
        op = mirrored(op);
    }
    if (y.kind == OPERAND_VALUE)
        round_beside(e, x.column, &y);
    out->kind = x.kind;
    return compare_columns(e->a, op, x.column, y.column, &out->column, err) ||
           error_at(err, "expression:%zu", node->at + 1);
}

static bool
combined(const struct evaluation *e, const struct node *node, struct operand x,
         struct operand y, struct operand *out, struct error *err)
{
    if (x.kind != OPERAND_COLUMN || y.kind != OPERAND_COLUMN)
        return expression_fail(err, node->at, "NotImplementedError",
                               "cannot evaluate scalar only bool ops");
    out->kind = OPERAND_COLUMN;
    return (node->kind == NODE_AND
                ? compare_and(e->a, x.column, y.column, &out->column, err)
                : compare_or(e->a, x.column, y.column, &out->column, err)) ||
           error_at(err, "expression:%zu", node->at + 1);
}

static bool
evaluate_pair(const struct evaluation *e, const struct node *node, struct operand *out,
              struct error *err)
{
    struct operand x;
    struct operand y;

    if (!evaluate(e, node->kids[0], &x, err) || !evaluate(e, node->kids[1], &y, err))
        return false;
    if (node->kind == NODE_AND || node->kind == NODE_OR)
        return combined(e, node, x, y, out, err);
    if (node->kind == NODE_IN || node->kind == NODE_NOT_IN)
        return contained(e, node, x, y, node->kind == NODE_NOT_IN, out, err);
    return node->kind >= NODE_ADD ? calculate(e, node, x, y, out, err)
                                  : compared(e, node, x, y, out, err);
}

bool
evaluate(const struct evaluation *e, const struct node *node, struct operand *out,
         struct error *err)
{
    if (node->kind == NODE_VALUE) {
        *out = operand_cell(e->a, node->value);
        return true;
    }
    if (node->kind == NODE_NAME)
        return find_name(e, node, out, err);
    if (node->kind == NODE_LIST)
        return make_list(e, node, out, err);
    if (node->kind == NODE_CALL)
        return method_call(e, node, out, err);
    if (node->kind == NODE_NEGATE || node->kind == NODE_PLUS)
        return negated(e, node, out, err);
    if (node->kind == NODE_NOT)
        return evaluate(e, node->kids[0], out, err) &&
               (compare_not(e->a, out->column, &out->column, err) ||
                error_at(err, "expression:%zu", node->at + 1));
    return evaluate_pair(e, node, out, err);
}
