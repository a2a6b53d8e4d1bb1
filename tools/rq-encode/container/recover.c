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

#include <pthread.h>
#include <stdlib.h>
#include <string.h>

enum { SURPLUS = 2, RUN_MAX = 8 };

void
recovery_init(struct recovery *r, const struct layout *layout)
{
    *r = (struct recovery){.layout = *layout};
    r->block = xcalloc(layout->Z + 1, sizeof *r->block);
    r->first = xcalloc(layout->Z + 1, sizeof *r->first);
}

void
recovery_clear(struct recovery *r)
{
    for (uint32_t b = 0; r->block && b < r->layout.Z; b++) {
        free(r->block[b].received);
        free(r->block[b].symbol);
        free(r->block[b].lost);
    }
    free(r->block);
    free(r->first);
    scratch_free(&r->octets);
    *r = (struct recovery){0};
}

/* Room for one more: capacities are powers of two and need not be kept. */
static bool
full(uint32_t count)
{
    return (count & (count - 1)) == 0;
}

void
recovery_receive(struct recovery *r, uint32_t block, uint32_t esi, const uint8_t *symbol)
{
    struct recovery_block *b = &r->block[block];
    uint32_t n = b->received_count;

    if (full(n)) {
        b->received = xrealloc(b->received, n ? 2 * (size_t)n : 1, sizeof *b->received);
        b->symbol = xrealloc(b->symbol, n ? 2 * (size_t)n : 1, sizeof *b->symbol);
    }
    b->received[n] = esi;
    b->symbol[n] = symbol;
    b->received_count++;
}

void
recovery_lose(struct recovery *r, uint32_t block, uint32_t esi)
{
    struct recovery_block *b = &r->block[block];
    uint32_t n = b->lost_count;

    if (full(n))
        b->lost = xrealloc(b->lost, n ? 2 * (size_t)n : 1, sizeof *b->lost);
    b->lost[b->lost_count++] = esi;
    r->lost++;
}

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
    struct task *task;
    pthread_mutex_t lock; /* of what follows */
    struct progress progress;
    uint64_t done; /* octets of source in blocks decoded */
};

/* Received symbols to use: all source ones and as many repair ones as wanted. */
static uint32_t
enough(const struct recovery_block *b, uint32_t K)
{
    return b->received_count - K < SURPLUS ? b->received_count : K + SURPLUS;
}

static bool
same_pattern(const struct recovery_block *a, const struct recovery_block *b, uint32_t n)
{
    return a->lost_count == b->lost_count && a->received_count >= n &&
           b->received_count >= n &&
           memcmp(a->received, b->received, n * sizeof *a->received) == 0;
}

