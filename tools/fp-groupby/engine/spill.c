/* spill.c: see spill.h. */
#include "engine/spill.h"

#include "common/mem.h"
#include "engine/pipeline.h"
#include "engine/temp.h"
#include "engine/write.h"

#include <inttypes.h>
#include <stdlib.h>
#include <unistd.h>

enum {
    PARTITIONS_LEAST = 8,
    PARTITIONS_MOST = 512,
    MEMORY_AN_OCTET = 10, /* of its file that a partition may need, a reader */
};

struct spill_slot {
    struct window window;
    struct buf *parts; /* owned, by partition */
    enum field_kind *kinds;
    bool *seen_text; /* by column: a key that is text beyond doubt */
    const char *declined;
    bool failed;
    struct error error;
};

struct spill {
    struct csv_source source;
    const struct groupby *q;
    const struct stream_options *options;
    size_t n_columns; /* of the temporary files, without the last: the row's place */
    size_t n_keys;
    size_t *columns;        /* owned; of the file */
    enum field_kind *kinds; /* owned */
    bool *seen_text;        /* owned */
    size_t n_partitions;    /* a power of two */
    FILE **files;           /* owned */
    struct spill_slot *slots;
    uint64_t behind;
    bool in_turn, again;
    const char *declined;
    struct error *err;
    bool failed;
};

/* The same number, however it is written, has one hash; so has what is missing. */
static uint64_t
hash_field(const uint8_t *p, size_t size)
{
    double number;
    struct key key = {0, 2};

    if (number_is_na(p, size))
        return 7;
    if (number_f64(p, size, &number)) {
        number = number == 0 ? 0 : number;
        memcpy(&key.low, &number, sizeof number);
        return key_hash(key);
    }
    return key_hash(key_of_name((struct key_name){(const char *)p, size}));
}

static void
note_kind(const struct spill *s, struct spill_slot *slot, size_t column, const uint8_t *p,
          size_t size)
{
    enum field_kind *kind = &slot->kinds[column];
    int64_t integer;
    double real;

    if (*kind == FIELD_INT && number_i64(p, size, &integer))
        return;
    if (*kind == FIELD_TEXT) {
        slot->seen_text[column] |= !slot->seen_text[column] && field_is_text(p, size);
        return;
    }
    *kind = FIELD_FLOAT;
    if (number_is_na(p, size) || number_f64(p, size, &real))
        return;
    *kind = FIELD_TEXT;
    slot->seen_text[column] |= field_is_text(p, size);
    if (column >= s->n_keys)
        slot->declined = "a column to aggregate is not of plain numbers";
}

/* A row to its partition: its fields as they are in the file, and its place. */
static void
deal_row(const struct spill *s, struct spill_slot *slot, size_t row)
{
    const struct window *w = &slot->window;
    const uint32_t *ends = w->index + 1 + row * s->source.n_columns;
    uint64_t hash = 0;
    struct buf *to;

    for (size_t i = 0; i < s->n_columns; i++) {
        const uint32_t *end = ends + s->columns[i];
        uint32_t begin = end[-1] + 1;
        size_t quoted = w->quotes && begin < *end && w->text[begin] == '"';
        const uint8_t *p = w->text + begin + quoted;

        note_kind(s, slot, i, p, *end - begin - 2 * quoted);
        if (i < s->n_keys)
            hash = (hash << 7 | hash >> 57) ^ hash_field(p, *end - begin - 2 * quoted);
    }
    to = &slot->parts[(hash >> 17) & (s->n_partitions - 1)];
    for (size_t i = 0; i < s->n_columns; i++) {
        const uint32_t *end = ends + s->columns[i];
        uint32_t begin = end[-1] + 1;

        buf_put(to, w->text + begin, *end - begin);
        buf_putc(to, (char)s->source.dialect.delimiter);
    }
    buf_printf(to, "%" PRIu64 "\n", w->start + (uint32_t)(ends[-1] + 1));
}

static void
deal_window(void *context, size_t thread, size_t i, size_t at)
{
    struct spill *s = context;
    struct spill_slot *slot = &s->slots[at];

    (void)thread;
    slot->declined = NULL;
    slot->failed =
        !window_read(&slot->window, &s->source, i, s->in_turn ? s->behind : WINDOW_GUESS,
                     &slot->declined, &slot->error);
    for (size_t p = 0; p < s->n_partitions; p++)
        slot->parts[p].size = 0;
    for (size_t c = 0; c < s->n_columns; c++)
        slot->kinds[c] = FIELD_INT;
    for (size_t row = 0; !slot->failed && !slot->declined && row < slot->window.n_rows;
         row++)
        deal_row(s, slot, row);
}

