/*
 * join_pair.c: the row order of pandas' joins.
 *
 * Keys become codes, numbered by first appearance over left then right, or sorted.
 * Pairs are made code by code, left-major; without sort they are put back into the
 * order of the preserved side.  pandas' inner join takes a shortcut meant for unique
 * matches whenever the result happens to have as many rows as the left side, and so
 * permutes it; that order is reproduced (restore_inner).
 */
#include "join/join.h"

#include "rows/label.h"
#include "table/key_table.h"
#include "table/order.h"
#include "table/promote.h"

struct side {
    size_t n;
    int64_t *codes;
    int64_t *offsets; /* rows of code c: rows[offsets[c] .. offsets[c + 1]) */
    int64_t *rows;
};

static void
sort_side(struct arena *a, struct side *s, size_t n_codes)
{
    int64_t *next = arena_alloc(a, (n_codes + 1) * sizeof *next);

    s->offsets = arena_alloc(a, (n_codes + 2) * sizeof(int64_t));
    s->rows = arena_alloc(a, (s->n + 1) * sizeof(int64_t));
    for (size_t i = 0; i < s->n; i++)
        s->offsets[s->codes[i] + 1]++;
    for (size_t i = 0; i < n_codes; i++) {
        next[i] = s->offsets[i];
        s->offsets[i + 1] += s->offsets[i];
    }
    for (size_t i = 0; i < s->n; i++)
        s->rows[next[s->codes[i]]++] = (int64_t)i;
}

static const struct column *
stacked(struct arena *a, const struct column *left, const struct column *right)
{
    enum coltype t = coltype_common(left->dtype, right->dtype);
    bool numbers = coltype_numeric(left->dtype) && coltype_numeric(right->dtype);
    struct column *out = column_new(a,
                                    left->categories || right->categories ? COLTYPE_OBJECT
                                    : numbers ? coltype_result(left->dtype, right->dtype)
                                              : t,
                                    left->size + right->size);

    for (size_t i = 0; i < left->size; i++)
        column_set(out, i, column_get(left, i));
    for (size_t i = 0; i < right->size; i++)
        column_set(out, left->size + i, column_get(right, i));
    return out;
}

/*
 * Dates and categories of one kind are joined by their integers, so that a missing
 * value is the smallest of them.  NULL: keys of another kind.
 */
static const struct column *
stacked_integers(struct arena *a, const struct column *left, const struct column *right)
{
    bool codes =
        left->categories && right->categories && promote_same_set(a, left, right);
    bool zones = coltype_is_zoned(left->dtype) && coltype_is_zoned(right->dtype);
    struct column *out;

    if ((left->dtype != right->dtype && !zones) ||
        (coltype_class(left->dtype) != CLASS_TIME && !codes))
        return NULL;
    out = column_new(a, COLTYPE_INT64, left->size + right->size);
    memcpy(out->i, left->i, left->size * sizeof *out->i);
    if (codes)
        promote_codes(a, right, left->categories, out->i + left->size);
    else
        memcpy(out->i + left->size, right->i, right->size * sizeof *out->i);
    return out;
}

static int64_t *
ranks(struct arena *a, const struct column *all, const struct key_codes *k, bool sort)
{
    const struct column *first = column_take(a, all, k->first, k->n_keys);
    int64_t *rank = arena_alloc(a, (k->n_keys + 1) * sizeof *rank);
    int64_t *order = sort ? order_by(a, &first, 1, NULL) : order_identity(a, k->n_keys);
    size_t last = 0;

    /* without sort the missing key still comes last */
    for (size_t i = 0, next = 0; i < k->n_keys; i++)
        if (column_missing(first, (size_t)order[i]))
            last = (size_t)order[i] + 1;
        else
            rank[order[i]] = (int64_t)next++;
    if (last > 0)
        rank[last - 1] = (int64_t)k->n_keys - 1;
    return rank;
}

/* Codes of both sides; returns how many different there are. */
static size_t
code_keys(struct arena *a, const struct column *const left[],
          const struct column *const right[], size_t n_keys, bool sort,
          struct side sides[2])
{
    struct key_codes *parts = arena_alloc(a, n_keys * sizeof *parts);
    struct key_codes all;

