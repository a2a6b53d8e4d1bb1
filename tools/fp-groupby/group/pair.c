/* pair.c: see pair.h. */
#include "group/pair.h"

static const char *const names[] = {[PAIR_CORR] = "corr", [PAIR_R2] = "r2"};

bool
pair_parse(const char *name, enum pair *out)
{
    for (size_t i = 0; i < COUNT_OF(names); i++)
        if (strcmp(names[i], name) == 0) {
            *out = (enum pair)i;
            return true;
        }
    return false;
}

const char *
pair_name(enum pair how)
{
    return names[how];
}

double
pair_value(const struct pair_state *s, enum pair how)
{
    double divisor = sqrt(s->second * s->first);
    double r = divisor == 0 ? (double)NAN : s->both / divisor;

    return how == PAIR_CORR ? r : r * r;
}

static bool
check_type(const struct column *c, struct error *err)
{
    enum coltype_class class = coltype_class(c->dtype);

    return class == CLASS_BOOL || class == CLASS_INT || class == CLASS_UINT ||
           class == CLASS_FLOAT ||
           raise_error(err, "TypeError", "a correlation needs numbers, not %s",
                       coltype_name(c->dtype));
}

static double
number_at(const struct column *c, size_t row)
{
    struct cell value = column_get(c, row);

    return cell_missing(value) ? (double)NAN : cell_to_f64(value);
}

bool
pair_column(struct arena *a, const struct groups *g, const struct column *x,
            const struct column *y, enum pair how, const struct column **out,
            struct error *err)
{
    struct column *result = column_new(a, COLTYPE_FLOAT64, g->n_groups);

    if (!check_type(x, err) || !check_type(y, err))
        return false;
    for (size_t k = 0; k < g->n_groups; k++) {
        struct pair_state s = {0};

        for (int64_t i = g->offsets[k]; i < g->offsets[k + 1]; i++) {
            size_t row = (size_t)g->rows[i];

            pair_add(&s, number_at(x, row), number_at(y, row));
        }
        result->f[k] = pair_value(&s, how);
    }
    *out = result;
    return true;
}