static bool
take_window(void *context, size_t at)
{
    struct spill *s = context;
    const struct spill_slot *slot = &s->slots[at];

    if (slot->window.start != s->behind) {
        s->in_turn = s->again = true; /* the window began inside quotes */
        return false;
    }
    s->behind = slot->window.stop;
    s->failed = slot->failed;
    s->declined = slot->declined;
    if (slot->failed)
        *s->err = slot->error;
    if (slot->failed || slot->declined)
        return false;
    for (size_t c = 0; c < s->n_columns; c++) {
        if (slot->kinds[c] > s->kinds[c])
            s->kinds[c] = slot->kinds[c];
        s->seen_text[c] |= slot->seen_text[c];
    }
    for (size_t p = 0; p < s->n_partitions && !s->failed; p++)
        s->failed =
            !temp_write(s->files[p], slot->parts[p].data, slot->parts[p].size, s->err);
    return !s->failed;
}

static bool
open_files(struct spill *s)
{
    s->files = xcalloc(s->n_partitions, sizeof(FILE *));
    for (size_t p = 0; p < s->n_partitions; p++) {
        if (!temp_open(&s->files[p], s->err))
            return false;
        for (size_t c = 0; c < s->n_columns; c++)
            if (fprintf(s->files[p], "c%zu%c", c, s->source.dialect.delimiter) < 0)
                return error_errno(s->err, "cannot write a temporary file");
        if (fputs("place\n", s->files[p]) < 0)
            return error_errno(s->err, "cannot write a temporary file");
    }
    return true;
}

static void
close_files(struct spill *s)
{
    for (size_t p = 0; s->files && p < s->n_partitions; p++)
        if (s->files[p])
            (void)fclose(s->files[p]);
    free(s->files);
    s->files = NULL;
}

/* Deal out all rows; begins anew when a window began inside quotes. */
static void
deal_file(struct spill *s)
{
    struct pipeline p = {.threads = s->in_turn ? 1 : s->options->threads,
                         .count = window_count(&s->source),
                         .produce = deal_window,
                         .consume = take_window,
                         .context = s};

    s->behind = s->source.body;
    s->again = false;
    p.n_slots = pipeline_slots(p.threads);
    s->slots = xcalloc(p.n_slots, sizeof *s->slots);
    for (size_t i = 0; i < p.n_slots; i++) {
        s->slots[i].parts = xcalloc(s->n_partitions, sizeof(struct buf));
        s->slots[i].kinds = xcalloc(s->n_columns, sizeof(enum field_kind));
        s->slots[i].seen_text = xcalloc(s->n_columns, sizeof(bool));
    }
    s->failed = !open_files(s);
    if (!s->failed)
        pipeline_run(&p);
    for (size_t i = 0; i < p.n_slots; i++) {
        window_clear(&s->slots[i].window);
        for (size_t k = 0; k < s->n_partitions; k++)
            buf_clear(&s->slots[i].parts[k]);
        free(s->slots[i].parts);
        free(s->slots[i].kinds);
        free(s->slots[i].seen_text);
    }
    free(s->slots);
    if (s->again)
        close_files(s);
}

/* The column's place in the temporary files; it is added when it is new. */
static size_t
place_of(struct spill *s, const char *name)
{
    int64_t at = csv_source_find(&s->source, name);

    if (at < 0) {
        s->declined = "a column to aggregate is no column of the file";
        return 0;
    }
    for (size_t i = s->n_keys; i < s->n_columns; i++)
        if (s->columns[i] == (size_t)at)
            return i;
    s->columns[s->n_columns] = (size_t)at;
    return s->n_columns++;
}

/* The query on a temporary file: its names, and the place of each group's first row. */
struct inner {
    struct groupby q;
    const char **by;
    struct groupby_term *terms;
    struct arena names;
};

static const char *
name_of(struct inner *in, size_t column)
{
    char text[32];
    int n = snprintf(text, sizeof text, "c%zu", column);

    return arena_strndup(&in->names, text, (size_t)n);
}

