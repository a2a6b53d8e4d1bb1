#define _DEFAULT_SOURCE /* madvise */
#include "columns.h"

#include "codec/plan.h"
#include "common/mem.h"
#include "common/pool.h"
#include "common/term.h"

#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

enum {
    LARGE_PAGE = 2 << 20,
    SHARE = 2,         /* of memory is for a strip */
    STRIP_LEAST = 512, /* octets of a row worth a read of its own */
    TASKS = 8          /* parts of a strip that threads encode */
};

void
columns_init(struct columns *c, const struct layout *layout, const struct source *source,
             uint64_t memory)
{
    uint64_t row = layout_row(layout);
    size_t size;

    *c = (struct columns){.layout = *layout};
    if (layout->F == 0)
        return;
    c->rows = (layout->F + row - 1) / row;
    c->hole = xcalloc(c->rows, sizeof *c->hole);
    for (uint64_t r = 0; r + 1 < c->rows; r++)
        c->hole[r] = source_hole(source, r * row, row);
    c->width = (size_t)row;
    if (source->borrowed || layout->F <= memory)
        return;
    c->width = (size_t)(memory / SHARE / c->rows / STRIP_LEAST * STRIP_LEAST);
    c->width = c->width < STRIP_LEAST ? STRIP_LEAST : c->width;
    c->width = c->width < row ? c->width : (size_t)row;
    size = (size_t)c->rows * c->width;
    /* In large pages where the system has them: a plan reads the rows in no order. */
    c->data = xaligned(LARGE_PAGE, (size + LARGE_PAGE - 1) / LARGE_PAGE * LARGE_PAGE);
    (void)madvise(c->data, size, MADV_HUGEPAGE);
}

void
columns_clear(struct columns *c)
{
    free(c->data);
    free(c->hole);
    c->data = NULL;
    c->hole = NULL;
}

void
columns_keep(struct columns *c, uint64_t offset, const uint8_t *data, size_t size)
{
    uint64_t row = layout_row(&c->layout);

    while (c->data && size > 0) {
        uint64_t r = offset / row, at = offset % row;
        size_t n = size < row - at ? size : (size_t)(row - at);

        if (at < c->width && !c->hole[r])
            memcpy(c->data + r * c->width + at, data,
                   n < c->width - at ? n : c->width - at);
        offset += n;
        data += n;
        size -= n;
    }
}

/* One strip of the rows, in memory. */
struct strip {
    const struct rq_plan *plan;
    const uint8_t **row; /* owned; K, NULL when zero */
    uint8_t **wanted;    /* owned; R */
    uint32_t K, R;
    size_t width, part;
};

static void
encode_part(void *context, size_t i)
{
    const struct strip *s = context;
    size_t at = i * s->part;
    size_t n = s->width - at < s->part ? s->width - at : s->part;
    const uint8_t **row = xcalloc(s->K, sizeof *row);
    uint8_t **wanted = xcalloc(s->R, sizeof *wanted);
    struct rq_workspace workspace = {0};

    for (uint32_t k = 0; k < s->K; k++)
        row[k] = s->row[k] ? s->row[k] + at : NULL;
    for (uint32_t k = 0; k < s->R; k++)
        wanted[k] = s->wanted[k] + at;
    rq_plan_run(s->plan, &workspace, row, wanted, n);
    rq_workspace_clear(&workspace);
    free(row);
    free(wanted);
}

/* Columns from .. from + width - 1 of the source into c->data. */
static bool
load(struct columns *c, struct source *source, uint64_t from, size_t width,
     struct error *err)
{
    const struct layout *l = &c->layout;

    for (uint64_t r = 0; r < c->rows; r++) {
        uint64_t at = r * layout_row(l) + from, left = at < l->F ? l->F - at : 0;
        size_t n = left < width ? (size_t)left : width;

        if (!c->hole[r] && !source_read(source, at, c->data + r * c->width, n, err))
            return false;
    }
    return true;
}

/* The last row may end within the strip: zeros behind it. */
static const uint8_t *
last_row(const struct columns *c, const struct source *source, uint8_t *padded,
         uint64_t from, size_t width)
{
    uint64_t at = (c->rows - 1) * layout_row(&c->layout) + from;
    uint64_t left = at < c->layout.F ? c->layout.F - at : 0;
    size_t n = left < width ? (size_t)left : width;

    memcpy(padded, c->data ? c->data + (c->rows - 1) * c->width : source->map + at, n);
    memset(padded + n, 0, width - n);
    return padded;
}

static bool
encode_strips(struct columns *c, struct source *source, const struct rq_plan *plan,
              const struct scratch *repair, unsigned threads, struct error *err)
{
    const struct layout *l = &c->layout;
    struct strip s = {.plan = plan, .K = l->K, .R = l->R};
    struct progress progress;
    uint64_t row = layout_row(l);
    uint8_t *padded = xcalloc(c->width, 1);
    bool ok = true;

    s.row = xcalloc(l->K, sizeof *s.row);
    s.wanted = xcalloc(l->R, sizeof *s.wanted);
    for (uint64_t r = 0; r < c->rows; r++)
        if (!c->hole[r])
            s.row[r] = c->data ? c->data + r * c->width : source->map + r * row;
    progress_begin(&progress, "encoding", l->F);
    for (uint64_t from = 0; ok && from < row; from += s.width) {
        s.width = row - from < c->width ? (size_t)(row - from) : c->width;
        ok = from == 0 || load(c, source, from, s.width, err);
        if (!ok)
            break;
        s.row[c->rows - 1] = last_row(c, source, padded, from, s.width);
        for (uint32_t i = 0; i < l->R; i++)
            s.wanted[i] = repair->data + i * row + from;
        /* Does not depend on `threads`, and is no work too small. */
        s.part = (s.width / TASKS / 2048 + 1) * 2048;
        pool_run(threads, (s.width + s.part - 1) / s.part, encode_part, &s);
        scratch_release(repair);
        progress_update(&progress, (from + s.width) * c->rows);
    }
    progress_end(&progress);
    free(padded);
    free(s.row);
    free(s.wanted);
    return ok;
}

bool
columns_encode(struct columns *c, struct source *source, const struct scratch *repair,
               unsigned threads, struct error *err)
{
    const struct layout *l = &c->layout;
    uint32_t *esi = xcalloc((size_t)l->K + l->R + 1, sizeof *esi);
    struct rq_plan *plan = NULL;
    struct rq_params params;
    struct gf256 gf;
    bool ok = true;

    for (uint32_t i = 0; i < l->K + l->R; i++)
        esi[i] = i;
    if (l->F > 0) {
        gf256_init(&gf, NULL);
        ok = rq_params_init(&params, l->K, err) &&
             rq_plan_new(&plan, &gf, &params, (struct rq_esis){esi, l->K},
                         (struct rq_esis){esi + l->K, l->R}, err) &&
             encode_strips(c, source, plan, repair, threads, err) &&
             source_unchanged(source, err);
    }
    rq_plan_free(plan);
    free(esi);
    return ok;
}
