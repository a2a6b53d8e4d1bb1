/*
 * write.c: rows are formatted in blocks on threads, and written in their order.
 */
#include "engine/write.h"

#include "common/buf.h"
#include "common/mem.h"
#include "common/num.h"
#include "engine/pipeline.h"
#include "engine/temp.h"
#include "fold/order.h"
#include "io/csv_write.h"
#include "io/value.h"
#include "store/wide_sort.h"

#include <errno.h>
#include <math.h>
#include <stdlib.h>

enum {
    ROWS_A_BLOCK = 8192,
    COPY = 16,  /* short fields are copied whole, with what lies behind them */
    AHEAD = 16, /* groups whose keys are fetched early, so that their misses overlap */
    SLOTS_AT_HAND = 1024 /* so many stay in the first-level cache */
};

/* A short field with the comma behind it. */
struct slot {
    uint8_t text[COPY - 1];
    uint8_t size;
};

/* The fields of one key's values as they are written, by code. */
struct key_fields {
    struct buf text;
    size_t *ends; /* owned; the field of code c is text[ends[c - 1]..ends[c]) */
    size_t longest;
    struct slot *slots; /* owned; by code, when all fields are short; else NULL */
};

/* Groups that are to be written. */
struct listing {
    const struct coder *coder;
    const struct program *program;
    uint32_t *order; /* NULL: by number */
};

struct writer {
    const struct stream_result *r;
    struct listing listing; /* those of all of r, unless they come in parts */
    unsigned n_threads;
    struct part_groups *parts; /* owned; by thread */
    size_t n_terms;            /* that are written */
    struct key_fields *fields; /* by key */
    size_t row_most;           /* octets that a group's rows can have */
    size_t top;                /* rows a group; 0: one */
    struct buf *blocks;        /* owned; by slot */
    FILE *out;
    int why; /* errno of what failed, or 0 */
};

static void
put_key(struct buf *b, const struct key_values *k, uint32_t code)
{
    double x;

    if (code == k->missing && k->missing)
        return;
    switch (k->kind) {
    case FIELD_INT:
        b->size += num_format_i64((int64_t)k->numbers[code],
                                  (char *)buf_reserve(b, NUM_U64_SIZE));
        break;
    case FIELD_FLOAT:
        memcpy(&x, &k->numbers[code], sizeof x);
        value_put_float(b, x);
        break;
    case FIELD_TEXT:
        csv_put_text(b, k->known.names[code - 1].text, k->known.names[code - 1].size);
        break;
    }
}

/* One place in memory a field, instead of three. */
static void
format_slots(struct key_fields *f, uint32_t n)
{
    f->slots = xlarge((n + (size_t)1) * sizeof *f->slots);
    for (uint32_t code = 1; code <= n; code++) {
        struct slot *slot = &f->slots[code];
        size_t size = f->ends[code] - f->ends[code - 1];

        memcpy(slot->text, f->text.data + f->ends[code - 1], sizeof slot->text);
        slot->text[size] = ',';
        slot->size = (uint8_t)(size + 1);
    }
}

static void
format_keys(struct key_fields *f, const struct key_values *k)
{
    *f = (struct key_fields){.ends = xcalloc(k->known.n + 1, sizeof *f->ends)};
    for (uint32_t code = 1; code <= k->known.n; code++) {
        put_key(&f->text, k, code);
        f->ends[code] = f->text.size;
        if (f->ends[code] - f->ends[code - 1] > f->longest)
            f->longest = f->ends[code] - f->ends[code - 1];
    }
    memset(buf_reserve(&f->text, COPY), 0, COPY);
    if (f->longest + 1 < COPY)
        format_slots(f, k->known.n);
}

static uint8_t *
copy_field(uint8_t *to, const struct key_fields *f, uint32_t code)
{
    const uint8_t *from = f->text.data + f->ends[code - 1];
    size_t size = f->ends[code] - f->ends[code - 1];

    if (size <= COPY)
        memcpy(to, from, COPY);
    else
        memcpy(to, from, size);
    to[size] = ',';
    return to + size + 1;
}

static uint8_t *
copy_value(uint8_t *to, struct program_value v)
{
    if (v.integer)
        return to + num_format_i64(v.i, (char *)to);
    if (isnan(v.f))
        return to;
    if (!isinf(v.f))
        return to + num_format_f64(v.f, (char *)to);
    memcpy(to, v.f < 0 ? "-inf" : "inf ", 4);
    return to + (v.f < 0 ? 4 : 3);
}

static uint8_t *
put_keys(uint8_t *to, const struct writer *w, const struct coder *c, uint32_t group)
{
    for (size_t k = 0; k < c->n_keys; k++) {
        const struct key_fields *f = &w->fields[k];
        uint32_t code = coder_code(c, k, group);

        if (f->slots) {
            memcpy(to, &f->slots[code], COPY);
            to += f->slots[code].size;
        } else {
            to = copy_field(to, f, code);
        }
    }
    return to;
}

