/*
 * The intermediate symbols C solve A * C = D.  Peeling splits C into pivots and
 * inactive ones z.  With z taken as zero, one forward pass over the pivot rows gives
 * y, the pivots but for what z adds; the leftover, LDPC and HDPC rows applied to y
 * then are the right-hand sides of a dense system for z.
 *
 * Its coefficients, and those of z in each wanted symbol, come from the same passes
 * run on unit vectors: one octet a column, 1 for the inactive symbol it stands for.
 *
 * Few wanted symbols: each is its sum over y plus a dense GF(2) sum over z.  Many: a
 * second pass over the pivot rows makes y complete, then the sums are sparse.
 *
 * The octets are worked on in slices, so that a workspace row for each intermediate
 * symbol stays in the second-level cache.
 */
#include "common/mem.h"
#include "plan_parts.h"
#include "tuple.h"

#include <stdlib.h>
#include <string.h>

enum {
    CACHE_SIZE = 1 << 20, /* octets of workspace a slice should fit in */
    SLICE_MIN = 128,
    SLICE_MAX = 4096,
    UNITS_MIN = 64, /* unit vectors worked on at a time */
    UNITS_MAX = 512
};

static void
batch_init(struct batch *b, size_t count)
{
    *b = (struct batch){.capacity = 8 * count + 64};
    b->into = xrealloc(NULL, count + 1, sizeof *b->into);
    b->start = xrealloc(NULL, count + 1, sizeof *b->start);
    b->active = xrealloc(NULL, count + 1, sizeof *b->active);
    b->stop = xrealloc(NULL, count + 1, sizeof *b->stop);
    b->from = xrealloc(NULL, count + 1, sizeof *b->from);
    b->index = xrealloc(NULL, b->capacity, sizeof *b->index);
}

static void
batch_clear(struct batch *b)
{
    free(b->into);
    free(b->start);
    free(b->active);
    free(b->stop);
    free(b->from);
    free(b->index);
}

/* A sum over columns but `without`: the active ones first. */
static void
batch_add(struct batch *b, const struct rq_order *o, uint32_t into, uint32_t from,
          const uint16_t *column, size_t n, uint32_t without)
{
    size_t i = b->count++, inactives = 0;
    uint16_t inactive[RQ_DEGREE_MAX + 1];

    if (b->capacity - b->used < n + 1) {
        b->capacity = 2 * b->capacity + n + 1;
        b->index = xrealloc(b->index, b->capacity, sizeof *b->index);
    }
    b->into[i] = into;
    b->from[i] = from;
    b->start[i] = (uint32_t)b->used;
    for (size_t k = 0; k < n; k++) { /* both stores always: no branch to guess */
        b->index[b->used] = column[k];
        inactive[inactives] = column[k];
        b->used += o->is_pivot[column[k]] && column[k] != without;
        inactives += !o->is_pivot[column[k]];
    }
    b->active[i] = (uint32_t)b->used;
    memcpy(b->index + b->used, inactive, inactives * sizeof *inactive);
    b->used += inactives;
    b->stop[i] = (uint32_t)b->used;
}

static void
build_pairs(struct rq_plan *plan)
{
    const struct rq_params *p = &plan->p;

    plan->pair = xrealloc(NULL, p->K_prime + p->S, 2);
    for (uint32_t j = 0; j + 1 < p->K_prime + p->S; j++) {
        uint32_t first = rq_rand(j + 1, 6, p->H);

        plan->pair[2 * j] = (uint8_t)first;
        plan->pair[2 * j + 1] =
            (uint8_t)((first + rq_rand(j + 1, 7, p->H - 1) + 1) % p->H);
    }
}

static uint32_t *
row_range(uint32_t first, size_t count)
{
    uint32_t *rows = xcalloc(count + 1, sizeof *rows);

    for (size_t i = 0; i < count; i++)
        rows[i] = first + (uint32_t)i;
    return rows;
}

/* The index of the last external row, NULL: for sums that receive nothing. */
static uint32_t
none(const struct rq_plan *plan)
{
    return (uint32_t)plan->received;
}

