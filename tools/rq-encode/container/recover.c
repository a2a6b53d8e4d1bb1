/*
 * Blocks that lost little share the plan that encodes, whatever they lost.  Of the others
 * those with the same losses share a plan: a burst makes at most a few patterns.
 * Of the repair symbols no more are used than the losses need and SURPLUS more, because
 * each one is work; when that is not enough, all are.
 */
#include "recover.h"

#include "codec/plan.h"
#include "codec/residual.h"
#include "common/mem.h"
#include "common/pool.h"
#include "common/term.h"
#include "files/mapping.h"
#include "recover_strip.h"

#include <pthread.h>
#include <stdlib.h>
#include <string.h>

enum { SURPLUS = 2, RUN_MAX = 8 };

/* One block's part of the problem. */
struct posed {
    uint32_t *received; /* owned; ESIs, ascending */
    uint32_t received_count;
    uint32_t *lost; /* owned; ESIs below K */
    uint32_t lost_count;
};

/* A run of blocks that one task decodes. */
struct task {
    uint32_t from, to;
    bool ok;
    struct error err;
};

struct job {
    struct recovery *recovery;
    struct rq_plan *encode; /* owned; NULL unless it pays */
    uint32_t repairs;       /* that it wants: ESIs K .. K + repairs - 1 */
    struct gf256 gf;
    struct rq_params params;
    uint32_t *losses; /* owned; by block */
    struct recover_strip strip;
    struct posed *block;  /* owned; of the strip */
    struct task *task;    /* owned */
    pthread_mutex_t lock; /* of what follows */
    struct progress progress;
    uint64_t done; /* octets of source in blocks decoded */
};

/* ---- what is left of a block ---- */

static void
pose(const struct recovery *r, uint32_t b, struct posed *out)
{
    const struct layout *l = &r->layout;
    uint64_t symbols = layout_source_symbols(l);

    *out = (struct posed){.received = xcalloc((size_t)l->K + l->R, sizeof *out->received),
                          .lost = xcalloc((size_t)l->K + 1, sizeof *out->lost)};
    for (uint32_t e = 0; e < l->K; e++) {
        uint64_t i = (uint64_t)e * l->Z + b;

        if (i < symbols && r->at[i] >= SYMBOL_RECOVERED)
            out->lost[out->lost_count++] = e;
        else
            out->received[out->received_count++] = e;
        if (e % 16 == 0)
            mapping_strided(16 * l->Z * sizeof *r->at);
    }
    for (uint32_t k = 0; k < l->R; k++) {
        if (r->repair[(uint64_t)k * l->Z + b])
            out->received[out->received_count++] = l->K + k;
        mapping_strided(l->Z * sizeof *r->repair);
    }
}

static void
posed_clear(struct posed *p)
{
    free(p->received);
    free(p->lost);
}

/* Received symbols to use: all source ones and as many repair ones as wanted. */
static uint32_t
enough(const struct posed *b, uint32_t K)
{
    return b->received_count < K + SURPLUS ? b->received_count : K + SURPLUS;
}

static bool
same_pattern(const struct posed *a, const struct posed *b, uint32_t n)
{
    return a->lost_count == b->lost_count && a->received_count >= n &&
           b->received_count >= n &&
           memcmp(a->received, b->received, n * sizeof *a->received) == 0;
}

/* ---- plans ---- */

static bool
make_plan(const struct job *job, const struct posed *b, struct rq_plan **plan,
          uint32_t *used, struct error *err)
{
    uint32_t K = job->params.K;

    if (b->received_count < K)
        return error_set(err, ERR_MISMATCH, "%u symbols are left of the %u needed",
                         b->received_count, K);
    *used = enough(b, K);
    if (rq_plan_new(plan, &job->gf, &job->params, (struct rq_esis){b->received, *used},
                    (struct rq_esis){b->lost, b->lost_count}, err))
        return true;
    if (*used == b->received_count)
        return false;
    *used = b->received_count;
    return rq_plan_new(plan, &job->gf, &job->params, (struct rq_esis){b->received, *used},
                       (struct rq_esis){b->lost, b->lost_count}, err);
}

/* Does the encode plan help this block, and how many of its first repair symbols? */
static bool
lost_little(const struct job *job, uint32_t b, uint32_t *repairs)
{
    const struct recovery *r = job->recovery;
    uint32_t need = job->losses[b] + SURPLUS, found = 0, k;

    if (job->losses[b] == 0 ||
        !rq_residual_pays(&job->params, job->losses[b], r->layout.T))
        return false;
    *repairs = 0;
    for (k = 0; k < r->layout.R && found < need; k++)
        if (r->repair[(uint64_t)k * r->layout.Z + b]) {
            *repairs = k + 1;
            found++;
        }
    /* Each one wanted is work for all blocks. */
    return found >= job->losses[b] && *repairs <= 4 * found;
}

