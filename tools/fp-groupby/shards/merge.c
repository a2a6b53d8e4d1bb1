/* merge.c: see merge.h. */
#include "shards/merge.h"

#include "arrow/arrow.h"
#include "common/mem.h"
#include "common/term.h"
#include "shards/answer.h"
#include "shards/cells.h"

#include <stdlib.h>

static int
compare_numbers(const void *x, const void *y)
{
    uint32_t a = *(const uint32_t *)x, b = *(const uint32_t *)y;

    return a < b ? -1 : a > b;
}

/* What a number is of: "shard 3", counted from 1. */
static const char *
thing(const struct merge *m)
{
    return m->states[0].plan.kind == PLAN_ANSWERS ? "part" : "shard";
}

static bool
collect_held(struct merge *m, struct error *err)
{
    for (size_t i = 0; i < m->n; i++)
        m->n_held += m->states[i].n_held;
    m->held = xcalloc(m->n_held + 1, sizeof *m->held);
    for (size_t i = 0, at = 0; i < m->n; i++)
        for (size_t k = 0; k < m->states[i].n_held; k++)
            m->held[at++] = m->states[i].held[k];
    qsort(m->held, m->n_held, sizeof *m->held, compare_numbers);
    for (size_t i = 1; i < m->n_held; i++)
        if (m->held[i] == m->held[i - 1])
            return error_set(err, ERR_MALFORMED, "%s %u is there twice", thing(m),
                             (unsigned)m->held[i] + 1);
    return true;
}

/* Sections read, of all states; the line vanishes with the last. */
struct merge_reading {
    struct progress progress;
    uint64_t octets;
};

static void
begin_reading(struct merge *m)
{
    uint64_t total = 0;

    for (size_t i = 0; i < m->n; i++)
        for (size_t k = 0; k < m->states[i].n_sections; k++)
            total += m->states[i].sections[k].size;
    m->reading = xcalloc(1, sizeof *m->reading);
    progress_begin(&m->reading->progress, "merging", total);
}

static void
note_read(struct merge_reading *r, size_t octets)
{
    if (!r)
        return;
    r->octets += octets;
    if (r->octets < r->progress.total)
        progress_update(&r->progress, r->octets);
    else
        progress_end(&r->progress);
}

bool
merge_open(struct merge *m, const char *const paths[], size_t n, struct error *err)
{
    *m = (struct merge){0};
    m->states = xcalloc(n + 1, sizeof *m->states);
    for (; m->n < n; m->n++) {
        struct state *s = &m->states[m->n];

        if (!state_open(s, paths[m->n], err))
            goto fail;
        if (m->n > 0 &&
            (s->plan_size != m->states[0].plan_size ||
             memcmp(s->plan_text, m->states[0].plan_text, s->plan_size) != 0)) {
            (void)error_set(err, ERR_MALFORMED,
                            "its plan differs from that of %s (another query, other "
                            "files, or another number of shards)",
                            paths[0]);
            (void)error_in(err, paths[m->n]);
            m->n++;
            goto fail;
        }
    }
    if (collect_held(m, err)) {
        begin_reading(m);
        return true;
    }
fail:
    merge_close(m);
    return false;
}

void
merge_close(struct merge *m)
{
    for (size_t i = 0; i < m->n; i++)
        state_close(&m->states[i]);
    free(m->states);
    free(m->held);
    if (m->reading)
        progress_end(&m->reading->progress);
    free(m->reading);
    *m = (struct merge){0};
}

bool
merge_complete(const struct merge *m, struct error *err)
{
    size_t wanted = plan_count(&m->states[0].plan);
    size_t missing = 0;

    if (m->n_held == wanted)
        return true;
    while (missing < m->n_held && m->held[missing] == missing)
        missing++;
    return error_set(err, ERR_MALFORMED, "%s %zu of %zu is missing, %zu in all", thing(m),
                     missing + 1, wanted, wanted - m->n_held);
}

static bool
write_frame(struct state_writer *w, uint32_t part, const struct frame *f,
            struct error *err)
{
    char *text;
    size_t size;
    FILE *stream = xmemstream(&text, &size);
    bool ok = arrow_write(f, stream, err);

    xmemclose(stream);
    if (ok)
        state_write_section(w, STATE_DATA, part, text, size);
    free(text);
    return ok;
}

/* A section as a frame; NaN for missing, as in what was read from text. */
static bool
read_frame(const struct merge *m, size_t state, size_t section, struct arena *a,
           struct frame **out, struct error *err)
{
    const struct state *s = &m->states[state];
    static const struct arrow_options options = {.nan = true};
    const struct state_data *d = &s->sections[section];