/* The texts of keys of many values. */
static void
fetch_keys(const struct writer *w, const struct coder *c, uint32_t group)
{
    for (size_t k = 0; k < c->n_keys; k++)
        if (w->fields[k].slots && c->keys[k].known.n > SLOTS_AT_HAND)
            __builtin_prefetch(&w->fields[k].slots[coder_code(c, k, group)]);
}

/* What fetch_keys will read, and the values; groups in the order of memory come anyway.
 */
static void
fetch_group(const struct writer *w, const struct listing *from, uint32_t group)
{
    for (size_t k = 0; k < (from->coder->packed ? 1 : from->coder->n_keys); k++)
        coder_fetch(from->coder, k, group);
    for (size_t t = 0; t < w->n_terms; t++)
        program_fetch(from->program, t, group);
}

static uint32_t
group_at(const struct listing *from, size_t i)
{
    return from->order ? from->order[i] : (uint32_t)i + 1;
}

/* A row a group; with "top" a row for each of its largest values. */
static uint8_t *
put_group(uint8_t *to, const struct writer *w, const struct listing *from, uint32_t group)
{
    const struct program *p = from->program;

    if (w->top) {
        for (size_t i = 0; i < program_top_size(p, 0, group); i++) {
            to = copy_value(put_keys(to, w, from->coder, group),
                            program_top(p, 0, group, i));
            *to++ = '\n';
        }
        return to;
    }
    to = put_keys(to, w, from->coder, group);
    for (size_t t = 0; t < w->n_terms; t++) {
        to = copy_value(to, program_value(p, t, group));
        *to++ = ',';
    }
    to[-1] = '\n';
    return to;
}

static void
put_groups(const struct writer *w, const struct listing *from, size_t first, size_t end,
           struct buf *b)
{
    b->size = 0;
    for (size_t i = first; i < end; i++) {
        uint8_t *to = buf_reserve(b, w->row_most);

        if (from->order && i + 2 * AHEAD < end)
            fetch_group(w, from, group_at(from, i + 2 * AHEAD));
        if (i + AHEAD < end)
            fetch_keys(w, from->coder, group_at(from, i + AHEAD));
        b->size += (size_t)(put_group(to, w, from, group_at(from, i)) - to);
    }
}

static void
put_block(void *context, size_t thread, size_t block, size_t slot)
{
    struct writer *w = context;
    size_t n = w->r->coder.n_groups - 1;
    size_t first = block * ROWS_A_BLOCK;
    size_t end = first + ROWS_A_BLOCK < n ? first + ROWS_A_BLOCK : n;

    (void)thread;
    put_groups(w, &w->listing, first, end, &w->blocks[slot]);
}

static void
put_part(void *context, size_t thread, size_t part, size_t slot)
{
    struct writer *w = context;
    struct part_groups *g = &w->parts[thread];
    const struct listing listing = {.coder = &g->coder, .program = &g->program};

    part_groups_make(g, part);
    put_groups(w, &listing, 0, g->coder.n_groups - 1, &w->blocks[slot]);
}

static bool
write_block(void *context, size_t slot)
{
    struct writer *w = context;
    struct buf *b = &w->blocks[slot];

    if (b->size == 0 || fwrite(b->data, 1, b->size, w->out) == b->size)
        return true;
    w->why = errno;
    return false;
}

void
stream_put_header(const struct groupby *q, FILE *out)
{
    struct buf b = {0};

    for (size_t i = 0; i < q->n_by + q->n_terms; i++) {
        const struct groupby_term *t = i < q->n_by ? NULL : &q->terms[i - q->n_by];
        const char *name = !t ? q->by[i] : t->name ? t->name : t->column;

        if (i > 0)
            buf_putc(&b, ',');
        csv_put_text(&b, name, strlen(name));
    }
    buf_putc(&b, '\n');
    (void)fwrite(b.data, 1, b.size, out);
    buf_clear(&b);
}

/* Ready for some threads to put groups of r. */
static void
writer_begin(struct writer *w, const struct stream_result *r, const struct groupby *q,
             unsigned threads)
{
    bool sorts = q->group.sort && r->parts.n_partitions == 0;

    *w = (struct writer){.r = r, .n_terms = q->n_terms};
    w->listing =
        (struct listing){&r->coder, &r->program, sorts ? coder_sorted(&r->coder) : NULL};
    w->fields = xcalloc(r->coder.n_keys, sizeof *w->fields);
    w->row_most = COPY + r->program.n_terms * (NUM_F64_SIZE + 1);
    for (size_t k = 0; k < r->coder.n_keys; k++) {
        format_keys(&w->fields[k], &r->coder.keys[k]);
        w->row_most += w->fields[k].longest + 1;
    }
    w->top = r->program.terms[0].asked.top;
    w->row_most *= w->top ? w->top : 1;
    w->parts = xcalloc(threads, sizeof *w->parts);
    for (unsigned i = 0; i < threads && r->parts.n_partitions > 0; i++)
        part_groups_init(&w->parts[i], &r->coder, &r->program, &r->parts);
    w->n_threads = threads;
}