    for (size_t i = 0; i < n_keys; i++) {
        const struct column *both = stacked_integers(a, left[i], right[i]);

        if (!both)
            both = stacked(a, left[i], right[i]);
        key_codes(a, both, KEY_ONE, &parts[i]);
        if (sort || n_keys == 1)
            key_renumber(a, &parts[i], ranks(a, both, &parts[i], sort));
    }
    key_combine(a, parts, n_keys, &all);
    if (sort && n_keys > 1) {
        const struct column **codes = arena_alloc(a, n_keys * sizeof *codes);
        int64_t *rank = arena_alloc(a, (all.n_keys + 1) * sizeof *rank);
        int64_t *order;

        for (size_t i = 0; i < n_keys; i++) {
            struct column *c = column_new(a, COLTYPE_INT64, all.n_keys);

            for (size_t k = 0; k < all.n_keys; k++)
                c->i[k] = parts[i].codes[all.first[k]];
            codes[i] = c;
        }
        order = order_by(a, codes, n_keys, NULL);
        for (size_t k = 0; k < all.n_keys; k++)
            rank[order[k]] = (int64_t)k;
        key_renumber(a, &all, rank);
    }
    sides[0] = (struct side){.n = left[0]->size, .codes = all.codes};
    sides[1] = (struct side){.n = right[0]->size, .codes = all.codes + left[0]->size};
    return all.n_keys;
}

static uint64_t
count_pairs(const struct side sides[2], size_t n_codes, bool keep_left, bool keep_right)
{
    uint64_t total = 0;

    for (size_t c = 0; c < n_codes; c++) {
        uint64_t l = (uint64_t)(sides[0].offsets[c + 1] - sides[0].offsets[c]);
        uint64_t r = (uint64_t)(sides[1].offsets[c + 1] - sides[1].offsets[c]);

        if (l == 0 || r == 0)
            total += (keep_left ? l : 0) + (keep_right ? r : 0);
        else if (__builtin_mul_overflow(l, r, &l) ||
                 __builtin_add_overflow(total, l, &total))
            return UINT64_MAX;
    }
    return total;
}

static void
pair_code(const struct side sides[2], size_t c, bool keep_left, bool keep_right,
          struct join_rows *out)
{
    const int64_t *left = sides[0].rows + sides[0].offsets[c];
    const int64_t *right = sides[1].rows + sides[1].offsets[c];
    size_t l = (size_t)(sides[0].offsets[c + 1] - sides[0].offsets[c]);
    size_t r = (size_t)(sides[1].offsets[c + 1] - sides[1].offsets[c]);

    for (size_t i = 0; i < (r == 0 && !keep_left ? 0 : l); i++)
        for (size_t k = 0; k < (r == 0 ? 1 : r); k++) {
            out->left[out->size] = left[i];
            out->right[out->size++] = r == 0 ? -1 : right[k];
        }
    for (size_t k = 0; k < (l == 0 && keep_right ? r : 0); k++) {
        out->left[out->size] = -1;
        out->right[out->size++] = right[k];
    }
}

/* Stable: the pairs in the row order of one side. */
static void
restore_order(struct arena *a, struct join_rows *rows, int64_t *const by, size_t n)
{
    int64_t *start = arena_alloc(a, (n + 2) * sizeof *start);
    int64_t *left = arena_alloc(a, (rows->size + 1) * sizeof *left);
    int64_t *right = arena_alloc(a, (rows->size + 1) * sizeof *right);

    for (size_t i = 0; i < rows->size; i++)
        start[by[i] + 1]++;
    for (size_t i = 0; i < n; i++)
        start[i + 1] += start[i];
    for (size_t i = 0; i < rows->size; i++) {
        int64_t at = start[by[i]]++;

        left[at] = rows->left[i];
        right[at] = rows->right[i];
    }
    rows->left = left;
    rows->right = right;
}

static void
restore_inner(struct arena *a, struct join_rows *rows, const struct side *left)
{
    int64_t *l = arena_alloc(a, (rows->size + 1) * sizeof *l);
    int64_t *r = arena_alloc(a, (rows->size + 1) * sizeof *r);

    for (size_t i = 0; i < rows->size; i++) {
        l[left->rows[i]] = rows->left[i];
        r[left->rows[i]] = rows->right[i];
    }
    rows->left = l;
    rows->right = r;
}