    note_read(m->reading, d->size);
    return (state_check(s, section, err) &&
            arrow_read(a, d->data, d->size, &options, out, err) &&
            ((*out)->n_columns > 0 ||
             error_set(err, ERR_MALFORMED, "a frame of nothing"))) ||
           error_in(err, s->path);
}

/* Every group once: the cells of all states. */
static bool
all_cells(const struct merge *m, struct arena *a, struct frame **out, struct error *err)
{
    const struct plan *p = &m->states[0].plan;
    struct buf frames = {0};
    bool ok = true;

    for (size_t i = 0; ok && i < m->n; i++)
        for (size_t k = 0; ok && k < m->states[i].n_sections; k++) {
            struct frame *f;

            ok = read_frame(m, i, k, a, &f, err);
            if (!ok)
                break;
            ok = cells_check(f, p, err) || error_in(err, m->states[i].path);
            buf_put(&frames, &f, sizeof f);
        }
    if (ok && frames.size > 0)
        *out = cells_join(
            a, rows_stack(a, (void *)frames.data, frames.size / sizeof(struct frame *)),
            p);
    else if (ok)
        *out = NULL;
    buf_clear(&frames);
    return ok;
}

/* By part, then by state and place: states of one plan give one order of their rows. */
static void
copy_sections(const struct merge *m, struct state_writer *w)
{
    for (size_t i = 0; i < m->n; i++)
        for (size_t k = 0; k < m->states[i].n_sections; k++) {
            const struct state_data *d = &m->states[i].sections[k];

            state_write_section(w, STATE_DATA, d->part, d->data, d->size);
        }
}

bool
merge_write(const struct merge *m, FILE *out, struct error *err)
{
    const struct plan *p = &m->states[0].plan;
    struct arena a = {0};
    struct state_writer w;
    struct frame *cells = NULL;
    bool ok = true;

    for (size_t i = 0; ok && i < m->n; i++)
        for (size_t k = 0; ok && k < m->states[i].n_sections; k++)
            ok = state_check(&m->states[i], k, err);
    if (ok && p->kind == PLAN_GROUPS)
        ok = all_cells(m, &a, &cells, err);
    if (ok) {
        state_write_begin(&w, out, p, m->held, m->n_held);
        if (p->kind != PLAN_GROUPS)
            copy_sections(m, &w);
        else if (cells)
            ok = write_frame(&w, 0, cells, err);
        ok = ok && state_write_end(&w, err);
    }
    arena_clear(&a);
    return ok;
}

/* A section of rows, and the number of the first. */
struct rows_section {
    int64_t first, last;
    struct frame *frame;
};

static int
compare_sections(const void *x, const void *y)
{
    const struct rows_section *a = x, *b = y;

    return a->first < b->first ? -1 : a->first > b->first;
}

static bool
check_rows(struct rows_section *s, const struct plan *p, struct error *err)
{
    const struct frame *f = s->frame;
    const struct column *numbers = rows_numbers(f);

    for (size_t i = 0; i + 1 < f->n_columns; i++) {
        const struct column *c = f->columns[i];
        int64_t at = -1;

        for (size_t k = 0; k < p->n_columns && c->name.kind == CELL_STR; k++)
            if (cell_equal(c->name, cell_str(p->columns[k])))
                at = (int64_t)k;
        if (at < 0 || c->dtype != lattice_coltype(p->types[at]))
            return error_set(err, ERR_MALFORMED, "a column that is not of the plan");
    }
    if (numbers->dtype != COLTYPE_INT64 || f->n_rows == 0)
        return error_set(err, ERR_MALFORMED, "rows without numbers");
    for (size_t i = 1; i < f->n_rows; i++)
        if (numbers->i[i] <= numbers->i[i - 1])
            return error_set(err, ERR_MALFORMED, "rows out of order");
    s->first = numbers->i[0];
    s->last = numbers->i[f->n_rows - 1];
    if (s->first < 0 || (uint64_t)s->last >= p->rows)
        return error_set(err, ERR_MALFORMED, "a row that the table has not");
    return true;
}

/* The frame that rows_of_window() would make of no rows. */
static struct frame *
no_rows(struct arena *a, const struct plan *p)
{
    struct shard_window w = {0};

    return rows_of_window(a, &w, p, 0);
}

/* All rows of a part, in the order of the table. */
static bool
gather(const struct merge *m, size_t part, struct arena *a, struct frame **out,
       struct error *err)
{
    const struct plan *p = &m->states[0].plan;
    struct buf list = {0};
    struct rows_section *sections;
    struct frame **frames;
    size_t n;
    bool ok = true;

