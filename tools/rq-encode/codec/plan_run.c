/*
 * Replaying a plan over the symbols, slice by slice (see plan.c for the method).  The
 * last octets of symbols that are no multiple of 64 are copied and padded with zeros.
 */
#include "common/mem.h"
#include "plan_parts.h"

#include <stdlib.h>
#include <string.h>

enum { PAGE = 4096 };

/* The inactive symbols from the right-hand sides. */
static void
run_dense(const struct rq_plan *plan, const struct gf256_rows *rows)
{
    const struct gf256_ops *ops = plan->gf->ops;
    const struct rq_dense *d = &plan->dense;

    ops->dense(rows, &(struct gf256_dense){.into = plan->pivot_row,
                                           .rows = d->pivots,
                                           .from = plan->equation_row,
                                           .count = d->equations,
                                           .bits = plan->X_bits,
                                           .code = plan->X_code,
                                           .tables = (uint32_t)plan->rows});
    if (d->frees == 0)
        return;
    ops->product(plan->gf, rows,
                 &(struct gf256_product){.into = plan->hdpc_row,
                                         .rows = d->H,
                                         .from = plan->pivot_row,
                                         .count = d->pivots,
                                         .coefficient = d->E});
    ops->product(plan->gf, rows,
                 &(struct gf256_product){.into = plan->free_row,
                                         .rows = d->frees,
                                         .from = plan->hdpc_row,
                                         .count = d->H,
                                         .coefficient = d->G});
    ops->product(plan->gf, rows,
                 &(struct gf256_product){.into = plan->pivot_row,
                                         .rows = d->pivots,
                                         .from = plan->free_row,
                                         .count = d->frees,
                                         .coefficient = d->Y});
}

/* One slice; wanted[i] is where its first octet goes. */
static void
run_slice(const struct rq_plan *plan, const struct gf256_rows *rows,
          const uint8_t *const *external, size_t offset)
{
    const struct gf256_ops *ops = plan->gf->ops;
    struct gf256_sums sums = batch_sums(&plan->forward, true, external, offset);
    const struct gf256_sweep sweep = sweep_of(plan);

    for (size_t i = 0; i < plan->order.inactives; i++)
        memset(rows->base + plan->order.inactive[i] * rows->stride, 0, rows->width);
    ops->sums(rows, &sums);
    sums = batch_sums(&plan->residual, true, external, offset);
    ops->sums(rows, &sums);
    ops->sweep(rows, &sweep);
    run_dense(plan, rows);
    if (plan->second_pass) {
        sums = batch_sums(&plan->forward, false, external, offset);
        ops->sums(rows, &sums);
        return;
    }
    sums = batch_sums(&plan->target, true, NULL, 0);
    ops->sums(rows, &sums);
    ops->dense(rows, &(struct gf256_dense){.into = plan->target_row,
                                           .rows = plan->wanted,
                                           .from = plan->z_row,
                                           .count = plan->order.inactives,
                                           .bits = plan->target_bits,
                                           .code = plan->target_code,
                                           .tables = (uint32_t)plan->rows});
}

/* The wanted symbols' part of a slice, out[i] + offset. */
static void
emit_slice(const struct rq_plan *plan, const struct gf256_rows *rows, uint8_t *const *out,
           size_t offset)
{
    struct gf256_sums sums = batch_sums(&plan->target, false, NULL, offset);

    if (plan->second_pass) {
        sums.out = out;
        plan->gf->ops->sums(rows, &sums);
        return;
    }
    for (size_t i = 0; i < plan->wanted; i++)
        memcpy(out[i] + offset, rows->base + plan->target_row[i] * rows->stride,
               rows->width);
}

static size_t
workspace_rows(const struct rq_plan *plan)
{
    unsigned bits = plan->X_bits > plan->target_bits ? plan->X_bits : plan->target_bits;

    return plan->rows + ((size_t)GF256_FUSED << bits);
}

void
rq_workspace_clear(struct rq_workspace *w)
{
    free(w->base);
    *w = (struct rq_workspace){0};
}

static void
workspace_grow(struct rq_workspace *w, size_t size)
{
    if (w->size >= size)
        return;
    free(w->base);
    w->size = size;
    w->base = xaligned(PAGE, size);
}

/* The last octets of each symbol, when they do not fill 64, padded with zeros. */
static void
run_tail(const struct rq_plan *plan, struct gf256_rows *rows,
         const uint8_t *const *external, uint8_t *const *wanted, size_t offset,
         size_t size)
{
    const uint8_t **padded = xcalloc(plan->received + 1, sizeof *padded);
    uint8_t **out = xcalloc(plan->wanted + 1, sizeof *out);
    uint8_t *tails = xcalloc(plan->received + plan->wanted + 1, 64);

    for (size_t i = 0; i < plan->received; i++) {
        if (!external[i])
            continue;
        padded[i] = memcpy(tails + 64 * i, external[i] + offset, size);
    }
    for (size_t i = 0; i < plan->wanted; i++)
        out[i] = tails + 64 * (plan->received + i);
    rows->width = 64;
    run_slice(plan, rows, padded, 0);
    emit_slice(plan, rows, out, 0);
    for (size_t i = 0; i < plan->wanted; i++)
        memcpy(wanted[i] + offset, out[i], size);
    free(tails);
    free(out);
    free(padded);
}

void
rq_plan_run(const struct rq_plan *plan, struct rq_workspace *workspace,
            const uint8_t *const *received, uint8_t *const *wanted, size_t size)
{
    const uint8_t **external = xcalloc(plan->received + 1, sizeof *external);
    struct gf256_rows rows = {.stride = (size + 63) / 64 * 64};
    size_t offset = 0;

    if (plan->received > 0)
        memcpy(external, received, plan->received * sizeof *external);
    if (rows.stride > plan->slice)
        rows.stride = plan->slice;
    workspace_grow(workspace, workspace_rows(plan) * rows.stride);
    rows.base = workspace->base;
    while (size - offset >= 64) {
        rows.width =
            size - offset < plan->slice ? (size - offset) / 64 * 64 : plan->slice;
        run_slice(plan, &rows, external, offset);
        emit_slice(plan, &rows, wanted, offset);
        offset += rows.width;
    }
    if (offset < size)
        run_tail(plan, &rows, external, wanted, offset, size - offset);
    free(external);
}

uint64_t
rq_plan_operations(const struct rq_plan *plan)
{
    const struct rq_dense *d = &plan->dense;
    const struct batch *f = &plan->forward, *t = &plan->target;
    uint64_t n = 5 * (uint64_t)plan->p.B + 3 * (uint64_t)plan->p.S; /* the sweep */

    for (size_t i = 0; i < f->count; i++)
        n += 1 + f->active[i] - f->start[i] +
             (plan->second_pass ? 1 + f->stop[i] - f->start[i] : 0);
    for (size_t i = 0; i < t->count; i++)
        n += (plan->second_pass ? t->stop[i] : t->active[i]) - t->start[i];
    n += (d->equations + plan->X_bits - 1) / plan->X_bits *
         (d->pivots + (UINT64_C(1) << plan->X_bits));
    if (!plan->second_pass && plan->target_bits > 0)
        n += (d->unknowns + plan->target_bits - 1) / plan->target_bits *
             (plan->wanted + (UINT64_C(1) << plan->target_bits));
    n += 2 * (uint64_t)d->frees * d->H + 2 * (uint64_t)d->H * d->pivots;
    return n;
}