/* One plan for all blocks that lost little, when there are several. */
static void
plan_encoding(struct job *job)
{
    uint32_t K = job->params.K, blocks = 0, repairs;
    struct error ignored;
    uint32_t *esi;

    for (uint32_t b = 0; b < job->recovery->layout.Z; b++)
        if (lost_little(job, b, &repairs)) {
            blocks++;
            job->repairs = repairs > job->repairs ? repairs : job->repairs;
        }
    if (blocks < 2)
        return;
    esi = xcalloc((size_t)K + job->repairs, sizeof *esi);
    for (uint32_t i = 0; i < K + job->repairs; i++)
        esi[i] = i;
    if (!rq_plan_new(&job->encode, &job->gf, &job->params, (struct rq_esis){esi, K},
                     (struct rq_esis){esi + K, job->repairs}, &ignored))
        job->encode = NULL;
    free(esi);
}

/* Recovered octets go to their place among the recovered ones. */
static void
store_strip(const struct job *job)
{
    const struct recovery *r = job->recovery;
    const struct layout *l = &r->layout;
    const struct recover_strip *s = &job->strip;

    for (uint32_t k = 0; k < s->count; k++) {
        uint32_t b = s->first + k;
        uint64_t from, to;

        recover_strip_portion(s, b, &from, &to);
        for (uint32_t n = 0; n < job->block[k].lost_count; n++) {
            uint32_t e = job->block[k].lost[n];
            uint64_t index = r->at[(uint64_t)e * l->Z + b] & ~SYMBOL_RECOVERED;

            memcpy(r->octets.data + index * l->T + (from - (uint64_t)b * l->T),
                   recover_strip_cell(s, e, from), (size_t)(to - from));
            mapping_strided(layout_row(l));
        }
    }
}

/* ---- decoding ---- */

static void
tell(struct job *job, uint64_t octets)
{
    (void)pthread_mutex_lock(&job->lock);
    job->done += octets;
    progress_update(&job->progress, job->done);
    (void)pthread_mutex_unlock(&job->lock);
}

/* One block's columns in the strip. */
struct columns_of {
    const uint8_t **received; /* owned; in the order of the block's */
    uint8_t **wanted;         /* owned */
    size_t size;
};

/* False when that block must be decoded by a plan of its own. */
static bool
run_little(const struct job *job, uint32_t block, const struct posed *b,
           const struct columns_of *of, struct rq_workspace *workspace)
{
    uint32_t K = job->params.K, sources = K - b->lost_count, n = 0, ignored;
    const uint8_t **source, **symbol;
    struct rq_residual *residual;
    struct error err;
    uint32_t *repair;
    bool ok;

    if (!job->encode || !lost_little(job, block, &ignored))
        return false;
    source = xcalloc(K, sizeof *source);
    symbol = xcalloc(b->received_count, sizeof *symbol);
    repair = xcalloc(b->received_count, sizeof *repair);
    for (uint32_t i = 0; i < sources; i++)
        source[b->received[i]] = of->received[i];
    for (uint32_t i = sources; i < b->received_count && n < b->lost_count + SURPLUS; i++)
        if (b->received[i] < K + job->repairs) {
            symbol[n] = of->received[i];
            repair[n++] = b->received[i] - K;
        }
    ok = rq_residual_new(&residual, workspace, job->encode,
                         (struct rq_esis){b->lost, b->lost_count}, repair, n, &err);
    if (ok)
        rq_residual_run(residual, workspace, source, symbol, of->wanted, of->size);
    rq_residual_free(residual);
    free(source);
    free(symbol);
    free(repair);
    return ok;
}

static void
columns_of(const struct job *job, uint32_t b, const struct posed *p,
           struct columns_of *out)
{
    const struct recover_strip *s = &job->strip;
    uint64_t from, to;

    recover_strip_portion(s, b, &from, &to);
    out->size = (size_t)(to - from);
    out->received = xcalloc(p->received_count + 1, sizeof *out->received);
    out->wanted = xcalloc(p->lost_count + 1, sizeof *out->wanted);
    for (uint32_t i = 0; i < p->received_count; i++)
        if (p->received[i] >= job->params.K || !s->zero[p->received[i]])
            out->received[i] = recover_strip_cell(s, p->received[i], from);
    for (uint32_t i = 0; i < p->lost_count; i++)
        out->wanted[i] = recover_strip_cell(s, p->lost[i], from);
}