static void
build_batches(struct rq_plan *plan, const struct rq_matrix *m)
{
    const struct rq_params *p = &plan->p;
    const struct rq_order *o = &plan->order;
    size_t equations = p->S + o->leftovers;

    batch_init(&plan->forward, o->pivots);
    for (size_t i = 0; i < o->pivots; i++) {
        uint32_t r = o->row[i];

        batch_add(&plan->forward, o, o->column[i], r < plan->received ? r : none(plan),
                  m->column + m->start[r], m->start[r + 1] - m->start[r], o->column[i]);
    }
    batch_init(&plan->residual, equations + p->H);
    for (uint32_t i = 0; i < p->S; i++) {
        const uint16_t column[] = {(uint16_t)(p->B + i), (uint16_t)(p->W + i % p->P),
                                   (uint16_t)(p->W + (i + 1) % p->P)};

        batch_add(&plan->residual, o, plan->equation_row[i], none(plan), column, 3,
                  UINT32_MAX);
    }
    for (size_t i = 0; i < o->leftovers; i++) {
        uint32_t r = o->leftover[i];

        batch_add(&plan->residual, o, plan->equation_row[p->S + i],
                  r < plan->received ? r : none(plan), m->column + m->start[r],
                  m->start[r + 1] - m->start[r], UINT32_MAX);
    }
    for (uint32_t h = 0; h < p->H; h++) {
        const uint16_t column = (uint16_t)(p->K_prime + p->S + h);

        batch_add(&plan->residual, o, plan->hdpc_row[h], none(plan), &column, 1,
                  UINT32_MAX);
    }
}

static void
build_targets(struct rq_plan *plan, const uint32_t *wanted)
{
    batch_init(&plan->target, plan->wanted);
    for (size_t i = 0; i < plan->wanted; i++) {
        uint16_t column[RQ_DEGREE_MAX];
        unsigned lt;
        unsigned n = rq_columns(&plan->p, rq_isi(&plan->p, wanted[i]), column, &lt);

        batch_add(&plan->target, &plan->order,
                  plan->second_pass ? 0 : plan->target_row[i], none(plan), column, n,
                  UINT32_MAX);
    }
}

/* Additions of dense sums; those that read a table's rows also write. */
static size_t
dense_cost(size_t rows, size_t count, unsigned bits)
{
    size_t groups = (count + bits - 1) / bits;

    return groups * ((size_t)1 << bits) + groups * rows * 5 / 4;
}

/* The table size that makes `rows` sums over `count` sources cheapest. */
static unsigned
best_bits(size_t rows, size_t count)
{
    unsigned best = 1;

    for (unsigned bits = 2; bits <= 8; bits++)
        if (dense_cost(rows, count, bits) < dense_cost(rows, count, best))
            best = bits;
    return best;
}

/*
 * The coefficients of the inactive symbols in the equations and wanted symbols, one
 * octet each, `units` columns at a time.
 */
struct coefficients {
    uint8_t *binary, *hdpc, *target; /* owned */
    size_t stride;
};

static void
copy_rows(uint8_t *into, size_t stride, size_t at, const struct gf256_rows *rows,
          uint32_t first, size_t count)
{
    for (size_t i = 0; i < count; i++)
        memcpy(into + i * stride + at, rows->base + (first + i) * rows->stride,
               rows->width);
}

