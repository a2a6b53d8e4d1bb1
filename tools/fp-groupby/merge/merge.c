/*
 * merge.c: guess, join, and begin anew when a guess was wrong.
 *
 * Guesses are the columns' types and, in a left join, that some row meets none.
 * What has been written by then is taken back; where that cannot be done, in a
 * pipe, a pass that only counts goes first.
 */
#include "merge/merge.h"

#include "io/csv_write.h"
#include "io/value.h"
#include "merge/parts.h"

#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

enum {
    HOLD = 4 << 20,
    HOLD_BOUNDED = 1 << 20, /* when memory is */
    BESIDES = 32 << 20      /* what windows and output take then, about */
};

struct merger {
    const struct merge *m;
    struct build build;
    struct probe probe;
    struct buf header;
    const char *declined;
    FILE *out;
    off_t start;
    bool can_take_back;
};

static const char *
refusal(const struct join_options *o)
{
    if (o->how != JOIN_INNER && o->how != JOIN_LEFT)
        return "a join that is neither inner nor left";
    if (o->sort || o->indicator || o->validate || o->left_index || o->right_index)
        return "an option that needs tables";
    return o->n_on + o->n_left_on == 0 || (!o->on && o->n_left_on != o->n_right_on)
               ? "no keys are given"
               : NULL;
}

/* A table of that header and no rows. */
static struct frame *
empty_frame(struct arena *a, const struct csv_source *src)
{
    struct frame *f = frame_new(a, 0, src->n_columns);

    for (size_t i = 0; i < src->n_columns; i++)
        frame_add(f, column_named(a, column_new(a, COLTYPE_OBJECT, 0),
                                  cell_str(src->names[i])));
    return f;
}

/* The names of the result, by joining two empty tables; errors are the exact
 * engine's. */
static bool
make_header(struct merger *g, struct error *err)
{
    const struct join_options *o = g->m->options;
    struct side *right = &g->build.side;
    struct arena a = {0};
    struct frame *f;
    size_t n_shown = right->source.n_columns;
    bool ok = join_frames(&a, empty_frame(&a, &g->probe.side.source),
                          empty_frame(&a, &right->source), o, &f, err);

    for (size_t i = 0; ok && i < f->n_columns; i++) {
        if (i > 0)
            buf_putc(&g->header, ',');
        csv_put_text(&g->header, f->columns[i]->name.s, f->columns[i]->name.size);
    }
    buf_putc(&g->header, '\n');
    for (size_t i = 0; i < right->n_keys; i++) {
        const char *name = right->source.names[right->keys[i]];

        if (o->on || strcmp(name, o->left_on[i]) == 0) {
            n_shown -= right->shown[right->keys[i]];
            right->shown[right->keys[i]] = false;
        }
    }
    for (size_t i = 0; i < n_shown; i++)
        buf_putc(&g->probe.none, ',');
    g->build.shown = n_shown > 0;
    (void)buf_reserve(&g->probe.none, PROBE_COPY);
    arena_clear(&a);
    return ok;
}

/* Integers of the second file become floats when some row of the first meets
 * none. */
static void
promote(struct merger *g, bool promoted)
{
    struct side *right = &g->build.side;

    for (size_t i = 0; i < right->source.n_columns; i++)
        right->images[i].promoted = promoted;
}

static bool
open_sides(struct merger *g, struct error *err)
{
    const struct join_options *o = g->m->options;
    const char *const *left_on = o->on ? o->on : o->left_on;
    const char *const *right_on = o->on ? o->on : o->right_on;
    size_t n = o->on ? o->n_on : o->n_left_on;

    if (!side_open(&g->probe.side, g->m->left, left_on, n, &g->declined, err))
        return error_in(err, g->m->left);
    if (!g->declined &&
        !side_open(&g->build.side, g->m->right, right_on, n, &g->declined, err))
        return error_in(err, g->m->right);
    return true;
}

/* Load the second file anew when its rows print otherwise; then one pass. */
static bool
one_pass(struct merger *g, bool counting, struct error *err)
{
    do {
        if (!g->can_take_back || counting) {
            g->probe.out = NULL;
            (void)build_count(&g->build);
        } else {
            g->probe.out = g->out;
            if (fflush(g->out) != 0 || fseeko(g->out, g->start, SEEK_SET) != 0 ||
                ftruncate(fileno(g->out), g->start) != 0)
                return error_errno(err, "cannot write");
            (void)fwrite(g->header.data, 1, g->header.size, g->out);
        }
        if (!probe_run(&g->probe, err))
            return error_in(err, g->m->left);
    } while (g->probe.side.again);
    g->declined = g->probe.side.declined;
    return true;
}

static bool
load(struct merger *g, bool promoted, struct error *err)
{
    promote(g, promoted);
    if (!build_load(&g->build, g->m->threads, err))
        return error_in(err, g->m->right);
    g->declined = g->build.side.declined;
    if (g->build.n_rows == 0)
        g->declined = "a file has no rows";
    return true;
}

