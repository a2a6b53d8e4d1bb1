#include "columns.h"

#include "codec/plan.h"
#include "common/mem.h"
#include "common/pool.h"
#include "common/term.h"
#include "files/mapping.h"

#include <stdlib.h>
#include <string.h>

enum {
    STRIP_LEAST = 128, /* octets of a row worth a read of its own */
    STRIP_UNIT = 512,
    TASKS = 8 /* parts of a strip that threads encode */
};

size_t
columns_width(uint64_t rows, uint64_t row, uint64_t memory)
{
    uint64_t width = memory / rows;

    width -= width % (width < STRIP_UNIT ? STRIP_LEAST : STRIP_UNIT);
    width = width < STRIP_LEAST ? STRIP_LEAST : width;
    return width < row ? (size_t)width : (size_t)row;
}

void
columns_init(struct columns *c, const struct layout *layout, const struct source *source,
             uint64_t memory)
{
    uint64_t row = layout_row(layout);

    *c = (struct columns){.layout = *layout};
    if (layout->F == 0)
        return;
    c->rows = (layout->F + row - 1) / row;
    c->hole = xcalloc(c->rows, sizeof *c->hole);
    for (uint64_t r = 0; r + 1 < c->rows; r++)
        c->hole[r] = source_hole(source, r * row, row);
    c->width = (size_t)row;
    /* Its pages are the page cache's own, whoever maps them: no copy is made. */
    if (layout->F <= memory)
        return;
    c->width = columns_width(c->rows + layout->R, row, memory / 16 * 9);
    /* In large pages where the system has them: a plan reads the rows in no order. */
    c->data = xlarge((size_t)c->rows * c->width);
    c->loaded = c->width;
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
    uint8_t **wanted;    /* owned; count */
    uint32_t K, count;
    uint8_t *out;    /* owned; what goes to a mapping, or NULL */
    uint8_t *padded; /* owned; the last row */
    uint64_t from;
    size_t width, part;
};

static void
encode_part(void *context, size_t i)
{
    const struct strip *s = context;
    size_t at = i * s->part;
    size_t n = s->width - at < s->part ? s->width - at : s->part;
    const uint8_t **row = xcalloc(s->K, sizeof *row);
    uint8_t **wanted = xcalloc(s->count, sizeof *wanted);
    struct rq_workspace workspace = {0};

    for (uint32_t k = 0; k < s->K; k++)
        row[k] = s->row[k] ? s->row[k] + at : NULL;
    for (uint32_t k = 0; k < s->count; k++)
        wanted[k] = s->wanted[k] + at;
    rq_plan_run(s->plan, &workspace, row, wanted, n);
    rq_workspace_clear(&workspace);
    free(row);
    free(wanted);
}

/* Columns from .. from + width - 1 of the source into c->data, if they are not there. */
static bool
load(struct columns *c, struct source *source, uint64_t from, size_t width,
     struct error *err)
{
    const struct layout *l = &c->layout;

    if (!c->data || (from >= c->from && from + width <= c->from + c->loaded))
        return true;
    for (uint64_t r = 0; r < c->rows; r++) {
        uint64_t at = r * layout_row(l) + from, left = at < l->F ? l->F - at : 0;
        size_t n = left < width ? (size_t)left : width;

        if (!c->hole[r] && n > 0 &&
            !source_read(source, at, c->data + r * c->width, n, err))
            return false;
    }
    c->from = from;
    c->loaded = width;
    return true;
}

/* Where the strip's part of row r lies. */
static const uint8_t *
row_at(const struct columns *c, const struct source *source, const struct strip *s,
       uint64_t r)
{
    uint64_t at = r * layout_row(&c->layout) + s->from;
    const uint8_t *row =
        c->data ? c->data + r * c->width + (s->from - c->from) : source->map + at;
    uint64_t left = at < c->layout.F ? c->layout.F - at : 0;

    if (c->hole[r])
        return NULL;
    if (left >= s->width)
        return row;
    /* The last row may end within the strip: zeros behind it. */
    memcpy(s->padded, row, (size_t)left);
    memset(s->padded + left, 0, s->width - (size_t)left);
    return s->padded;
}