static void
find_coefficients(const struct rq_plan *plan, struct coefficients *c)
{
    const struct rq_order *o = &plan->order;
    const struct gf256_ops *ops = plan->gf->ops;
    const struct gf256_sums forward = batch_sums(&plan->forward, false, NULL, 0);
    const struct gf256_sums residual = batch_sums(&plan->residual, false, NULL, 0);
    const struct gf256_sums target = batch_sums(&plan->target, false, NULL, 0);
    const struct gf256_sweep sweep = sweep_of(plan);
    size_t equations = plan->p.S + o->leftovers;
    size_t targets = plan->second_pass ? 0 : plan->wanted;
    /* Eight octets are read at a time: those behind the last unknown must be zeros. */
    size_t units = (o->inactives + 7 + 63) / 64 * 64;
    size_t rows_used = plan->equation_row[0] + equations + plan->p.H + targets;
    struct gf256_rows rows;

    c->stride = units;
    c->binary = xcalloc(equations, units);
    c->hdpc = xcalloc(plan->p.H, units);
    c->target = xcalloc(targets + 1, units); /* one more: whole words are read */
    rows.stride = 2 * CACHE_SIZE / rows_used / UNITS_MIN * UNITS_MIN;
    rows.stride = rows.stride < UNITS_MIN ? UNITS_MIN : rows.stride;
    rows.stride = rows.stride < UNITS_MAX ? rows.stride : UNITS_MAX;
    rows.stride = rows.stride < units ? rows.stride : units;
    rows.base = xaligned(64, rows_used * rows.stride);
    for (size_t at = 0; at < units; at += rows.width) {
        rows.width = units - at < rows.stride ? units - at : rows.stride;
        for (size_t i = 0; i < o->inactives; i++) {
            uint8_t *row = rows.base + o->inactive[i] * rows.stride;

            memset(row, 0, rows.width);
            if (i - at < rows.width)
                row[i - at] = 1;
        }
        ops->sums(&rows, &forward);
        ops->sums(&rows, &residual);
        ops->sweep(&rows, &sweep);
        copy_rows(c->binary, units, at, &rows, plan->equation_row[0], equations);
        copy_rows(c->hdpc, units, at, &rows, plan->hdpc_row[0], plan->p.H);
        if (targets > 0) {
            ops->sums(&rows, &target);
            copy_rows(c->target, units, at, &rows, plan->target_row[0], targets);
        }
    }
    free(rows.base);
}

static uint8_t *
codes(size_t rows, size_t count, unsigned bits)
{
    return xcalloc((count + bits - 1) / bits * rows + 1, 1);
}

/* Eight bits of a row from bit `at` on; zeros behind its end. */
static uint8_t
bits_at(const uint64_t *row, size_t words, size_t at)
{
    uint64_t low = row[at / 64] >> (at % 64);

    if (at % 64 > 56 && at / 64 + 1 < words)
        low |= row[at / 64 + 1] << (64 - at % 64);
    return (uint8_t)low;
}

static void
build_codes(struct rq_plan *plan, const struct coefficients *c)
{
    const struct rq_dense *d = &plan->dense;
    unsigned bits = plan->X_bits = best_bits(d->pivots, d->equations);

    plan->X_code = codes(d->pivots, d->equations, bits);
    for (size_t i = 0; i < d->pivots; i++)
        for (size_t e = 0, g = 0; e < d->equations; e += bits, g++)
            plan->X_code[g * d->pivots + i] =
                (uint8_t)(bits_at(d->X + i * d->X_words, d->X_words, e) &
                          ((1u << bits) - 1));
    if (plan->second_pass)
        return;
    bits = plan->target_bits = best_bits(plan->wanted, d->unknowns);
    plan->target_code = codes(plan->wanted, d->unknowns, bits);
    for (size_t i = 0; i < plan->wanted; i++)
        for (size_t u = 0, g = 0; u < d->unknowns; u += bits, g++)
            plan->target_code[g * plan->wanted + i] =
                (uint8_t)(rq_pack_bits(c->target + i * c->stride + u) &
                          ((1u << bits) - 1));
}

/* Workspace rows: intermediate symbols, equations, HDPC, targets, tables. */
static void
lay_out(struct rq_plan *plan)
{
    const struct rq_params *p = &plan->p;
    size_t equations = p->S + plan->order.leftovers;
    uint32_t next = p->L;

    plan->equation_row = row_range(next, equations);
    next += (uint32_t)equations;
    plan->hdpc_row = row_range(next, p->H);
    next += p->H;
    /*
     * A second pass costs about 8 additions a pivot, each about 1.5 of the dense sums,
     * which work on rows that are near; without it each wanted symbol is a dense sum.
     */
    plan->second_pass = dense_cost(plan->wanted, plan->order.inactives,
                                   best_bits(plan->wanted, plan->order.inactives)) >
                        8 * plan->order.pivots * 3 / 2;
    plan->target_row = row_range(next, plan->second_pass ? 0 : plan->wanted);
    plan->rows = next + (plan->second_pass ? 0 : plan->wanted);
}