    for (size_t i = 0; ok && i < m->n; i++)
        for (size_t k = 0; ok && k < m->states[i].n_sections; k++) {
            struct rows_section s = {0};

            if (m->states[i].sections[k].part != part)
                continue;
            ok = read_frame(m, i, k, a, &s.frame, err) &&
                 (check_rows(&s, p, err) || error_in(err, m->states[i].path));
            if (ok)
                buf_put(&list, &s, sizeof s);
        }
    sections = (void *)list.data;
    n = list.size / sizeof *sections;
    if (ok && n > 0) {
        qsort(sections, n, sizeof *sections, compare_sections);
        frames = arena_alloc(a, n * sizeof *frames);
        for (size_t i = 0; i < n; i++) {
            frames[i] = sections[i].frame;
            if (ok && i > 0 &&
                (sections[i].first <= sections[i - 1].last ||
                 frames[i]->n_columns != frames[0]->n_columns))
                ok = error_set(err, ERR_MALFORMED, "sections that hold the same rows");
        }
        if (ok)
            *out = rows_stack(a, frames, n);
    } else if (ok)
        *out = no_rows(a, p);
    buf_clear(&list);
    return ok;
}

bool
merge_write_part(const struct merge *m, size_t part, FILE *out, struct error *err)
{
    struct plan p = m->states[0].plan;
    uint32_t held = (uint32_t)part;
    struct arena a = {0};
    struct state_writer w;
    struct frame *f;
    bool ok;

    if (p.kind != PLAN_ROWS || part >= p.n_parts)
        return error_set(err, ERR_USAGE, "--part is for states of rows, 1 to %zu",
                         p.n_parts);
    ok = merge_complete(m, err) && gather(m, part, &a, &f, err) &&
         answer_rows(&a, f, &p, &f, err);
    if (ok) {
        p.kind = PLAN_ANSWERS;
        state_write_begin(&w, out, &p, &held, 1);
        ok = write_frame(&w, held, answer_pack(&a, f, &p), err) &&
             state_write_end(&w, err);
    }
    arena_clear(&a);
    return ok;
}

static bool
stack_answers(const struct merge *m, struct arena *a, struct frame **out,
              struct error *err)
{
    const struct plan *p = &m->states[0].plan;
    struct frame **frames = arena_alloc(a, (m->n_held + 1) * sizeof *frames);
    size_t n = 0;

    for (size_t i = 0; i < m->n; i++)
        for (size_t k = 0; k < m->states[i].n_sections; k++) {
            struct frame *f;

            if (n == m->n_held)
                return error_set(err, ERR_MALFORMED, "more answers than parts") ||
                       error_in(err, m->states[i].path);
            if (!read_frame(m, i, k, a, &f, err))
                return false;
            if (!answer_unpack(a, f, p, &frames[n++], err))
                return error_in(err, m->states[i].path);
        }
    if (n == 0)
        return error_set(err, ERR_MALFORMED, "states without answers");
    return answer_stack(a, frames, n, out, err);
}

/* Rows part by part, so that memory holds the rows of one. */
static bool
answer_parts(const struct merge *m, struct arena *a, struct frame **out,
             struct error *err)
{
    const struct plan *p = &m->states[0].plan;
    struct frame **frames = arena_alloc(a, p->n_parts * sizeof *frames);

    for (size_t part = 0; part < p->n_parts; part++) {
        struct frame *rows;

        if (!gather(m, part, a, &rows, err) ||
            !answer_rows(a, rows, p, &frames[part], err))
            return false;
    }
    return answer_stack(a, frames, p->n_parts, out, err);
}

static bool
answer_cells(const struct merge *m, struct arena *a, struct frame **out, double **bounds,
             struct error *err)
{
    const struct plan *p = &m->states[0].plan;
    struct frame *cells = NULL;

    if (!all_cells(m, a, &cells, err))
        return false;
    if (!cells)
        cells = cells_of_rows(a, no_rows(a, p), p);
    if (bounds) {
        *bounds = arena_alloc(a, (p->query.n_terms + 1) * sizeof **bounds);
        cells_bounds(cells, p, *bounds);
    }
    *out = cells_results(a, cells, p);
    return true;
}

bool
merge_answer(const struct merge *m, struct arena *a, struct frame **out, double **bounds,
             struct error *err)
{
    const struct plan *p = &m->states[0].plan;
    struct frame *results;
    bool ok;

    if (bounds)
        *bounds = NULL;
    if (!merge_complete(m, err))
        return false;
    if (p->kind == PLAN_TYPES)
        return error_set(err, ERR_USAGE, "states of types have no answer");
    ok = p->kind == PLAN_ROWS     ? answer_parts(m, a, &results, err)
         : p->kind == PLAN_GROUPS ? answer_cells(m, a, &results, bounds, err)
                                  : stack_answers(m, a, &results, err);
    if (ok)
        *out = answer_finish(a, results, p);
    return ok;
}
