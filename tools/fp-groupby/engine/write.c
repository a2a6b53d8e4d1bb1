/*
 * write.c: rows are formatted in blocks on threads, and written in their order.
 */
#include "engine/write.h"

#include "common/buf.h"
#include "common/mem.h"
#include "common/num.h"
#include "engine/order.h"
#include "engine/pipeline.h"
#include "engine/temp.h"
#include "io/csv_write.h"
#include "io/value.h"

#include <errno.h>
#include <math.h>
#include <stdlib.h>

enum {
    ROWS_A_BLOCK = 8192,
    COPY = 16, /* short fields are copied whole, with what lies behind them */
    AHEAD = 16 /* groups whose keys are fetched early, so that their misses overlap */
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

struct writer {
    const struct stream_result *r;
    const uint32_t *order;     /* NULL: by number */
    size_t n_terms;            /* that are written */
    struct key_fields *fields; /* by key */
    size_t row_most;           /* octets that a group's rows can have */
    size_t top;                /* rows a group; 0: one */
    size_t n_rows;
    struct buf *blocks; /* owned; by slot */
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
put_keys(uint8_t *to, const struct writer *w, uint32_t group)
{
    const struct coder *c = &w->r->coder;

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

static void
fetch_keys(const struct writer *w, uint32_t group)
{
    const struct coder *c = &w->r->coder;

    for (size_t k = 0; k < c->n_keys; k++)
        if (w->fields[k].slots)
            __builtin_prefetch(&w->fields[k].slots[coder_code(c, k, group)]);
}

/* What fetch_keys will read, and the values. */
static void
fetch_group(const struct writer *w, uint32_t group)
{
    const struct coder *c = &w->r->coder;

    for (size_t k = 0; k < (c->packed ? 1 : c->n_keys); k++)
        coder_fetch(c, k, group);
    for (size_t t = 0; t < w->n_terms; t++)
        program_fetch(&w->r->program, t, group);
}

static uint32_t
group_at(const struct writer *w, size_t i)
{
    return w->order ? w->order[i] : (uint32_t)i + 1;
}

/* A row a group; with "top" a row for each of its largest values. */
static uint8_t *
put_group(uint8_t *to, const struct writer *w, uint32_t group)
{
    const struct program *p = &w->r->program;

    if (w->top) {
        for (size_t i = 0; i < program_top_size(p, 0, group); i++) {
            to = copy_value(put_keys(to, w, group), program_top(p, 0, group, i));
            *to++ = '\n';
        }
        return to;
    }
    to = put_keys(to, w, group);
    for (size_t t = 0; t < w->n_terms; t++) {
        to = copy_value(to, program_value(p, t, group));
        *to++ = ',';
    }
    to[-1] = '\n';
    return to;
}

static void
put_block(void *context, size_t thread, size_t block, size_t slot)
{
    struct writer *w = context;
    size_t first = block * ROWS_A_BLOCK;
    size_t end = first + ROWS_A_BLOCK < w->n_rows ? first + ROWS_A_BLOCK : w->n_rows;
    struct buf *b = &w->blocks[slot];

    (void)thread;
    b->size = 0;
    for (size_t i = first; i < end; i++) {
        uint8_t *to = buf_reserve(b, w->row_most);

        if (i + 2 * AHEAD < end)
            fetch_group(w, group_at(w, i + 2 * AHEAD));
        if (i + AHEAD < end)
            fetch_keys(w, group_at(w, i + AHEAD));
        b->size += (size_t)(put_group(to, w, group_at(w, i)) - to);
    }
}

static bool
write_block(void *context, size_t slot)
{
    struct writer *w = context;
    struct buf *b = &w->blocks[slot];

    if (fwrite(b->data, 1, b->size, w->out) == b->size)
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

static void
writer_begin(struct writer *w)
{
    w->fields = xcalloc(w->r->coder.n_keys, sizeof *w->fields);
    w->row_most = COPY + w->r->program.n_terms * (NUM_F64_SIZE + 1);
    for (size_t k = 0; k < w->r->coder.n_keys; k++) {
        format_keys(&w->fields[k], &w->r->coder.keys[k]);
        w->row_most += w->fields[k].longest + 1;
    }
    w->top = w->r->program.terms[0].asked.top;
    w->row_most *= w->top ? w->top : 1;
}

static void
writer_end(struct writer *w)
{
    for (size_t k = 0; k < w->r->coder.n_keys; k++) {
        buf_clear(&w->fields[k].text);
        free(w->fields[k].ends);
        free(w->fields[k].slots);
    }
    free(w->fields);
}

bool
stream_write_csv(const struct stream_result *r, const struct groupby *q, unsigned threads,
                 FILE *out, struct error *err)
{
    uint32_t *order =
        q->group.sort && !r->coder.in_order ? coder_sorted(&r->coder) : NULL;
    struct writer w = {.r = r,
                       .order = order,
                       .n_terms = q->n_terms,
                       .n_rows = r->coder.n_groups - 1,
                       .out = out};
    const struct pipeline pipeline = {.threads = threads,
                                      .n_slots = pipeline_slots(threads),
                                      .count =
                                          (w.n_rows + ROWS_A_BLOCK - 1) / ROWS_A_BLOCK,
                                      .produce = put_block,
                                      .consume = write_block,
                                      .context = &w};

    stream_put_header(q, out);
    w.blocks = xcalloc(pipeline.n_slots, sizeof *w.blocks);
    writer_begin(&w);
    pipeline_run(&pipeline);
    for (size_t i = 0; i < pipeline.n_slots; i++)
        buf_clear(&w.blocks[i]);
    free(w.blocks);
    writer_end(&w);
    free(order);
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

bool
stream_write_run(const struct stream_result *r, const struct groupby *q, FILE *out,
                 struct error *err)
{
    uint32_t *order =
        q->group.sort && !r->coder.in_order ? coder_sorted(&r->coder) : NULL;
    struct writer w = {
        .r = r, .order = order, .n_terms = q->n_terms, .n_rows = r->coder.n_groups - 1};
    struct buf key = {0};
    struct buf text = {0};
    bool ok = true;

    writer_begin(&w);
    for (size_t i = 0; ok && i < w.n_rows; i++) {
        uint32_t group = group_at(&w, i);
        uint64_t place = (uint64_t)program_value(&r->program, q->n_terms, group).i;
        uint8_t *to;

        key.size = text.size = 0;
        for (size_t k = 0; q->group.sort && k < r->coder.n_keys; k++)
            put_sort_key(&key, &r->coder.keys[k], coder_code(&r->coder, k, group));
        for (int shift = 56; !q->group.sort && shift >= 0; shift -= 8)
            buf_putc(&key, (char)(place >> shift & 0xff));
        to = buf_reserve(&text, w.row_most);
        text.size = (size_t)(put_group(to, &w, group) - to);
        ok = run_put(out, &key, &text, err);
    }
    writer_end(&w);
    buf_clear(&key);
    buf_clear(&text);
    free(order);
    return ok;
}
