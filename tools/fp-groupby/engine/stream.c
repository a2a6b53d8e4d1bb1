/* stream.c: windows on threads, batches in order. */
#include "engine/stream.h"

#include "common/mem.h"
#include "engine/pipeline.h"
#include "store/wide_sort.h"

#include <stdlib.h>

enum {
    THREADS_MOST = 256,
};

struct stream {
    struct stream_result *out;
    bool dropna, sorts;
    unsigned threads;
    size_t wide_rows;
    const struct stream_options *options;
    struct store *load;
    bool in_turn;    /* the next pass tells every window where its first row begins */
    bool sequential; /* so does this pass, on one thread; fixed while it runs */

    struct batch_reader *readers;
    struct batch *slots;
    size_t n_slots;

    /* What follows belongs to who is folding. */
    uint64_t behind; /* where the window that was folded last stops */
    uint32_t *groups;
    size_t groups_capacity;
    bool keeps; /* the groups of all rows are wanted */
    uint32_t *all_groups;
    size_t n_all, all_capacity;
    bool is_wide, never_wide;
    struct wide wide;
    uint64_t *bits;
    enum field_kind *key_kinds;
    bool again; /* begin anew, with what has been learned */
    const char *declined;
    struct error *err;
    bool failed;
};

/* The batch cannot be used: the file is not for us, or a guess was wrong. */
static bool
learns(struct stream *s, const struct batch *b)
{
    enum field_kind *kinds = s->out->program.plan.kinds;

    if (b->start != s->behind) {
        s->in_turn = s->again = true; /* the window began inside quotes */
        return true;
    }
    if (b->failed || b->declined) {
        s->failed = b->failed;
        s->declined = b->declined;
        if (b->failed)
            *s->err = b->error;
        return true;
    }
    for (size_t v = 0; v < s->out->program.plan.n_values; v++)
        if (b->widen[v] && b->n_rows > 0) {
            kinds[v] = FIELD_FLOAT;
            s->again = true;
        }
    return s->again;
}

static void
keep_groups(struct stream *s, size_t n)
{
    if (s->n_all + n > s->all_capacity) {
        s->all_capacity = 2 * (s->n_all + n);
        s->all_groups = xrealloc(s->all_groups, s->all_capacity, sizeof *s->all_groups);
    }
    memcpy(s->all_groups + s->n_all, s->groups, n * sizeof *s->groups);
    s->n_all += n;
}

/* The batch's rows into their groups' cells. */
static bool
fold_groups(struct stream *s, const struct batch *b, size_t *widen, enum field_kind *kind)
{
    struct stream_result *r = s->out;

    if (b->n_rows > s->groups_capacity) {
        s->groups_capacity = b->capacity;
        s->groups = xrealloc(s->groups, s->groups_capacity, sizeof *s->groups);
    }
    if (!coder_groups(&r->coder, b, s->groups, widen, kind, &s->declined))
        return false;

    const struct fold_input in = {b->values, s->groups, b->n_rows, r->coder.n_groups};

    for (size_t f = r->program.first_fold; f < r->program.n_folds; f++)
        fold_rows(&r->program.folds[f], &in);
    if (s->keeps)
        keep_groups(s, b->n_rows);
    return true;
}

/* With several keys and a new group every other row, begin anew and keep the rows. */
static bool
turns_wide(struct stream *s)
{
    const struct stream_result *r = s->out;

    if (s->is_wide || s->never_wide || s->keeps || r->coder.n_keys < 2 ||
        r->coder.n_keys > CODER_KEYS_MOST || r->n_rows < s->wide_rows ||
        2 * (uint64_t)r->coder.n_groups < r->n_rows)
        return false;
    s->is_wide = s->again = true;
    return true;
}

/* Words that a group takes at most. */
static size_t
fold_words(const struct stream_result *r)
{
    size_t n = 0;

    for (size_t f = r->program.first_fold; f < r->program.n_folds; f++)
        n += (fold_cell_size(&r->program.folds[f]) + 7) / 8;
    return n;
}