static void
run_task(void *context, size_t i)
{
    struct job *job = context;
    struct task *t = &job->task[i];
    const struct posed *planned = NULL; /* plan is of its losses */
    struct rq_workspace workspace = {0};
    struct rq_plan *plan = NULL;
    uint32_t used = 0;

    t->ok = true;
    for (uint32_t k = t->from; t->ok && k < t->to; k++) {
        const struct posed *b = &job->block[k - job->strip.first];
        struct columns_of of;

        if (b->lost_count == 0)
            continue;
        columns_of(job, k, b, &of);
        if (!run_little(job, k, b, &of, &workspace)) {
            if (!planned || !same_pattern(planned, b, used)) {
                rq_plan_free(plan);
                plan = NULL;
                t->ok = make_plan(job, b, &plan, &used, &t->err) ||
                        error_at(&t->err, "block %u", k);
                planned = b;
            }
            if (t->ok)
                rq_plan_run(plan, &workspace, of.received, of.wanted, of.size);
        }
        free(of.received);
        free(of.wanted);
        tell(job, (uint64_t)job->params.K * of.size);
    }
    rq_workspace_clear(&workspace);
    rq_plan_free(plan);
}

/* Boundaries depend on the losses only, never on the number of threads. */
static size_t
cut_tasks(const struct job *job)
{
    const struct recover_strip *s = &job->strip;
    uint32_t run = s->count / 16 + 1;
    size_t n = 0;

    run = run > RUN_MAX ? run : RUN_MAX;
    for (uint32_t b = 0; b < s->count;) {
        uint32_t to = b + 1;

        while (to < s->count && to - b < run &&
               same_pattern(&job->block[b], &job->block[to],
                            enough(&job->block[b], job->params.K)))
            to++;
        job->task[n++] = (struct task){.from = s->first + b, .to = s->first + to};
        b = to;
    }
    return n;
}

static bool
decode_strip(struct job *job, struct error *err)
{
    struct recover_strip *s = &job->strip;
    size_t tasks;
    bool ok = true;

    job->block = xcalloc(s->count, sizeof *job->block);
    for (uint32_t k = 0; k < s->count; k++)
        pose(job->recovery, s->first + k, &job->block[k]);
    recover_strip_load(s);
    tasks = cut_tasks(job);
    pool_run(job->recovery->threads, tasks, run_task, job);
    for (size_t i = 0; ok && i < tasks; i++)
        if (!job->task[i].ok) {
            *err = job->task[i].err;
            ok = false;
        }
    if (ok)
        store_strip(job);
    for (uint32_t k = 0; k < s->count; k++)
        posed_clear(&job->block[k]);
    free(job->block);
    return ok;
}

/* Lost symbols get their places among the recovered, in the order of the source. */
static void
number_lost(struct recovery *r, uint32_t *losses)
{
    const struct layout *l = &r->layout;

    r->lost = 0;
    for (uint64_t i = 0; i < layout_source_symbols(l); i++) {
        if (r->at[i] == SYMBOL_LOST) {
            r->at[i] = SYMBOL_RECOVERED | r->lost++;
            losses[i % l->Z]++;
        }
        mapping_touched(sizeof *r->at);
    }
}

bool
recovery_run(struct recovery *r, struct error *err)
{
    struct job job = {.recovery = r, .lock = PTHREAD_MUTEX_INITIALIZER};
    const struct layout *l = &r->layout;
    struct recover_strip *s = &job.strip;
    bool ok;

    job.losses = xcalloc((size_t)l->Z + 1, sizeof *job.losses);
    number_lost(r, job.losses);
    ok = r->lost == 0 || (rq_params_init(&job.params, l->K, err) &&
                          scratch_alloc(&r->octets, r->lost * l->T, r->memory / 8, err));
    if (ok && r->lost > 0) {
        recover_strip_init(s, r, job.losses);
        job.task = xcalloc(s->stride / l->T + 1, sizeof *job.task);
        gf256_init(&job.gf, NULL);
        plan_encoding(&job);
        progress_begin(&job.progress, "decoding", l->F);
        while (ok && recover_strip_next(s))
            ok = decode_strip(&job, err);
        progress_end(&job.progress);
        rq_plan_free(job.encode);
    }
    recover_strip_clear(s);
    free(job.task);
    free(job.losses);
    return ok;
}

void
recovery_read(const struct recovery *r, uint64_t offset, uint8_t *data, size_t size)
{
    const uint32_t T = r->layout.T;
    uint64_t i = offset / T;
    uint64_t within = offset % T;

    while (size > 0) {
        uint64_t at = r->at[i], n = T;
        size_t take;

        while (n - within < size &&
               r->at[i + n / T] - at == (at < SYMBOL_RECOVERED ? n : n / T))
            n += T;
        take = n - within < size ? (size_t)(n - within) : size;
        if (at < SYMBOL_RECOVERED && source_hole(r->source, at + within, take))
            memset(data, 0, take);
        else if (at < SYMBOL_RECOVERED)
            source_read_past(r->source, at + within, data, take);
        else
            memcpy(data, r->octets.data + (at & ~SYMBOL_RECOVERED) * T + within, take);
        mapping_touched(take);
        data += take;
        size -= take;
        i += n / T;
        within = 0;
    }
}

void
recovery_clear(struct recovery *r)
{
    scratch_free(&r->octets);
}