static void
finish_layout(struct rq_plan *plan)
{
    const struct rq_order *o = &plan->order;
    const struct rq_dense *d = &plan->dense;
    unsigned bits = plan->X_bits > plan->target_bits ? plan->X_bits : plan->target_bits;
    size_t rows = plan->rows + ((size_t)GF256_FUSED << bits);

    plan->z_row = row_range(0, o->inactives);
    plan->pivot_row = row_range(0, d->pivots);
    plan->free_row = row_range(0, d->frees);
    for (size_t i = 0; i < o->inactives; i++)
        plan->z_row[i] = o->inactive[i];
    for (size_t i = 0; i < d->pivots; i++)
        plan->pivot_row[i] = o->inactive[d->pivot[i]];
    for (size_t i = 0; i < d->frees; i++)
        plan->free_row[i] = o->inactive[d->free_[i]];
    plan->slice = CACHE_SIZE / rows / 64 * 64;
    if (plan->slice < SLICE_MIN)
        plan->slice = SLICE_MIN;
    if (plan->slice > SLICE_MAX)
        plan->slice = SLICE_MAX;
}

bool
rq_plan_new(struct rq_plan **out, const struct gf256 *gf, const struct rq_params *p,
            struct rq_esis received, struct rq_esis wanted, struct error *err)
{
    size_t rows = received.count + (p->K_prime - p->K);
    uint32_t *isi = xcalloc(rows + 1, sizeof *isi);
    struct rq_plan *plan = xcalloc(1, sizeof *plan);
    struct coefficients c = {0};
    struct rq_matrix m;
    bool solved;

    for (size_t i = 0; i < received.count; i++)
        isi[i] = rq_isi(p, received.esi[i]);
    for (uint32_t i = p->K; i < p->K_prime; i++)
        isi[received.count + i - p->K] = i;
    plan->p = *p;
    plan->gf = gf;
    plan->received = received.count;
    plan->wanted = wanted.count;
    rq_matrix_init(&m, p, isi, rows);
    rq_order_init(&plan->order, p, &m);
    lay_out(plan);
    build_pairs(plan);
    build_batches(plan, &m);
    build_targets(plan, wanted.esi);
    find_coefficients(plan, &c);
    solved =
        rq_dense_solve(&plan->dense, gf,
                       &(struct rq_dense_rows){.unknowns = plan->order.inactives,
                                               .equations = p->S + plan->order.leftovers,
                                               .H = p->H,
                                               .stride = c.stride,
                                               .binary = c.binary,
                                               .hdpc = c.hdpc});
    if (solved) {
        build_codes(plan, &c);
        finish_layout(plan);
        *out = plan;
    } else {
        rq_plan_free(plan);
        *out = NULL;
    }
    rq_matrix_clear(&m);
    free(c.binary);
    free(c.hdpc);
    free(c.target);
    free(isi);
    return solved ||
           error_set(err, ERR_MISMATCH,
                     "%zu symbols received do not determine the %u of the block",
                     received.count, p->K);
}

void
rq_plan_free(struct rq_plan *plan)
{
    if (!plan)
        return;
    batch_clear(&plan->forward);
    batch_clear(&plan->residual);
    batch_clear(&plan->target);
    rq_order_clear(&plan->order);
    rq_dense_clear(&plan->dense);
    free(plan->pair);
    free(plan->pivot_row);
    free(plan->free_row);
    free(plan->z_row);
    free(plan->equation_row);
    free(plan->hdpc_row);
    free(plan->target_row);
    free(plan->X_code);
    free(plan->target_code);
    free(plan);
}
