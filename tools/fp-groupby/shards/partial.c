/* partial.c: see partial.h. */
#include "shards/partial.h"

#include "arrow/arrow.h"
#include "common/bytes.h"
#include "common/digest.h"
#include "common/mem.h"
#include "common/term.h"
#include "shards/cells.h"
#include "table/order.h"

#include <stdlib.h>

static const char *
base_name(const char *path)
{
    const char *slash = strrchr(path, '/');

    return slash ? slash + 1 : path;
}

void
partial_plan(struct arena *a, const struct shard_source *s, size_t n_shards,
             struct plan *out)
{
    *out = (struct plan){.kind = PLAN_TYPES, .n_shards = n_shards, .csv = s->csv};
    out->n_files = s->n_files;
    out->files = arena_alloc(a, (s->n_files + 1) * sizeof *out->files);
    for (size_t i = 0; i < s->n_files; i++)
        out->files[i] = (struct plan_file){base_name(s->files[i].path),
                                           s->files[i].stored, s->files[i].body};
    out->n_columns = s->n_columns;
    out->columns = arena_alloc(a, (s->n_columns + 1) * sizeof *out->columns);
    for (size_t i = 0; i < s->n_columns; i++)
        out->columns[i] = s->names[i].kind == CELL_STR
                              ? arena_strndup(a, s->names[i].s, s->names[i].size)
                              : cell_repr(a, s->names[i]);
    out->n_parts = 1;
}

bool
partial_survey(struct shard_source *s, size_t shard, size_t n_shards, struct arena *a,
               struct portion **out, size_t *n, struct error *err)
{
    struct shard_range *ranges;
    size_t n_ranges = shard_ranges(s, shard, n_shards, a, &ranges);

    *n = 0;
    *out = arena_alloc(a, (n_ranges + 1) * sizeof **out);
    for (size_t i = 0; i < n_ranges; i++) {
        struct shard_range *r = &ranges[i];

        if (!shard_source_load(s, r->file, err))
            return false;
        r->end = r->end < s->files[r->file].size ? r->end : s->files[r->file].size;
        if (r->begin == r->end)
            continue; /* a header alone */
        (*out)[*n].shard = shard;
        if (!portion_read(s, r, a, &(*out)[(*n)++], err))
            return false;
    }
    return true;
}

bool
partial_types(struct shard_source *s, size_t shard, size_t n_shards, FILE *out,
              struct error *err)
{
    struct arena a = {0};
    struct plan plan;
    struct portion *portions;
    struct state_writer w;
    struct json_out j;
    uint32_t held = (uint32_t)shard;
    char *text;
    size_t size, n;
    FILE *stream;

    partial_plan(&a, s, n_shards, &plan);
    if (!partial_survey(s, shard, n_shards, &a, &portions, &n, err)) {
        arena_clear(&a);
        return false;
    }
    stream = xmemstream(&text, &size);
    json_start(&j, stream, JSON_LINE);
    json_array(&j, NULL);
    for (size_t i = 0; i < n; i++)
        portion_write(&j, &portions[i], s->n_columns);
    json_end(&j);
    xmemclose(stream);
    state_write_begin(&w, out, &plan, &held, 1);
    state_write_section(&w, STATE_DATA, held, text, size);
    free(text);
    arena_clear(&a);
    return state_write_end(&w, err);
}

/* The portions of one section. */
static bool
load_section(const struct state *types, size_t section, struct arena *a, struct buf *out,
             struct error *err)
{
    const struct state_data *d = &types->sections[section];
    struct json_doc *doc;
    bool ok = true;

    if (!state_check(types, section, err) ||
        !json_parse(&doc, (const char *)d->data, d->size, NULL, err))
        return error_in(err, types->path);
    if (json_type(json_root(doc)) != JSON_ARRAY)
        ok = error_set(err, ERR_MALFORMED, "not a list of portions");
    for (const struct json *node = ok ? json_first(json_root(doc)) : NULL; ok && node;
         node = json_next(node)) {
        struct portion p;

        ok = portion_parse(doc, node, types->plan.n_columns, a, &p, err);
        p.shard = d->part;
        if (ok && p.range.file >= types->plan.n_files)
            ok = error_set(err, ERR_MALFORMED, "a portion of no file");
        if (ok)
            buf_put(out, &p, sizeof p);
    }
    json_free(doc);
    return ok || error_in(err, types->path);
}

