/*
 * The intermediate symbols C solve A * C = D.  Peeling splits C into pivots and
 * inactive ones z.  With z taken as zero, one forward pass over the pivot rows gives
 * y, the pivots but for what z adds; the leftover, LDPC and HDPC rows applied to y
 * then are the right-hand sides of a dense system for z.
 *
 * Its coefficients, and those of z in each wanted symbol, come from the same passes
 * run on unit vectors, a bit for each inactive symbol; those of the HDPC rows, which are
 * few but not binary, from the passes transposed.
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
    UNITS = 64 /* octets of unit vectors worked on at a time, a bit each */
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

/* The coefficients of the inactive symbols in the equations and wanted symbols. */
struct coefficients {
    uint8_t *binary, *target; /* owned; a bit each */
    size_t stride;            /* octets of a row of those, a multiple of UNITS */
    uint8_t *hdpc;            /* owned; an octet each */
};

static void
copy_rows(uint8_t *into, size_t stride, const struct gf256_rows *rows, uint32_t first,
          size_t count)
{
    for (size_t i = 0; i < count; i++)
        memcpy(into + i * stride, rows->base + (first + i) * rows->stride, rows->width);
}

/* Over GF(2): the passes over unit vectors, one bit an inactive symbol. */
static void
find_binary(const struct rq_plan *plan, struct coefficients *c)
{
    const struct rq_order *o = &plan->order;
    const struct gf256_ops *ops = plan->gf->ops;
    const struct gf256_sums forward = batch_sums(&plan->forward, false, NULL, 0);
    const struct gf256_sums residual = batch_sums(&plan->residual, false, NULL, 0);
    const struct gf256_sums target = batch_sums(&plan->target, false, NULL, 0);
    const struct gf256_sweep sweep = sweep_of(plan);
    size_t equations = plan->p.S + o->leftovers;
    size_t targets = plan->second_pass ? 0 : plan->wanted;
    size_t count = plan->equation_row[0] + equations + plan->p.H + targets;
    struct gf256_rows rows = {.stride = UNITS, .width = UNITS};

    /* Codes are read by octets: those behind the last unknown must be zeros. */
    c->stride = (o->inactives / 8 + 2 + UNITS - 1) / UNITS * UNITS;
    c->binary = xcalloc(equations, c->stride);
    c->target = xcalloc(targets + 1, c->stride);
    rows.base = xaligned(UNITS, count * UNITS);
    for (size_t at = 0; at < c->stride; at += UNITS) {
        for (size_t i = 0; i < o->inactives; i++) {
            uint8_t *row = rows.base + o->inactive[i] * UNITS;

            memset(row, 0, UNITS);
            if (i / 8 - at < UNITS)
                row[i / 8 - at] = (uint8_t)(1u << (i % 8));
        }
        ops->sums(&rows, &forward);
        ops->sums(&rows, &residual);
        ops->sweep(&rows, &sweep); /* of its work only the LDPC rows have a meaning */
        copy_rows(c->binary + at, c->stride, &rows, plan->equation_row[0], equations);
        if (targets > 0) {
            ops->sums(&rows, &target);
            copy_rows(c->target + at, c->stride, &rows, plan->target_row[0], targets);
        }
    }
    free(rows.base);
}

/* Eight octets times alpha. */
static uint64_t
times_alpha(uint64_t x)
{
    const uint64_t low = UINT64_C(0x0101010101010101);

    return (x << 1 & ~low) ^ (x >> 7 & low) * 0x1d;
}

/* A column of the HDPC rows: an octet each. */
struct column {
    uint64_t half[2];
};

/* Adds 1 in row h. */
static void
column_flip(struct column *c, uint32_t h)
{
    c->half[h / 8] ^= UINT64_C(1) << (h % 8 * 8);
}

/*
 * The HDPC rows as they are: from the right, each column is alpha times the next one,
 * plus one in two rows.  Then every pivot gives its column to those in its row, last one
 * first: what stays is that of the inactive symbols.
 */
static void
find_hdpc(const struct rq_plan *plan, struct coefficients *c)
{
    const struct rq_params *p = &plan->p;
    const struct rq_order *o = &plan->order;
    const struct batch *f = &plan->forward;
    uint32_t n = p->K_prime + p->S;
    struct column *column = xcalloc(p->L, sizeof *column);
    uint8_t alpha = 1;

    for (uint32_t h = 0; h < p->H; h++) {
        column[n - 1].half[h / 8] |= (uint64_t)alpha << (h % 8 * 8);
        alpha = (uint8_t)times_alpha(alpha);
        column_flip(&column[n + h], h);
    }
    for (uint32_t j = n - 1; j-- > 0;) {
        column[j].half[0] = times_alpha(column[j + 1].half[0]);
        column[j].half[1] = times_alpha(column[j + 1].half[1]);
        column_flip(&column[j], plan->pair[2 * j]);
        column_flip(&column[j], plan->pair[2 * j + 1]);
    }
    for (size_t i = f->count; i-- > 0;)
        for (uint32_t k = f->start[i]; k < f->stop[i]; k++) {
            column[f->index[k]].half[0] ^= column[f->into[i]].half[0];
            column[f->index[k]].half[1] ^= column[f->into[i]].half[1];
        }
    c->hdpc = xcalloc(p->H, o->inactives);
    for (uint32_t h = 0; h < p->H; h++)
        for (size_t i = 0; i < o->inactives; i++)
            c->hdpc[h * o->inactives + i] =
                (uint8_t)(column[o->inactive[i]].half[h / 8] >> (h % 8 * 8));
    free(column);
}

static uint8_t *
codes(size_t rows, size_t count, unsigned bits)
{
    return xcalloc((count + bits - 1) / bits * rows + 1, 1);
}

/* Eight bits of a row that goes on for an octet at least. */
static unsigned
code_at(const uint8_t *row, size_t at)
{
    return (unsigned)get_le16(row + at / 8) >> (at % 8);
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
                (uint8_t)(rq_bits_at(d->X + i * d->X_words, d->X_words, e) &
                          ((1u << bits) - 1));
    if (plan->second_pass)
        return;
    bits = plan->target_bits = best_bits(plan->wanted, d->unknowns);
    plan->target_code = codes(plan->wanted, d->unknowns, bits);
    for (size_t i = 0; i < plan->wanted; i++)
        for (size_t u = 0, g = 0; u < d->unknowns; u += bits, g++)
            plan->target_code[g * plan->wanted + i] =
                (uint8_t)(code_at(c->target + i * c->stride, u) & ((1u << bits) - 1));
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
    find_binary(plan, &c);
    find_hdpc(plan, &c);
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