static void
writer_end(struct writer *w)
{
    for (unsigned i = 0; i < w->n_threads && w->r->parts.n_partitions > 0; i++)
        part_groups_clear(&w->parts[i]);
    for (size_t k = 0; k < w->r->coder.n_keys; k++) {
        buf_clear(&w->fields[k].text);
        free(w->fields[k].ends);
        free(w->fields[k].slots);
    }
    free(w->parts);
    free(w->fields);
    free(w->listing.order);
}

bool
stream_write_csv(const struct stream_result *r, const struct groupby *q, unsigned threads,
                 FILE *out, struct error *err)
{
    size_t blocks = (r->coder.n_groups - 1 + ROWS_A_BLOCK - 1) / ROWS_A_BLOCK;
    size_t parts = r->parts.n_partitions;
    struct writer w;
    const struct pipeline pipeline = {.threads = threads,
                                      .n_slots = pipeline_slots(threads),
                                      .count = parts ? parts : blocks,
                                      .produce = parts ? put_part : put_block,
                                      .consume = write_block,
                                      .context = &w};

    stream_put_header(q, out);
    writer_begin(&w, r, q, threads);
    w.out = out;
    w.blocks = xcalloc(pipeline.n_slots, sizeof *w.blocks);
    pipeline_run(&pipeline);
    for (size_t i = 0; i < pipeline.n_slots; i++)
        buf_clear(&w.blocks[i]);
    free(w.blocks);
    writer_end(&w);
    if (w.why)
        errno = w.why;
    return !ferror(out) || error_errno(err, "cannot write");
}

/* Octets that compare as the key's values do; what is missing comes last. */
static void
put_sort_key(struct buf *b, const struct key_values *k, uint32_t code)
{
    uint64_t bits;

    buf_putc(b, k->missing && code == k->missing ? 2 : 1);
    if (k->missing && code == k->missing)
        return;
    if (k->kind == FIELD_TEXT) {
        buf_put(b, k->known.names[code - 1].text, k->known.names[code - 1].size);
        buf_putc(b, '\0'); /* no text has one */
        return;
    }
    bits = k->numbers[code];
    if (k->kind == FIELD_INT)
        bits ^= UINT64_C(1) << 63;
    else
        bits = bits >> 63 ? ~bits : bits | UINT64_C(1) << 63;
    for (int shift = 56; shift >= 0; shift -= 8)
        buf_putc(b, (char)(bits >> shift & 0xff));
}

struct run_writer {
    struct writer w;
    const struct groupby *q;
    struct buf key, text;
    FILE *out;
};

static bool
put_records(struct run_writer *run, const struct listing *from, struct error *err)
{
    const struct groupby *q = run->q;
    const struct coder *c = from->coder;

    for (size_t i = 0; i + 1 < c->n_groups; i++) {
        uint32_t group = group_at(from, i);
        uint64_t place = (uint64_t)program_value(from->program, q->n_terms, group).i;
        uint8_t *to;

        run->key.size = run->text.size = 0;
        for (size_t k = 0; q->group.sort && k < c->n_keys; k++)
            put_sort_key(&run->key, &c->keys[k], coder_code(c, k, group));
        for (int shift = 56; !q->group.sort && shift >= 0; shift -= 8)
            buf_putc(&run->key, (char)(place >> shift & 0xff));
        to = buf_reserve(&run->text, run->w.row_most);
        run->text.size = (size_t)(put_group(to, &run->w, from, group) - to);
        if (!run_put(run->out, &run->key, &run->text, err))
            return false;
    }
    return true;
}

bool
stream_write_run(const struct stream_result *r, const struct groupby *q, FILE *out,
                 struct error *err)
{
    struct run_writer run = {.q = q, .out = out};
    struct part_groups *part;
    bool ok;

    writer_begin(&run.w, r, q, 1);
    part = &run.w.parts[0];
    ok = r->parts.n_partitions > 0 || put_records(&run, &run.w.listing, err);
    for (size_t i = 0; ok && i < r->parts.n_partitions; i++) {
        part_groups_make(part, i);
        ok =
            put_records(&run, &(struct listing){&part->coder, &part->program, NULL}, err);
    }
    writer_end(&run.w);
    buf_clear(&run.key);
    buf_clear(&run.text);
    return ok;
}