/* What only the whole pass can tell. */
static const char *
second_thoughts(const struct merger *g)
{
    const struct probe *p = &g->probe;

    if (p->n_rows == 0)
        return "a file has no rows";
    if (side_in_doubt(&p->side) || side_in_doubt(&g->build.side))
        return "a column may be of booleans";
    if (!p->keep_all && p->several && p->n_out == p->n_rows)
        return "pandas permutes an inner join of so many rows";
    return NULL;
}

static uint64_t
most_rows(const struct merger *g)
{
    return g->m->options->max_rows ? g->m->options->max_rows : JOIN_ROWS_MOST;
}

/* Could the result have too many rows?  Its rows are counted first then. */
static bool
may_explode(struct merger *g)
{
    const struct csv_source *src = &g->probe.side.source;
    uint64_t rows = (src->size - src->body) / src->n_columns + 1; /* at most */
    uint64_t most = most_rows(g) / rows;

    return g->build.n_rows > most && build_count(&g->build) > most;
}

static bool
check_limit(const struct merger *g, struct error *err)
{
    uint64_t most = most_rows(g);

    return g->probe.n_out <= most ||
           error_set(err, ERR_LIMIT,
                     "the join would have %llu rows, more than %llu "
                     "(--max-output-rows)",
                     (unsigned long long)g->probe.n_out, (unsigned long long)most);
}

/* By temporary files: nothing is written before all is certain. */
static bool
join_in_parts(struct merger *g, bool promoted, struct error *err)
{
    struct probe *p = &g->probe;
    struct parts parts = {.n = 0};
    bool ok;

    for (int tries = 0;; tries++) {
        ok = parts_make(&parts, p, &g->build, err) || error_in(err, g->m->left);
        g->declined = p->side.declined ? p->side.declined : g->build.side.declined;
        ok = ok && (g->declined || parts_merge(&parts, p, NULL, err));
        if (!ok || g->declined || !p->keep_all || p->unmatched == promoted || tries == 1)
            break;
        parts_clear(&parts);
        promoted = p->unmatched;
        if (!load(g, promoted, err))
            return false;
        if (g->declined)
            return true;
    }
    if (ok && !g->declined)
        g->declined = second_thoughts(g);
    if (ok && !g->declined)
        ok = check_limit(g, err);
    if (ok && !g->declined) {
        (void)fwrite(g->header.data, 1, g->header.size, g->out);
        ok = parts_merge(&parts, p, g->out, err);
    }
    parts_clear(&parts);
    return ok;
}

static bool
join_sides(struct merger *g, struct error *err)
{
    struct probe *p = &g->probe;
    bool count_first = !g->can_take_back || g->m->options->max_rows > 0;
    bool promoted = p->keep_all;

    for (int tries = 0; tries < 2; tries++) {
        if (!load(g, promoted, err))
            return false;
        if (g->declined)
            return true;
        if (g->build.partial)
            return join_in_parts(g, promoted, err);
        count_first |= may_explode(g);
        if (!one_pass(g, count_first, err))
            return false;
        if (g->declined || p->unmatched == promoted || !p->keep_all)
            break;
        promoted = p->unmatched;
    }
    if (!g->declined)
        g->declined = second_thoughts(g);
    if (g->declined || !count_first)
        return true;
    if (!check_limit(g, err))
        return false;
    p->out = g->out;
    (void)fwrite(g->header.data, 1, g->header.size, g->out);
    return probe_run(p, err) || error_in(err, g->m->left);
}

bool
merge_csv(const struct merge *m, FILE *out, const char **declined, struct error *err)
{
    struct merger g = {.m = m, .out = out, .declined = refusal(m->options)};
    struct stat st;
    bool ok = true;

    *declined = g.declined;
    if (g.declined)
        return true;
    g.build.side.source.fd = g.probe.side.source.fd = -1;
    g.probe.build = &g.build;
    g.probe.threads = m->threads;
    g.probe.hold = m->memory ? HOLD_BOUNDED : HOLD;
    g.build.memory = m->memory > 2 * BESIDES ? m->memory - BESIDES : m->memory / 2;
    g.probe.keep_all = m->options->how == JOIN_LEFT;
    (void)fflush(out);
    g.start = ftello(out);
    g.can_take_back = g.start >= 0 && fstat(fileno(out), &st) == 0 && S_ISREG(st.st_mode);
    ok = open_sides(&g, err);
    if (ok && !g.declined)
        ok = make_header(&g, err) && join_sides(&g, err);
    if (g.declined && g.can_take_back &&
        (fflush(out) != 0 || fseeko(out, g.start, SEEK_SET) != 0 ||
         ftruncate(fileno(out), g.start) != 0))
        ok = error_errno(err, "cannot write");
    build_clear(&g.build);
    side_close(&g.build.side);
    side_close(&g.probe.side);
    buf_clear(&g.header);
    buf_clear(&g.probe.none);
    *declined = g.declined;
    return ok && (!ferror(out) || error_errno(err, "cannot write"));
}