/* What the workers put into s->out goes to its place. */
static void
store(const struct strip *s, const struct columns_job *job, uint64_t row)
{
    for (uint32_t i = 0; s->out && i < job->count; i++) {
        memcpy(job->repair->data + i * row + s->from, s->wanted[i], s->width);
        mapping_touched(s->width + 4096);
    }
}

/* The next strip; false when there is none. */
static bool
next_strip(const struct columns *c, const struct columns_job *job, struct strip *s)
{
    uint64_t row = layout_row(&c->layout), T = c->layout.T, to;

    s->from += s->width;
    while (s->from < row && job->skip && job->skip[s->from / T])
        s->from = (s->from / T + 1) * T;
    if (s->from >= row)
        return false;
    to = row - s->from < c->width ? row : s->from + c->width;
    for (uint64_t b = s->from / T; job->skip && b * T < to; b++)
        if (job->skip[b])
            to = b * T;
    s->width = (size_t)(to - s->from);
    return true;
}

static bool
encode_strips(struct columns *c, struct source *source, struct strip *s,
              const struct columns_job *job, struct error *err)
{
    uint64_t row = layout_row(&c->layout);
    struct progress progress;
    bool ok = true;

    progress_begin(&progress, "encoding", c->layout.F);
    while (ok && next_strip(c, job, s)) {
        ok = load(c, source, s->from, s->width, err);
        if (!ok)
            break;
        for (uint64_t r = 0; r < c->rows; r++)
            s->row[r] = row_at(c, source, s, r);
        for (uint32_t i = 0; i < job->count; i++)
            s->wanted[i] =
                s->out ? s->out + i * c->width : job->repair->data + i * row + s->from;
        /* Does not depend on `threads`, and is no work too small. */
        s->part = (s->width / TASKS / 2048 + 1) * 2048;
        pool_run(job->threads, (s->width + s->part - 1) / s->part, encode_part, s);
        store(s, job, row);
        progress_update(&progress, (s->from + s->width) * c->rows);
    }
    progress_end(&progress);
    return ok;
}

static bool
make_plan(struct rq_plan **plan, const struct gf256 *gf, const struct layout *l,
          const struct columns_job *job, struct error *err)
{
    uint32_t *esi = xcalloc((size_t)l->K + job->count, sizeof *esi);
    struct rq_params params;
    bool ok;

    for (uint32_t i = 0; i < l->K + job->count; i++)
        esi[i] = i < l->K ? i : i + job->first;
    ok = rq_params_init(&params, l->K, err) &&
         rq_plan_new(plan, gf, &params, (struct rq_esis){esi, l->K},
                     (struct rq_esis){esi + l->K, job->count}, err);
    free(esi);
    return ok;
}

bool
columns_encode(struct columns *c, struct source *source, const struct columns_job *job,
               struct error *err)
{
    const struct layout *l = &c->layout;
    struct strip s = {.K = l->K, .count = job->count};
    struct rq_plan *plan = NULL;
    struct gf256 gf;
    bool ok;

    if (l->F == 0 || job->count == 0)
        return true;
    gf256_init(&gf, NULL);
    if (!make_plan(&plan, &gf, l, job, err))
        return false;
    s.plan = plan;
    s.row = xcalloc(l->K, sizeof *s.row);
    s.wanted = xcalloc(job->count, sizeof *s.wanted);
    s.padded = xcalloc(c->width, 1);
    if (c->data && job->repair->mapped)
        s.out = xlarge((size_t)job->count * c->width);
    ok = encode_strips(c, source, &s, job, err) && source_unchanged(source, err);
    free(s.out);
    free(s.padded);
    free(s.row);
    free(s.wanted);
    rq_plan_free(plan);
    return ok;
}
