/*
 * test_cells.c: running values, over sums that were made to go wrong, are the same in any
 * tree and as near to pandas' answers as their bounds say.
 */
#include "shards/answer.h"
#include "shards/bins.h"
#include "shards/cells.h"
#include "test.h"

#include "fp-groupby/random_frame.h"

#include <stdlib.h>

enum { ROWS_MOST = 400 };

/* What kind of numbers a table holds. */
enum family {
    ANY,          /* of all magnitudes */
    CANCELLING,   /* each with its opposite, and a few small ones */
    OFFSET,       /* far from zero and near each other */
    RATIO,        /* 1e16 and ones */
    HUGE_ONES,    /* whose sums, or squares, are beyond all doubles */
    TINY,         /* subnormal */
    WITH_SPECIAL, /* infinities among them */
    FAMILIES,
};

static double
random_bits(uint64_t *state, uint64_t exponent)
{
    uint64_t bits = (random_next(state) & 0x800fffffffffffff) | exponent << 52;
    double x;

    memcpy(&x, &bits, sizeof x);
    return x;
}

static double
random_number(uint64_t *state, enum family family, size_t i, double last)
{
    uint64_t r = random_next(state);

    switch (family) {
    case ANY: return random_bits(state, r % 0x7ff);
    case CANCELLING:
        return r % 5 == 0 ? 1 / (double)(r % 1000 + 1)
               : i % 2    ? -last
                          : random_bits(state, 1023 + r % 120);
    case OFFSET: return 1e9 + (double)(r % 1000) * 1e-3;
    case RATIO: return r % 7 ? 1 + (double)(r % 3) : r & 8 ? 1e16 : -1e16;
    case HUGE_ONES: return random_bits(state, r % 3 ? 2046 : 1023 + 510 + r % 4);
    case TINY: return random_bits(state, r % 2);
    case WITH_SPECIAL:
        return r % 50  ? random_bits(state, 1023)
               : r & 1 ? (double)INFINITY
                       : -(double)INFINITY;
    case FAMILIES: break;
    }
    return 0;
}

/* One group of the key 0, missing values among the others. */
static struct frame *
random_rows(struct arena *a, uint64_t *state, enum family family, size_t n)
{
    struct frame *f = frame_new(a, n, 3);
    struct column *keys = column_new(a, COLTYPE_INT64, n);
    struct column *values = column_new(a, COLTYPE_FLOAT64, n);
    struct column *numbers = column_new(a, COLTYPE_INT64, n);

    for (size_t i = 0; i < n; i++) {
        keys->i[i] = 0;
        values->f[i] = random_number(state, family, i, i ? values->f[i - 1] : 0);
        if (random_next(state) % 11 == 0)
            values->f[i] = (double)NAN;
        numbers->i[i] = (int64_t)i;
    }
    keys->name = cell_str("k");
    values->name = cell_str("v");
    numbers->name = cell_str("");
    frame_add(f, keys);
    frame_add(f, values);
    frame_add(f, numbers);
    return f;
}

static struct frame *
some_rows(struct arena *a, const struct frame *f, size_t from, size_t to)
{
    int64_t *rows = arena_alloc(a, (to - from + 1) * sizeof *rows);

    for (size_t i = from; i < to; i++)
        rows[i - from] = (int64_t)i;
    return frame_take(a, f, rows, to - from);
}

/* The cells of rows [from, to), joined in a random tree and order. */
static struct frame *
joined(struct arena *a, uint64_t *state, const struct frame *rows, const struct plan *p,
       size_t from, size_t to)
{
    struct frame *halves[2];
    size_t cut;
    bool turned = random_next(state) & 1;

    if (to - from < 2 || random_next(state) % 8 == 0)
        return cells_join(a, cells_of_rows(a, some_rows(a, rows, from, to), p), p);
    cut = from + random_next(state) % (to - from);
    halves[turned] = joined(a, state, rows, p, from, cut);
    halves[!turned] = joined(a, state, rows, p, cut, to);
    return cells_join(a, rows_stack(a, halves, 2), p);
}

static bool
same_bits(double x, double y)
{
    return memcmp(&x, &y, sizeof x) == 0 || (isnan(x) && isnan(y));
}

static bool
within(double ours, double theirs, double bound)
{
    return same_bits(ours, theirs) || ours == theirs || isinf(bound) ||
           fabs(ours - theirs) <= bound;
}

