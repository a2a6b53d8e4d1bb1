/*
 * plan_parts.h: what a plan is made of, for plan.c, which builds it, and plan_run.c,
 * which replays it.
 */
#ifndef RQ_PLAN_PARTS_H
#define RQ_PLAN_PARTS_H

#include "dense.h"
#include "peel.h"
#include "plan.h"

/* Sums in the form the kernel takes, owned. */
struct batch {
    size_t count;
    uint32_t *into, *start, *active, *stop, *from;
    uint16_t *index;
    size_t used, capacity;
};

struct rq_plan {
    struct rq_params p;
    const struct gf256 *gf; /* borrowed */
    size_t received, wanted;
    struct rq_order order;
    struct batch forward;  /* the pivot rows */
    struct batch residual; /* LDPC rows but for the circulants, leftovers, HDPC */
    struct batch target;   /* the wanted symbols */
    uint8_t *pair;         /* owned; HDPC rows of each column */
    struct rq_dense dense;
    uint32_t *pivot_row, *free_row, *z_row; /* owned; workspace rows of unknowns */
    uint32_t *equation_row, *hdpc_row, *target_row;
    uint8_t *X_code, *target_code; /* owned; see gf256_dense */
    unsigned X_bits, target_bits;
    bool second_pass;
    size_t rows; /* of the workspace, without the dense tables */
    size_t slice;
};

static inline struct gf256_sums
batch_sums(const struct batch *b, bool active_only, const uint8_t *const *external,
           size_t offset)
{
    return (struct gf256_sums){.count = b->count,
                               .into = b->into,
                               .start = b->start,
                               .stop = active_only ? b->active : b->stop,
                               .index = b->index,
                               .from = b->from,
                               .external = external,
                               .offset = offset};
}

static inline struct gf256_sweep
sweep_of(const struct rq_plan *plan)
{
    const struct rq_params *p = &plan->p;

    return (struct gf256_sweep){.columns = p->K_prime + p->S,
                                .B = p->B,
                                .S = p->S,
                                .H = p->H,
                                .pair = plan->pair,
                                .ldpc = plan->equation_row[0],
                                .hdpc = plan->hdpc_row[0]};
}

#endif
