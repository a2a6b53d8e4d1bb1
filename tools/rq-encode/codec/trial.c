#include "trial.h"

#include "common/mem.h"
#include "common/pool.h"
#include "common/timing.h"
#include "plan.h"
#include "residual.h"

#include <stdlib.h>
#include <string.h>

enum { RUNS_MIN = 5, RUNS_MAX = 1000, COPY_SIZE = 128 << 20, CACHE_ROWS = 512 };

struct block {
    uint32_t *sent, *received, *wanted, *repair; /* ESIs */
    const uint8_t **source, **left;
    uint8_t *data, *symbols, *out;
    uint8_t **into_symbols, **into_out;
    uint32_t left_count;
};

struct work {
    const struct gf256 *gf;
    const struct trial_options *o;
    struct rq_params p;
    struct block block;
    struct rq_plan *plan;  /* kept; wants `repairs` repair symbols */
    struct rq_plan *spare; /* kept; wants those that replace the lost ones */
    struct rq_workspace workspace;
    bool failed;
};

/* The median time of `run`, of this thread: what else the machine does is not measured.
 */
static double
measure(void (*run)(struct work *), struct work *w, double seconds)
{
    double time[RUNS_MAX];
    uint64_t begin = timing_thread_ns();
    size_t n = 0;

    run(w); /* warm up */
    while (n < RUNS_MAX &&
           (n < RUNS_MIN || timing_seconds(begin, timing_thread_ns()) < seconds)) {
        uint64_t start = timing_thread_ns();

        run(w);
        time[n++] = timing_seconds(start, timing_thread_ns());
    }
    return timing_of(time, n).median;
}

static void
block_init(struct block *b, const struct trial_options *o)
{
    uint32_t K = o->K;
    /* Symbols lost are spread evenly; repair symbols replace them, and one more. */
    uint32_t extra = o->losses + 1;

    b->sent = xcalloc(K, sizeof *b->sent);
    b->repair = xcalloc((size_t)o->repairs + extra, sizeof *b->repair);
    b->received = xcalloc((size_t)K + 1, sizeof *b->received);
    b->wanted = xcalloc(K, sizeof *b->wanted);
    b->source = xcalloc(K, sizeof *b->source);
    b->left = xcalloc((size_t)K + 1, sizeof *b->left);
    b->data = xlarge_zeroed(K, o->T); /* in large pages, as files are */
    b->symbols = xlarge_zeroed((size_t)o->repairs + extra, o->T);
    b->out = xlarge_zeroed(o->losses + 1, o->T);
    b->into_symbols = xcalloc((size_t)o->repairs + extra, sizeof *b->into_symbols);
    b->into_out = xcalloc(o->losses + 1, sizeof *b->into_out);
    for (size_t i = 0; i < (size_t)K * o->T; i++)
        b->data[i] = (uint8_t)(i * 131 + (i >> 8) * 17 + 7);
    for (uint32_t i = 0; i < o->repairs + extra; i++) {
        b->repair[i] = K + i;
        b->into_symbols[i] = b->symbols + (size_t)i * o->T;
    }
    for (uint32_t i = 0, lost = 0; i < K; i++) {
        b->sent[i] = i;
        b->source[i] = b->data + (size_t)i * o->T;
        if ((uint64_t)(i + 1) * o->losses / K > (uint64_t)i * o->losses / K) {
            b->into_out[lost] = b->out + (size_t)lost * o->T;
            b->wanted[lost++] = i;
        } else {
            b->left[b->left_count] = b->source[i];
            b->received[b->left_count++] = i;
        }
    }
    for (uint32_t i = 0; i < extra; i++) {
        b->left[b->left_count] = b->into_symbols[i];
        b->received[b->left_count++] = K + i;
    }
}

static void
block_clear(struct block *b)
{
    free(b->sent);
    free(b->repair);
    free(b->received);
    free(b->wanted);
    free(b->source);
    free(b->left);
    free(b->data);
    free(b->symbols);
    free(b->out);
    free(b->into_symbols);
    free(b->into_out);
}