/* Octets that the groups take by now, and will take when the pass ends. */
static uint64_t
state_size(const struct stream *s)
{
    const struct stream_result *r = s->out;
    uint64_t size = (uint64_t)s->all_capacity * sizeof *s->all_groups;

    /* Readers have dictionaries much like the coder's. */
    for (size_t k = 0; k < r->coder.n_keys; k++)
        size += dictionary_size(&r->coder.keys[k].known) * (1 + r->coder.n_readers) +
                dictionary_size(&r->coder.pairs[k]) +
                (uint64_t)r->coder.tuples_capacity * sizeof(uint32_t);
    for (size_t f = 0; f < r->program.n_folds; f++)
        size += fold_size(&r->program.folds[f]);
    if (s->is_wide)
        size += (uint64_t)s->wide.n * 8 * (2 + 2 * s->wide.n_values + fold_words(r));
    return size;
}

/* About as many rows as are left, with the batch's. */
static size_t
rows_ahead(const struct stream *s, const struct batch *b)
{
    uint64_t octets = (b->stop - b->start) / b->n_rows; /* a row */

    return (size_t)((s->out->source.size - b->start) / (octets ? octets : 1));
}

/* Begin anew without keeping rows; false. */
static bool
too_wide(struct stream *s)
{
    s->never_wide = s->again = !s->load;
    s->declined = s->load ? "the keys have too many values together" : NULL;
    return false;
}

/* Returns false when the pass is over before its time. */
static bool
fold_batch(void *context, size_t slot)
{
    struct stream *s = context;
    const struct batch *b = &s->slots[slot];
    struct stream_result *r = s->out;
    size_t widen = 0;
    enum field_kind kind = FIELD_INT;
    bool ok;

    if (learns(s, b))
        return false;
    s->behind = b->stop;
    if (b->n_rows == 0)
        return true;
    ok = s->is_wide ? coder_names(&r->coder, b, &widen, &kind, &s->declined)
                    : fold_groups(s, b, &widen, &kind);
    if (!ok && !s->declined) {
        s->key_kinds[widen] = kind;
        s->again = true;
    }
    if (!ok)
        return false;
    if (s->is_wide && !wide_append(&s->wide, &r->coder, b, rows_ahead(s, b)))
        return too_wide(s);
    for (size_t v = 0; v < r->program.plan.n_values; v++)
        s->bits[v] |= b->bits[v];
    r->n_rows += b->n_rows;
    if (s->options->memory && state_size(s) > s->options->memory)
        r->over_memory = true;
    return !r->over_memory && !turns_wide(s);
}

static void
read_window(void *context, size_t thread, size_t i, size_t slot)
{
    struct stream *s = context;

    batch_read(&s->readers[thread], i, s->sequential ? s->behind : WINDOW_GUESS,
               &s->slots[slot]);
}

static void
begin_pass(struct stream *s)
{
    struct stream_result *r = s->out;
    const struct batch_plan *plan = &r->program.plan;
    unsigned threads = s->in_turn ? 1 : s->threads;

    s->sequential = s->in_turn;
    program_fold(&r->program);
    coder_init(&r->coder, plan->n_keys, threads, s->dropna, s->key_kinds);
    if (s->is_wide)
        wide_init(&s->wide, plan->n_keys, plan->n_values, plan->kinds);
    for (size_t v = 0; s->is_wide && !s->load && v < plan->n_values; v++)
        s->wide.used[v] = program_folds_value(&r->program, v);
    r->n_rows = 0;
    s->keeps = false;
    for (size_t f = 0; f < r->program.n_folds; f++)
        s->keeps |= r->program.folds[f].kind == FOLD_KEEP;
    s->n_slots = pipeline_slots(threads);
    s->readers = xcalloc(threads, sizeof *s->readers);
    for (unsigned i = 0; i < threads; i++)
        batch_reader_init(&s->readers[i], plan, i);
    s->slots = xcalloc(s->n_slots, sizeof *s->slots);
    for (size_t i = 0; i < s->n_slots; i++)
        batch_init(&s->slots[i], plan);
    s->bits = xcalloc(plan->n_values + 1, sizeof *s->bits);
    s->n_all = 0;
    s->behind = r->source.body;
    s->again = false;
}