/* Sections in the order of their shards. */
static bool
load_portions(const struct state *types, struct arena *a, struct buf *out,
              struct error *err)
{
    for (size_t shard = 0; shard < types->plan.n_shards; shard++) {
        size_t found = 0;

        for (size_t i = 0; i < types->n_sections; i++) {
            if (types->sections[i].part != shard)
                continue;
            found++;
            if (!load_section(types, i, a, out, err))
                return false;
        }
        if (found != 1) {
            (void)error_set(err, ERR_MALFORMED,
                            "the types lack shard %zu of %zu (merge those of all shards)",
                            shard + 1, types->plan.n_shards);
            return error_in(err, types->path);
        }
    }
    return true;
}

bool
partial_join(struct shard_source *s, const struct portion *portions, size_t n,
             struct arena *a, struct survey *out, struct error *err)
{
    uint64_t *bodies = arena_alloc(a, (s->n_files + 1) * sizeof *bodies);
    struct error unread = {0};

    for (size_t i = 0; i < s->n_files; i++)
        bodies[i] = s->files[i].body;
    if (survey_make(portions, n, bodies, s->n_columns, a, out, err))
        return true;
    if (out->fault == SHARD_NO_FAULT)
        return false;
    if (!shard_source_load(s, out->fault_file, &unread))
        return error_in(err, s->files[out->fault_file].path);
    return shard_error_at(&s->files[out->fault_file], out->fault, err);
}

bool
partial_load(const struct state *types, struct shard_source *s, struct arena *a,
             struct survey *out, struct error *err)
{
    struct plan ours;
    struct buf text = {0}, portions = {0};
    bool ok;

    partial_plan(a, s, types->plan.n_shards, &ours);
    plan_write(&ours, &text);
    ok = types->plan.kind == PLAN_TYPES && text.size == types->plan_size &&
         memcmp(text.data, types->plan_text, text.size) == 0;
    buf_clear(&text);
    if (!ok) {
        (void)error_set(err, ERR_MALFORMED,
                        "not the types of these files, read in this way (options, "
                        "sizes and names must be those of the first pass)");
        return error_in(err, types->path);
    }
    ok = load_portions(types, a, &portions, err) &&
         partial_join(s, (const void *)portions.data,
                      portions.size / sizeof(struct portion), a, out, err);
    buf_clear(&portions);
    return ok;
}

/* Of PLAN_GROUPS: cells so far, of groups once, and those that wait to join them. */
struct pass {
    const struct partial *p;
    struct state_writer w;
    struct arena kept;
    struct buf frames; /* struct frame * in kept; the first has most groups */
    size_t waiting;    /* rows of all but the first */
};

static bool
put_frame(struct pass *pass, size_t part, const struct frame *f, struct error *err)
{
    char *text;
    size_t size;
    FILE *stream = xmemstream(&text, &size);
    bool ok = arrow_write(f, stream, err);

    xmemclose(stream);
    if (ok)
        state_write_section(&pass->w, STATE_DATA, (uint32_t)part, text, size);
    free(text);
    return ok;
}

/* A copy whose text is its own. */
static struct frame *
own(struct arena *a, const struct frame *f)
{
    struct frame *const one[] = {
        frame_take(a, f, order_identity(a, f->n_rows), f->n_rows)};

    for (size_t i = 0; i < f->n_columns; i++) {
        const struct column *c = one[0]->columns[i];

        for (size_t row = 0; coltype_class(c->dtype) == CLASS_CELL && row < c->size;
             row++)
            if (c->cells[row].kind == CELL_STR)
                c->cells[row].s = arena_strndup(a, c->cells[row].s, c->cells[row].size);
    }
    return one[0];
}

