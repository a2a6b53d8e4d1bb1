/* portion.c: see portion.h. */
#include "shards/portion.h"

#include "common/bytes.h"
#include "common/digest.h"
#include "common/mem.h"
#include "common/term.h"

#include <stdlib.h>

static void
add_rows(struct portion_guess *g, const struct shard_window *w)
{
    const struct shard_source *s = w->source;

    for (size_t row = 0; row < w->n_rows; row++)
        for (size_t c = 0; c < s->n_columns; c++)
            lattice_add(&g->columns[c], shard_field(w, row, c), &s->csv);
    g->rows += w->n_rows;
}

/* Follow one guess; a fault of the text is noted, for the guess may be wrong. */
static bool
follow(const struct shard_source *s, const struct shard_range *range, struct arena *a,
       struct portion_guess *g, struct error *err)
{
    struct digest *digest = digest_new(DIGEST_XXH3_64);
    uint8_t octets[DIGEST_SIZE_MAX];
    struct shard_window w;
    struct error why = {0};
    struct progress progress;
    bool more = true, ok = true;

    g->columns = arena_alloc(a, (s->n_columns + 1) * sizeof *g->columns);
    shard_window_begin(&w, s, range->file, g->start, range->end);
    progress_begin(&progress, "surveying", range->end - range->begin);
    for (;;) {
        struct arena rows = {0};

        ok = shard_window_next(&w, &rows, &more, &why);
        if (ok && more) {
            digest_update(digest, w.rows, w.rows_size);
            add_rows(g, &w);
            progress_update(&progress, w.at + w.rows_size - range->begin);
        }
        arena_clear(&rows);
        if (!ok || !more)
            break;
    }
    progress_end(&progress);
    g->stop = w.at;
    g->fault_at = w.fault;
    if (!ok && w.fault != SHARD_NO_FAULT && (w.certain || g->start == w.file->body))
        ok = shard_error_at(w.file, w.fault, &why);
    digest_final(digest, octets);
    g->digest = get_be64(octets);
    digest_free(digest);
    shard_window_clear(&w);
    if (ok || g->fault_at == SHARD_NO_FAULT || *why.at) {
        if (!ok)
            *err = why;
        return ok;
    }
    g->fault = arena_strndup(a, why.message, strlen(why.message));
    return true;
}

bool
portion_read(const struct shard_source *s, const struct shard_range *range,
             struct arena *a, struct portion *out, struct error *err)
{
    out->range = *range;
    for (int inside = 0; inside < 2; inside++) {
        struct portion_guess *g = &out->guesses[inside];

        *g = (struct portion_guess){.start = SHARD_NO_ROW};
        if (inside && !s->csv.quote)
            continue;
        if (!shard_first_row(s, range, inside, &g->start, err))
            return false;
        if (g->start == SHARD_NO_ROW)
            continue;
        if (!follow(s, range, a, g, err))
            return false;
    }
    return true;
}

enum { FLAG_NEGATIVE = 1, FLAG_LARGE = 2, FLAG_NOT_FLOAT = 4, FLAG_NOT_BOOL = 8 };

/* [missing, signed fault, unsigned fault, flags] */
static void
write_lattice(struct json_out *j, const struct lattice *l)
{
    json_array(j, NULL);
    json_u64(j, NULL, l->missing);
    json_u64(j, NULL, l->signed_fault);
    json_u64(j, NULL, l->unsigned_fault);
    json_u64(j, NULL,
             (l->negative ? FLAG_NEGATIVE : 0u) | (l->large ? FLAG_LARGE : 0u) |
                 (l->not_float ? FLAG_NOT_FLOAT : 0u) |
                 (l->not_bool ? FLAG_NOT_BOOL : 0u));
    json_end(j);
}

void
portion_write(struct json_out *j, const struct portion *p, size_t n_columns)
{
    json_object(j, NULL);
    json_u64(j, "file", p->range.file);
    json_u64(j, "begin", p->range.begin);
    json_u64(j, "end", p->range.end);
    json_array(j, "guesses");
    for (int i = 0; i < 2; i++) {
        const struct portion_guess *g = &p->guesses[i];

        if (g->start == SHARD_NO_ROW) {
            json_null(j, NULL);
            continue;
        }
        json_object(j, NULL);
        json_u64(j, "start", g->start);
        if (g->fault) {
            json_string(j, "fault", g->fault);
            json_u64(j, "at", g->fault_at);
        } else {
            json_u64(j, "stop", g->stop);
            json_u64(j, "rows", g->rows);
            json_u64(j, "xxh3_64", g->digest);
            json_array(j, "columns");
            for (size_t c = 0; c < n_columns; c++)
                write_lattice(j, &g->columns[c]);
            json_end(j);
        }
        json_end(j);
    }
    json_end(j);
    json_end(j);
}

static bool
parse_lattice(const struct json_doc *doc, const struct json *node, uint64_t rows,
              struct lattice *out, struct error *err)
{
    uint64_t x[4] = {0};
    size_t n = 0;