static void
encode_warm(struct work *w)
{
    rq_plan_run(w->plan, &w->workspace, w->block.source, w->block.into_symbols, w->o->T);
}

static void
make_plan(struct work *w, struct rq_plan **plan, uint32_t repairs)
{
    struct error err;

    if (!rq_plan_new(plan, w->gf, &w->p, (struct rq_esis){w->block.sent, w->p.K},
                     (struct rq_esis){w->block.repair, repairs}, &err))
        w->failed = true;
}

static void
plan_only(struct work *w)
{
    struct rq_plan *plan = NULL;

    make_plan(w, &plan, w->o->repairs);
    rq_plan_free(plan);
}

static void
encode_cold(struct work *w)
{
    struct rq_plan *plan = NULL;

    make_plan(w, &plan, w->o->repairs);
    if (plan)
        rq_plan_run(plan, &w->workspace, w->block.source, w->block.into_symbols, w->o->T);
    rq_plan_free(plan);
}

/* By the encode plan. */
static void
decode_few(struct work *w)
{
    const struct block *b = &w->block;
    uint32_t *repair = xcalloc((size_t)w->o->losses + 1, sizeof *repair);
    struct rq_residual *r = NULL;
    struct error err;

    for (uint32_t i = 0; i <= w->o->losses; i++)
        repair[i] = i;
    if (rq_residual_new(&r, &w->workspace, w->spare,
                        (struct rq_esis){b->wanted, w->o->losses}, repair,
                        (size_t)w->o->losses + 1, &err))
        rq_residual_run(r, &w->workspace, b->source,
                        (const uint8_t *const *)b->into_symbols, b->into_out, w->o->T);
    else
        w->failed = true;
    rq_residual_free(r);
    free(repair);
}

static struct rq_plan *
plan_to_decode(struct work *w)
{
    const struct block *b = &w->block;
    struct rq_plan *plan = NULL;
    struct error err;

    if (!rq_plan_new(&plan, w->gf, &w->p, (struct rq_esis){b->received, b->left_count},
                     (struct rq_esis){b->wanted, w->o->losses}, &err))
        w->failed = true;
    return plan;
}

static void
plan_decoding_only(struct work *w)
{
    rq_plan_free(plan_to_decode(w));
}

/* By a plan of its own. */
static void
decode_many(struct work *w)
{
    const struct block *b = &w->block;
    struct rq_plan *plan = plan_to_decode(w);

    if (!plan)
        return;
    rq_plan_run(plan, &w->workspace, b->left, b->into_out, w->o->T);
    rq_plan_free(plan);
}

static void
copy(struct work *w)
{
    memcpy(w->block.symbols, w->block.data, COPY_SIZE);
}

/* Sums of 16 rows of a workspace that fits the second-level cache. */
static void
add(struct work *w)
{
    enum { TERMS = 16 };
    uint32_t into[CACHE_ROWS], start[CACHE_ROWS], stop[CACHE_ROWS];
    uint16_t index[CACHE_ROWS * TERMS];
    struct gf256_rows rows = {.base = w->block.data, .stride = 1024, .width = 1024};

    for (uint32_t i = 0, x = 1; i < CACHE_ROWS; i++) {
        into[i] = CACHE_ROWS + i;
        start[i] = i * TERMS;
        stop[i] = start[i] + TERMS;
        for (uint32_t k = start[i]; k < stop[i]; k++)
            index[k] = (uint16_t)((x = x * 1103515245 + 12345) >> 16) % CACHE_ROWS;
    }
    w->gf->ops->sums(&rows, &(struct gf256_sums){.count = CACHE_ROWS,
                                                 .into = into,
                                                 .start = start,
                                                 .stop = stop,
                                                 .index = index});
}