/* All that wait become one frame, in an arena of its own. */
static void
join_waiting(struct pass *pass)
{
    const struct plan *plan = &pass->p->plan;
    struct frame **frames = (void *)pass->frames.data;
    size_t n = pass->frames.size / sizeof *frames;
    struct arena next = {0};

    if (n < 2)
        return;
    frames[0] =
        own(&next, cells_join(&pass->kept, rows_stack(&pass->kept, frames, n), plan));
    pass->frames.size = sizeof *frames;
    pass->waiting = 0;
    arena_clear(&pass->kept);
    pass->kept = next;
}

/*
 * A window's groups wait until they are as many as those before: so every cell is joined
 * a few times, however many groups there are.
 */
static void
add_cells(struct pass *pass, struct arena *a, const struct frame *rows)
{
    const struct plan *plan = &pass->p->plan;
    struct frame *cells =
        own(&pass->kept, cells_join(a, cells_of_rows(a, rows, plan), plan));
    struct frame *const *first;

    buf_put(&pass->frames, &cells, sizeof cells);
    first = (void *)pass->frames.data;
    if (*first == cells)
        return;
    pass->waiting += cells->n_rows;
    if (pass->waiting > first[0]->n_rows)
        join_waiting(pass);
}

static bool
add_window(struct pass *pass, struct arena *a, const struct shard_window *w,
           uint64_t first_row, struct error *err)
{
    const struct plan *plan = &pass->p->plan;
    struct frame *rows = rows_of_window(a, w, plan, first_row);

    if (plan->kind == PLAN_GROUPS) {
        add_cells(pass, a, rows);
        return true;
    }
    for (size_t part = 0; part < plan->n_parts; part++) {
        struct frame *f = rows_of_part(a, rows, plan, part);

        if (f->n_rows > 0 && !put_frame(pass, part, f, err))
            return false;
    }
    return true;
}

static bool
add_range(struct pass *pass, const struct survey_range *range, struct error *err)
{
    struct digest *digest = digest_new(DIGEST_XXH3_64);
    uint8_t octets[DIGEST_SIZE_MAX];
    struct shard_window w;
    struct progress progress;
    uint64_t rows = 0;
    bool more = true, ok = true;

    shard_window_begin(&w, pass->p->source, range->file, range->start, range->stop);
    progress_begin(&progress, "dealing out", range->stop - range->start);
    while (ok && more) {
        struct arena a = {0};

        ok = shard_window_next(&w, &a, &more, err);
        if (ok && more) {
            digest_update(digest, w.rows, w.rows_size);
            ok = rows + w.n_rows <= range->rows &&
                 add_window(pass, &a, &w, range->first_row + rows, err);
            rows += w.n_rows;
            progress_update(&progress, w.at + w.rows_size - range->start);
        }
        arena_clear(&a);
    }
    progress_end(&progress);
    digest_final(digest, octets);
    digest_free(digest);
    if (err->class != ERR_NONE && w.fault != SHARD_NO_FAULT)
        (void)shard_error_at(w.file, w.fault, err);
    shard_window_clear(&w);
    if (err->class == ERR_NONE &&
        (!ok || rows != range->rows || get_be64(octets) != range->digest))
        return error_set(err, ERR_CHECKSUM, "the file changed since the first pass") ||
               error_in(err, pass->p->source->files[range->file].path);
    return ok;
}

bool
partial_write(const struct partial *p, FILE *out, struct error *err)
{
    struct pass pass = {.p = p};
    uint32_t held = (uint32_t)p->shard;
    bool ok = true;

    state_write_begin(&pass.w, out, &p->plan, &held, 1);
    for (size_t i = 0; ok && i < p->survey->n_ranges; i++) {
        const struct survey_range *range = &p->survey->ranges[i];

        if (range->shard == p->shard)
            ok = shard_source_load(p->source, range->file, err) &&
                 add_range(&pass, range, err);
    }
    if (ok && pass.frames.size > 0) {
        join_waiting(&pass);
        ok = put_frame(&pass, 0, *(struct frame *const *)(void *)pass.frames.data, err);
    }
    buf_clear(&pass.frames);
    arena_clear(&pass.kept);
    return ok && state_write_end(&pass.w, err);
}