    for (const struct json *v = json_type(node) == JSON_ARRAY ? json_first(node) : NULL;
         v; v = json_next(v), n++)
        if (n == 4 || !json_to_u64(v, &x[n]))
            return json_fail(doc, node, err, ERR_MALFORMED, "not the facts of a column");
    if (n != 4 || x[0] > rows || x[1] > LATTICE_OVERFLOW || x[2] > LATTICE_OVERFLOW ||
        x[3] > 15)
        return json_fail(doc, node, err, ERR_MALFORMED, "not the facts of a column");
    *out = (struct lattice){.rows = rows,
                            .missing = x[0],
                            .signed_fault = (enum lattice_fault)x[1],
                            .unsigned_fault = (enum lattice_fault)x[2],
                            .negative = x[3] & FLAG_NEGATIVE,
                            .large = x[3] & FLAG_LARGE,
                            .not_float = x[3] & FLAG_NOT_FLOAT,
                            .not_bool = x[3] & FLAG_NOT_BOOL};
    return true;
}

static bool
parse_guess(const struct json_doc *doc, const struct json *node, size_t n_columns,
            struct arena *a, struct portion_guess *out, struct error *err)
{
    const struct json *columns;
    const char *fault = NULL;
    size_t n = 0;

    *out = (struct portion_guess){.start = SHARD_NO_ROW};
    if (json_type(node) == JSON_NULL)
        return true;
    if (!json_want_u64(doc, node, "start", &out->start, err) ||
        !json_opt_string(doc, node, "fault", &fault, err))
        return false;
    if (fault) {
        out->fault = arena_strndup(a, fault, strlen(fault));
        return json_want_u64(doc, node, "at", &out->fault_at, err);
    }
    if (!json_want_u64(doc, node, "stop", &out->stop, err) ||
        !json_want_u64(doc, node, "rows", &out->rows, err) ||
        !json_want_u64(doc, node, "xxh3_64", &out->digest, err) ||
        !json_want(doc, node, "columns", JSON_ARRAY, &columns, err))
        return false;
    out->columns = arena_alloc(a, (n_columns + 1) * sizeof *out->columns);
    for (const struct json *c = json_first(columns); c; c = json_next(c), n++)
        if (n == n_columns || !parse_lattice(doc, c, out->rows, &out->columns[n], err))
            return err->class ? false
                              : json_fail(doc, columns, err, ERR_MALFORMED,
                                          "facts of too many columns");
    return n == n_columns || json_fail(doc, columns, err, ERR_MALFORMED,
                                       "facts of %zu columns of %zu", n, n_columns);
}

bool
portion_parse(const struct json_doc *doc, const struct json *node, size_t n_columns,
              struct arena *a, struct portion *out, struct error *err)
{
    const struct json *guesses, *g;
    uint64_t file;

    *out = (struct portion){0};
    if (!json_want_u64(doc, node, "file", &file, err) ||
        !json_want_u64(doc, node, "begin", &out->range.begin, err) ||
        !json_want_u64(doc, node, "end", &out->range.end, err) ||
        !json_want(doc, node, "guesses", JSON_ARRAY, &guesses, err))
        return false;
    out->range.file = file;
    g = json_first(guesses);
    for (int i = 0; i < 2; i++, g = json_next(g))
        if (!g || !parse_guess(doc, g, n_columns, a, &out->guesses[i], err))
            return err->class ? false
                              : json_fail(doc, guesses, err, ERR_MALFORMED,
                                          "a portion has two guesses");
    return true;
}

/* The guess that begins where the portion before stops. */
static const struct portion_guess *
true_guess(const struct portion *p, uint64_t at)
{
    for (int i = 0; i < 2; i++)
        if (p->guesses[i].start == at)
            return &p->guesses[i];
    return NULL;
}

bool
survey_make(const struct portion *portions, size_t n, const uint64_t *bodies,
            size_t n_columns, struct arena *a, struct survey *out, struct error *err)
{
    struct lattice *columns = arena_alloc(a, (n_columns + 1) * sizeof *columns);
    size_t file = SIZE_MAX;
    uint64_t at = 0;

    *out = (struct survey){.fault = SHARD_NO_FAULT};
    out->ranges = arena_alloc(a, (n + 1) * sizeof *out->ranges);
    out->types = arena_alloc(a, (n_columns + 1) * sizeof *out->types);
    for (size_t i = 0; i < n; i++) {
        const struct portion *p = &portions[i];
        const struct portion_guess *g;

        if (p->range.file != file)
            at = bodies[p->range.file];
        file = p->range.file;
        if (at >= p->range.end)
            continue; /* a row that began before covers it */
        g = true_guess(p, at);
        if (!g)
            return error_set(err, ERR_MALFORMED,
                             "no row of shard %zu begins where shard %zu stops "
                             "(did the file change?)",
                             p->shard + 1, p->shard);
        if (g->fault) {
            out->fault = g->fault_at;
            out->fault_file = file;
            return error_set(err, ERR_MALFORMED, "%s", g->fault);
        }
        out->ranges[out->n_ranges++] = (struct survey_range){
            p->shard, file, g->start, g->stop, out->rows, g->rows, g->digest};
        out->rows += g->rows;
        at = g->stop;
        for (size_t c = 0; c < n_columns; c++)
            lattice_join(&columns[c], &g->columns[c]);
    }
    for (size_t c = 0; c < n_columns; c++)
        out->types[c] = lattice_type(&columns[c]);
    return true;
}