/* What a decoding by a plan of its own is made of. */
static void
measure_decoding(struct work *w, struct trial *out)
{
    struct rq_plan *plan = plan_to_decode(w);

    if (!plan)
        return;
    out->decode_operations = rq_plan_operations(plan);
    out->decode_plan_seconds = measure(plan_decoding_only, w, w->o->seconds / 4);
    rq_plan_free(plan);
}

/* What the machine can do at most. */
static void
measure_machine(const struct gf256 *gf, const struct trial_options *o, struct trial *out)
{
    struct work w = {.gf = gf, .o = o};

    w.block.data = xaligned(64, COPY_SIZE);
    w.block.symbols = xaligned(64, COPY_SIZE);
    memset(w.block.data, 1, COPY_SIZE);
    memset(w.block.symbols, 1, COPY_SIZE);
    out->copy = COPY_SIZE / measure(copy, &w, o->seconds / 4);
    out->add = CACHE_ROWS * 16 * 1024.0 / measure(add, &w, o->seconds / 4);
    free(w.block.data);
    free(w.block.symbols);
}

struct crew {
    struct work *work;
    void (*run)(struct work *);
    double seconds;
    double *time;
};

static void
crew_member(void *context, size_t i)
{
    struct crew *c = context;

    c->time[i] = measure(c->run, &c->work[i], c->seconds);
}

/* Octets a second when every thread has its own block. */
static double
rate(struct work *work, const struct trial_options *o, void (*run)(struct work *))
{
    double *time = xcalloc(o->threads, sizeof *time), rate = 0;
    struct crew crew = {work, run, o->seconds, time};

    pool_run(o->threads, o->threads, crew_member, &crew);
    for (unsigned i = 0; i < o->threads; i++)
        rate += (double)o->K * o->T / time[i];
    free(time);
    return rate;
}

bool
trial_run(const struct gf256 *gf, const struct trial_options *o, struct trial *out,
          struct error *err)
{
    struct work *work = xcalloc(o->threads, sizeof *work);
    struct rq_params params;
    bool ok = rq_params_init(&params, o->K, err);

    *out = (struct trial){0};
    for (unsigned i = 0; ok && i < o->threads; i++) {
        work[i] = (struct work){.gf = gf, .o = o, .p = params};
        block_init(&work[i].block, o);
        make_plan(&work[i], &work[i].plan, o->repairs);
        make_plan(&work[i], &work[i].spare, o->losses + 1);
        encode_warm(&work[i]);
    }
    if (ok) {
        out->operations = rq_plan_operations(work[0].plan);
        out->encode = rate(work, o, encode_warm);
        out->encode_cold = rate(work, o, encode_cold);
        out->plan_seconds = measure(plan_only, &work[0], o->seconds / 4);
        /* The decoder's repair symbols must be there and right. */
        for (unsigned i = 0; i < o->threads; i++)
            rq_plan_run(work[i].spare, &work[i].workspace, work[i].block.source,
                        work[i].block.into_symbols, o->T);
        out->decode_kept = rq_residual_pays(&params, o->losses, o->T);
        if (o->losses > 0 && !out->decode_kept)
            measure_decoding(&work[0], out);
        out->decode = o->losses > 0
                          ? rate(work, o, out->decode_kept ? decode_few : decode_many)
                          : 0;
        for (uint32_t i = 0; i < o->losses; i++)
            if (memcmp(work[0].block.into_out[i],
                       work[0].block.source[work[0].block.wanted[i]], o->T) != 0)
                ok = error_set(err, ERR_INTERNAL, "decoded octets are wrong");
        measure_machine(gf, o, out);
    }
    for (unsigned i = 0; i < o->threads; i++) {
        if (work[i].failed && ok)
            ok = error_set(err, ERR_MISMATCH, "the losses chosen do not decode");
        rq_plan_free(work[i].plan);
        rq_plan_free(work[i].spare);
        rq_workspace_clear(&work[i].workspace);
        block_clear(&work[i].block);
    }
    free(work);
    return ok;
}