/* Said before anything of that size is made. */
static bool
check_rows(uint64_t total, uint64_t max_rows, struct error *err)
{
    uint64_t most = max_rows && max_rows < JOIN_ROWS_MOST ? max_rows : JOIN_ROWS_MOST;

    return total <= most ||
           error_set(err, ERR_LIMIT,
                     "the join would have %llu rows, more than %llu (--max-output-rows)",
                     (unsigned long long)total, (unsigned long long)most);
}

static bool
cross(struct arena *a, size_t n_left, size_t n_right, uint64_t max_rows,
      struct join_rows *out, struct error *err)
{
    uint64_t total = (uint64_t)n_left * n_right;

    if (!check_rows(total, max_rows, err))
        return false;
    out->left = arena_alloc(a, (total + 1) * sizeof(int64_t));
    out->right = arena_alloc(a, (total + 1) * sizeof(int64_t));
    for (size_t i = 0; i < n_left; i++)
        for (size_t k = 0; k < n_right; k++) {
            out->left[out->size] = (int64_t)i;
            out->right[out->size++] = (int64_t)k;
        }
    return true;
}

/* Keys that cannot be compared: left's rows, then right's. */
static bool
one_below_other(struct arena *a, size_t n_left, size_t n_right, uint64_t max_rows,
                struct join_rows *out, struct error *err)
{
    size_t total = n_left + n_right;

    if (!check_rows(total, max_rows, err))
        return false;
    out->size = total;
    out->left = arena_alloc(a, (total + 1) * sizeof(int64_t));
    out->right = arena_alloc(a, (total + 1) * sizeof(int64_t));
    for (size_t i = 0; i < total; i++) {
        out->left[i] = i < n_left ? (int64_t)i : -1;
        out->right[i] = i < n_left ? -1 : (int64_t)(i - n_left);
    }
    return true;
}

/* Object labels in order on both sides that Python cannot compare with each other. */
static bool
incomparable(struct arena *a, const struct column *left, const struct column *right)
{
    return (left->dtype == COLTYPE_OBJECT || right->dtype == COLTYPE_OBJECT) &&
           !label_orders_meet(left, right) && label_in_order(left) &&
           label_in_order(right) && label_is_unique(a, left) && label_is_unique(a, right);
}

bool
join_pair(struct arena *a, const struct column *const left[],
          const struct column *const right[], size_t n_keys, enum join_how how, bool sort,
          uint64_t max_rows, struct join_rows *out, struct error *err)
{
    bool keep_left = how == JOIN_LEFT || how == JOIN_OUTER;
    bool keep_right = how == JOIN_RIGHT || how == JOIN_OUTER;
    struct side sides[2];
    size_t n_codes;
    uint64_t total;

    *out = (struct join_rows){0};
    if (how == JOIN_CROSS)
        return cross(a, left[0]->size, right[0]->size, max_rows, out, err);
    if (how == JOIN_OUTER && n_keys == 1 && incomparable(a, left[0], right[0]))
        return one_below_other(a, left[0]->size, right[0]->size, max_rows, out, err);
    n_codes = code_keys(a, left, right, n_keys, sort || how == JOIN_OUTER, sides);
    sort_side(a, &sides[0], n_codes);
    sort_side(a, &sides[1], n_codes);
    total = count_pairs(sides, n_codes, keep_left, keep_right);
    if (!check_rows(total, max_rows, err))
        return false;
    out->left = arena_alloc(a, (total + 1) * sizeof(int64_t));
    out->right = arena_alloc(a, (total + 1) * sizeof(int64_t));
    if (how == JOIN_RIGHT) {
        /* right-major: the mirror image of a left join */
        struct side swapped[2] = {sides[1], sides[0]};
        struct join_rows mirror = {0, out->right, out->left};

        for (size_t c = 0; c < n_codes; c++)
            pair_code(swapped, c, true, false, &mirror);
        out->size = mirror.size;
    } else
        for (size_t c = 0; c < n_codes; c++)
            pair_code(sides, c, keep_left, keep_right, out);
    if (sort || how == JOIN_OUTER)
        return true;
    if (how == JOIN_INNER && out->size == sides[0].n)
        restore_inner(a, out, &sides[0]);
    else if (how == JOIN_RIGHT)
        restore_order(a, out, out->right, sides[1].n);
    else
        restore_order(a, out, out->left, sides[0].n);
    return true;
}