static void
end_pass(struct stream *s)
{
    const struct batch_plan *plan = &s->out->program.plan;
    unsigned threads = (unsigned)s->out->coder.n_readers;

    for (unsigned i = 0; i < threads; i++)
        batch_reader_clear(&s->readers[i]);
    for (size_t i = 0; i < s->n_slots; i++)
        batch_clear(&s->slots[i], plan);
    free(s->readers);
    free(s->slots);
    free(s->bits);
}

static void
run_pass(struct stream *s)
{
    struct stream_result *r = s->out;
    struct pipeline pipeline = {
        .produce = read_window, .consume = fold_batch, .context = s};

    begin_pass(s);
    pipeline.threads = (unsigned)r->coder.n_readers;
    pipeline.n_slots = s->n_slots;
    pipeline.count = window_count(&r->source);
    pipeline.label = "grouping";
    pipeline.octets = r->source.size;
    pipeline_run(&pipeline);
    if (r->over_memory)
        s->never_wide = true;
    if (!s->again && !s->declined && !s->failed && !r->over_memory &&
        !program_sums_exact(&r->program, s->bits, r->n_rows))
        r->program.careful = s->again = true;
    end_pass(s);
    if (r->over_memory) {
        s->again = false;
    } else if (s->load && !s->again && !s->declined && !s->failed) {
        store_take(s->load, &s->wide, &r->coder);
    } else if (s->is_wide && !s->again && !s->declined && !s->failed) {
        if (s->sorts)
            wide_sort(&s->wide, &r->coder, &r->program, s->threads, &r->parts);
        else
            wide_number(&s->wide, &r->coder, &r->program, s->threads);
    }
    wide_clear(&s->wide);
    s->is_wide &= !s->never_wide;
    if (s->again)
        coder_clear(&r->coder);
}

/* A column whose type the values do not prove is left to the exact reader. */
static const char *
doubtful_type(const struct stream_result *r, bool proven)
{
    if (r->n_rows == 0)
        return STREAM_NO_ROWS;
    for (size_t i = 0; i < r->coder.n_keys; i++)
        if (!proven && r->coder.keys[i].kind == FIELD_TEXT &&
            !r->coder.keys[i].plain_text)
            return "a key column may be of booleans";
    return NULL;
}

bool
stream_groupby(const char *path, const struct groupby *q,
               const struct stream_options *options, struct stream_result *out,
               const char **declined, struct error *err)
{
    struct stream s = {.out = out,
                       .dropna = q->group.dropna,
                       .sorts = q->group.sort,
                       .wide_rows =
                           options->wide_rows ? options->wide_rows : STREAM_WIDE_ROWS,
                       .options = options,
                       .load = options->load,
                       .is_wide = options->load != NULL,
                       .err = err};

    *out = (struct stream_result){0};
    s.threads = options->threads < 1              ? 1
                : options->threads > THREADS_MOST ? THREADS_MOST
                                                  : options->threads;
    if (options->file
            ? !csv_source_take(&out->source, options->file, path, options->delimiter,
                               declined, err)
            : !csv_source_open(&out->source, path, options->delimiter, declined, err))
        return false;
    if (options->window_size)
        out->source.window_size = options->window_size;
    if (*declined)
        return true;
    program_init(&out->program, &out->source, q, declined);
    if (*declined)
        return true;
    s.key_kinds = xcalloc(q->n_by, sizeof *s.key_kinds);
    if (options->key_kinds) {
        memcpy(s.key_kinds, options->key_kinds, q->n_by * sizeof *s.key_kinds);
        memcpy(out->program.plan.kinds, options->value_kinds,
               out->program.plan.n_values * sizeof *s.key_kinds);
    }
    do {
        run_pass(&s);
    } while (s.again && ++out->restarts < 64);
    *declined = s.declined ? s.declined
                : s.failed ? NULL
                           : doubtful_type(out, options->key_kinds != NULL);
    if (!*declined && !s.failed && !s.load && !out->over_memory)
        program_finish(&out->program, s.all_groups, out->coder.n_groups, s.threads);
    free(s.key_kinds);
    free(s.groups);
    free(s.all_groups);
    return !s.failed || error_in(err, path);
}

void
stream_clear(struct stream_result *r)
{
    coder_clear(&r->coder);
    program_clear(&r->program);
    deal_clear(&r->parts);
    csv_source_close(&r->source);
    *r = (struct stream_result){.source = {.fd = -1}};
}