static void
make_inner(struct spill *s, struct inner *in)
{
    const struct groupby *q = s->q;

    in->q = *q;
    in->by = xcalloc(q->n_by + 1, sizeof *in->by);
    in->terms = xcalloc(q->n_terms + 1, sizeof *in->terms);
    for (size_t i = 0; i < q->n_by; i++) {
        int64_t at = csv_source_find(&s->source, q->by[i]);

        if (at < 0)
            s->declined = "a key is no column of the file";
        s->columns[i] = at < 0 ? 0 : (size_t)at;
        in->by[i] = name_of(in, i);
    }
    s->n_keys = s->n_columns = q->n_by;
    for (size_t i = 0; i < q->n_terms; i++) {
        const struct groupby_term *t = &q->terms[i];
        bool size = !t->other && !t->top && t->how == AGGREGATE_SIZE;

        in->terms[i] = *t;
        in->terms[i].column = size ? in->by[0] : name_of(in, place_of(s, t->column));
        if (t->other)
            in->terms[i].other = name_of(in, place_of(s, t->other));
    }
    in->terms[q->n_terms] = (struct groupby_term){
        .column = "place", .how = AGGREGATE_FIRST, .options = aggregate_defaults};
    in->q.by = in->by;
    in->q.terms = in->terms;
    in->q.n_terms = q->n_terms + 1;
}

/* Group one partition and write what comes of it as a run. */
static bool
group_partition(struct spill *s, const struct inner *in, size_t p, struct run *run)
{
    struct stream_options options = *s->options;
    struct stream_result r = {0};
    const char *declined = NULL;
    bool ok;

    if (fflush(s->files[p]) != 0)
        return error_errno(s->err, "cannot write a temporary file");
    options.file = dup(fileno(s->files[p])); /* closed with the result */
    if (options.file < 0)
        return error_errno(s->err, "cannot read a temporary file");
    options.key_kinds = s->kinds;
    options.value_kinds = s->kinds + s->n_keys;
    ok = stream_groupby("a temporary file", &in->q, &options, &r, &declined, s->err);
    if (ok && r.over_memory)
        ok = error_set(
            s->err, ERR_LIMIT,
            "groups do not fit in %llu octets even by parts (give more --memory)",
            (unsigned long long)options.memory);
    if (ok && !declined)
        ok = temp_open(&run->file, s->err) &&
             stream_write_run(&r, s->q, run->file, s->err);
    if (declined && strcmp(declined, STREAM_NO_ROWS) == 0)
        declined = NULL;
    s->declined = declined;
    stream_clear(&r);
    (void)fclose(s->files[p]);
    s->files[p] = NULL;
    return ok;
}

static bool
group_partitions(struct spill *s, const struct inner *in, FILE *out)
{
    struct run *runs = xcalloc(s->n_partitions, sizeof *runs);
    size_t n = 0;
    bool ok = true;

    for (size_t p = 0; ok && !s->declined && p < s->n_partitions; p++) {
        ok = group_partition(s, in, p, &runs[n]);
        n += runs[n].file != NULL;
    }
    if (ok && !s->declined) {
        stream_put_header(s->q, out);
        ok = run_merge(runs, n, out, s->err);
    }
    for (size_t i = 0; i < n; i++)
        run_close(&runs[i]);
    free(runs);
    return ok;
}

static const char *
doubt(const struct spill *s)
{
    for (size_t i = 0; i < s->n_keys; i++)
        if (s->kinds[i] == FIELD_TEXT && !s->seen_text[i])
            return "a key column may be of booleans";
    return NULL;
}

bool
spill_groupby(const char *path, const struct groupby *q,
              const struct stream_options *options, FILE *out, const char **declined,
              struct error *err)
{
    struct spill s = {.q = q, .options = options, .err = err};
    struct inner in = {0};
    size_t most = q->n_by + 2 * q->n_terms + 1;
    bool ok = csv_source_open(&s.source, path, options->delimiter, declined, err);

    if (!ok || *declined) {
        csv_source_close(&s.source);
        return ok;
    }
    s.columns = xcalloc(most, sizeof *s.columns);
    s.kinds = xcalloc(most, sizeof *s.kinds);
    s.seen_text = xcalloc(most, sizeof *s.seen_text);
    if (options->window_size)
        s.source.window_size = options->window_size;
    s.n_partitions = PARTITIONS_LEAST;
    while (s.n_partitions < PARTITIONS_MOST &&
           s.source.size / s.n_partitions * MEMORY_AN_OCTET * (1 + options->threads) >
               options->memory)
        s.n_partitions *= 2;
    make_inner(&s, &in);
    while (!s.declined) {
        deal_file(&s);
        if (!s.again)
            break;
    }
    if (!s.declined && !s.failed)
        s.declined = doubt(&s);
    ok = !s.failed && (s.declined || group_partitions(&s, &in, out));
    *declined = s.declined;
    close_files(&s);
    csv_source_close(&s.source);
    free(s.columns);
    free(s.kinds);
    free(s.seen_text);
    free(in.by);
    free(in.terms);
    arena_clear(&in.names);
    return ok || error_in(err, path);
}