static bool
make_plan(const struct job *job, const struct recovery_block *b, struct rq_plan **plan,
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
lost_little(const struct job *job, const struct recovery_block *b, uint32_t *repairs)
{
    uint32_t K = job->params.K, need = b->lost_count + SURPLUS, sources;

    sources = K - b->lost_count;
    if (b->lost_count == 0 || b->received_count < sources + b->lost_count ||
        !rq_residual_pays(&job->params, b->lost_count, job->recovery->layout.T))
        return false;
    need = need < b->received_count - sources ? need : b->received_count - sources;
    *repairs = b->received[sources + need - 1] + 1 - K;
    return *repairs <= 4 * need; /* each one wanted is work for all blocks */
}

/* One plan for all blocks that lost little, when there are several. */
static void
plan_encoding(struct job *job)
{
    const struct recovery *r = job->recovery;
    uint32_t K = job->params.K, blocks = 0, repairs;
    uint32_t *esi;
    struct error ignored;

    for (uint32_t b = 0; b < r->layout.Z; b++)
        if (lost_little(job, &r->block[b], &repairs)) {
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

/* False when that block must be decoded by a plan of its own. */
static bool
run_little(const struct job *job, const struct recovery_block *b,
           const uint8_t *const *received, struct rq_workspace *workspace,
           uint8_t *const *wanted)
{
    uint32_t K = job->params.K, sources = K - b->lost_count, n = 0, ignored;
    const uint8_t **source, **symbol;
    struct rq_residual *residual;
    struct error err;
    uint32_t *repair;
    bool ok;

    if (!job->encode || !lost_little(job, b, &ignored))
        return false;
    source = xcalloc(K, sizeof *source);
    symbol = xcalloc(b->received_count, sizeof *symbol);
    repair = xcalloc(b->received_count, sizeof *repair);
    for (uint32_t i = 0; i < sources; i++)
        source[b->received[i]] = received[i];
    for (uint32_t i = sources; i < b->received_count && n < b->lost_count + SURPLUS; i++)
        if (b->received[i] < K + job->repairs) {
            symbol[n] = received[i];
            repair[n++] = b->received[i] - K;
        }
    ok = rq_residual_new(&residual, workspace, job->encode,
                         (struct rq_esis){b->lost, b->lost_count}, repair, n, &err);
    if (ok)
        rq_residual_run(residual, workspace, source, symbol, wanted,
                        job->recovery->layout.T);
    rq_residual_free(residual);
    free(source);
    free(symbol);
    free(repair);
    return ok;
}

/* The block's symbols, those of the mapped source read into `copy`, K * T octets. */
static bool
gather(const struct recovery *r, const struct recovery_block *b, uint8_t *copy,
       const uint8_t **symbol, struct error *err)
{
    uint32_t T = r->layout.T;

    for (uint32_t i = 0; i < b->received_count; i++) {
        uintptr_t at = (uintptr_t)b->symbol[i] - (uintptr_t)r->source->map;

        symbol[i] = b->symbol[i];
        if (!b->symbol[i] || at >= r->source->size)
            continue;
        if (!source_read(r->source, at, copy, T, err))
            return false;
        symbol[i] = copy;
        copy += T;
    }
    return true;
}

static void
tell(struct job *job, uint64_t octets)
{
    (void)pthread_mutex_lock(&job->lock);
    job->done += octets;
    progress_update(&job->progress, job->done);
    (void)pthread_mutex_unlock(&job->lock);
}

static void
run_task(void *context, size_t i)
{
    struct job *job = context;
    struct task *t = &job->task[i];
    struct recovery *r = job->recovery;
    const struct recovery_block *planned = NULL; /* plan is of its losses */
    struct rq_workspace workspace = {0};
    uint8_t *copy = r->source ? xcalloc(r->layout.K, r->layout.T) : NULL;
    const uint8_t **copied = NULL;
    const uint8_t *const *symbols;
    struct rq_plan *plan = NULL;
    uint32_t used = 0;

    t->ok = true;
    for (uint32_t k = t->from; t->ok && k < t->to; k++) {
        const struct recovery_block *b = &r->block[k];
        uint8_t **wanted;

        if (b->lost_count == 0)
            continue;
        wanted = xcalloc(b->lost_count, sizeof *wanted);
        for (uint32_t n = 0; n < b->lost_count; n++)
            wanted[n] = recovery_symbol(r, k, n);
        if (r->source) {
            copied = xrealloc(copied, b->received_count, sizeof *copied);
            t->ok = gather(r, b, copy, copied, &t->err);
        }
        symbols = r->source ? copied : b->symbol;
        if (t->ok && !run_little(job, b, symbols, &workspace, wanted)) {
            if (!planned || !same_pattern(planned, b, used)) {
                rq_plan_free(plan);
                plan = NULL;
                t->ok = make_plan(job, b, &plan, &used, &t->err) ||
                        error_at(&t->err, "block %u", k);
                planned = b;
            }
            if (t->ok)
                rq_plan_run(plan, &workspace, symbols, wanted, r->layout.T);
        }
        free(wanted);
        tell(job, (uint64_t)r->layout.K * r->layout.T);
    }
    rq_workspace_clear(&workspace);
    rq_plan_free(plan);
    free(copied);
    free(copy);
}

/* Boundaries depend on the losses only, never on the number of threads. */
static size_t
cut_tasks(const struct recovery *r, struct task *task)
{
    uint32_t run = r->layout.Z / 16 + 1;
    size_t n = 0;

    run = run > RUN_MAX ? run : RUN_MAX;
    for (uint32_t b = 0; b < r->layout.Z;) {
        uint32_t to = b + 1;

        while (to < r->layout.Z && to - b < run &&
               same_pattern(&r->block[b], &r->block[to],
                            r->block[b].received_count < r->layout.K + SURPLUS
                                ? r->block[b].received_count
                                : r->layout.K + SURPLUS))
            to++;
        task[n++] = (struct task){.from = b, .to = to};
        b = to;
    }
    return n;
}

bool
recovery_run(struct recovery *r, unsigned threads, uint64_t memory, struct error *err)
{
    struct job job = {.recovery = r, .lock = PTHREAD_MUTEX_INITIALIZER};
    size_t tasks;
    bool ok = true;

    if (r->lost == 0)
        return true;
    if (!rq_params_init(&job.params, r->layout.K, err) ||
        !scratch_alloc(&r->octets, r->lost * r->layout.T, memory, err))
        return false;
    for (uint32_t b = 1; b < r->layout.Z; b++)
        r->first[b] = r->first[b - 1] + r->block[b - 1].lost_count;
    gf256_init(&job.gf, NULL);
    job.task = xcalloc(r->layout.Z, sizeof *job.task);
    tasks = cut_tasks(r, job.task);
    plan_encoding(&job);
    progress_begin(&job.progress, "decoding", r->layout.F);
    pool_run(threads, tasks, run_task, &job);
    progress_end(&job.progress);
    rq_plan_free(job.encode);
    for (size_t i = 0; ok && i < tasks; i++)
        if (!job.task[i].ok) {
            *err = job.task[i].err;
            ok = false;
        }
    free(job.task);
    return ok;
}