static const struct groupby_term terms[] = {
    {.name = "sum", .column = "v", .how = AGGREGATE_SUM, .options = {.min_count = -1}},
    {.name = "mean", .column = "v", .how = AGGREGATE_MEAN, .options = {.min_count = -1}},
    {.name = "var",
     .column = "v",
     .how = AGGREGATE_VAR,
     .options = {.min_count = -1, .ddof = 1}},
    {.name = "std",
     .column = "v",
     .how = AGGREGATE_STD,
     .options = {.min_count = -1, .ddof = 1}},
    {.name = "sem",
     .column = "v",
     .how = AGGREGATE_SEM,
     .options = {.min_count = -1, .ddof = 1}},
};

static void
check_table(uint64_t *state, enum family family)
{
    static const char *names[] = {"k", "v"};
    static const char *const by[] = {"k"};
    static enum lattice_type types[] = {LATTICE_INT, LATTICE_FLOAT};
    struct arena a = {0};
    struct error err = {0};
    size_t n = 1 + random_next(state) % ROWS_MOST;
    struct plan p = {.kind = PLAN_GROUPS,
                     .columns = names,
                     .n_columns = 2,
                     .types = types,
                     .rows = n,
                     .n_parts = 1,
                     .query = groupby_defaults};
    double bounds[COUNT_OF(terms)];
    struct frame *rows, *exact, *cells, *again, *ours, *others;

    p.query.by = by;
    p.query.n_by = 1;
    p.query.terms = terms;
    p.query.n_terms = COUNT_OF(terms);
    rows = random_rows(&a, state, family, n);
    CHECK(cells_allowed(&p, &err));
    CHECK(answer_rows(&a, rows, &p, &exact, &err));
    cells = joined(&a, state, rows, &p, 0, n);
    again = joined(&a, state, rows, &p, 0, n);
    CHECK(cells_check(cells, &p, &err));
    ours = cells_results(&a, cells, &p);
    others = cells_results(&a, again, &p);
    cells_bounds(cells, &p, bounds);
    for (size_t i = 0; i < COUNT_OF(terms); i++) {
        double x = ours->columns[1 + i]->f[0], y = exact->columns[1 + i]->f[0];

        CHECK(same_bits(x, others->columns[1 + i]->f[0]));
        CHECK(within(x, y, bounds[i]));
        if (!within(x, y, bounds[i]))
            (void)fprintf(stderr, "family %d, %zu rows, %s: %a, pandas %a, bound %a\n",
                          (int)family, n, terms[i].name, x, y, bounds[i]);
        if (family == OFFSET) /* a bound that says something */
            CHECK(bounds[i] < (i == 0 ? 1e-3 : 1e-2));
    }
    arena_clear(&a);
}

/* What bins leave out is as little as they say, by bins of all places. */
static void
check_bins(uint64_t *state, enum family family)
{
    struct bins b = {0};
    double most = 0, last = 0, high = 0, low = 0, rest = 0;
    int64_t all[BINS_PLACES] = {0};
    size_t n = 1 + random_next(state) % ROWS_MOST;

    for (size_t i = 0; i < n + 2; i++) {
        struct bins one = {0};
        double x;

        if (i < n)
            x = last = random_number(state, family, i, last);
        else /* then take the result away */
            x = i == n ? (high = bins_value(&b, &low), -high) : -low;
        if (!isfinite(x))
            return;
        bins_add(&one, x);
        for (int64_t k = 0; k < BINS && k <= one.top; k++)
            all[one.top - k] += one.at[k];
        if (i < n) {
            bins_add(&b, x);
            most = fmax(most, fabs(x));
        }
    }
    for (int k = BINS_PLACES - 1; k >= 0; k--)
        rest += ldexp((double)all[k], 28 * k - 1074);
    CHECK(fabs(rest) <= (double)n * ldexp(most, -108) + ldexp(fabs(high), -100));
}

int
main(void)
{
    uint64_t state = 11;
    int rounds = getenv("LOCKSTEP_QUICK") ? 20 : 60;

    for (int i = 0; i < rounds; i++)
        for (enum family family = 0; family < FAMILIES; family++) {
            check_table(&state, family);
            check_bins(&state, family);
        }
    return test_failures != 0;
}
