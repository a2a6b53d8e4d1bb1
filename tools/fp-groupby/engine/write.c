/*
 * write.c: rows are formatted in blocks, a block a task, and written in their order.
 */
#include "engine/write.h"

#include "common/buf.h"
#include "common/mem.h"
#include "common/num.h"
#include "common/pool.h"
#include "engine/order.h"
#include "engine/temp.h"
#include "io/csv_write.h"
#include "io/value.h"

#include <math.h>
#include <stdlib.h>

enum { ROWS_A_BLOCK = 8192, BLOCKS_A_THREAD = 4 };

/* The fields of one key's values as they are written, by code. */
struct key_fields {
    struct buf text;
    size_t *ends; /* owned; the field of code c is text[ends[c - 1]..ends[c]) */
    size_t longest;
};

struct writer {
    const struct stream_result *r;
    const uint32_t *order;     /* NULL: by number */
    size_t n_terms;            /* that are written */
    struct key_fields *fields; /* by key */
    size_t row_most;           /* octets that a group's rows can have */
    size_t top;                /* rows a group; 0: one */
    size_t n_rows;
    size_t first_block;
    struct buf *blocks;
};

enum { COPY = 16 }; /* short fields are copied whole, with what lies behind them */

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
    return to + size;
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
        to = copy_field(to, &w->fields[k], coder_code(c, k, group));
        *to++ = ',';
    }
    return to;
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
put_block(void *context, size_t task)
{
    struct writer *w = context;
    size_t first = (w->first_block + task) * ROWS_A_BLOCK;
    size_t end = first + ROWS_A_BLOCK < w->n_rows ? first + ROWS_A_BLOCK : w->n_rows;
    struct buf *b = &w->blocks[task];

    b->size = 0;
    for (size_t i = first; i < end; i++) {
        uint8_t *to = buf_reserve(b, w->row_most);

        b->size +=
            (size_t)(put_group(to, w, w->order ? w->order[i] : (uint32_t)i + 1) - to);
    }
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
    }
    free(w->fields);
}

bool
stream_write_csv(const struct stream_result *r, const struct groupby *q, unsigned threads,
                 FILE *out, struct error *err)
{
    size_t n_blocks = (size_t)threads * BLOCKS_A_THREAD;
    uint32_t *order = q->group.sort ? coder_sorted(&r->coder) : NULL;
    struct writer w = {
        .r = r, .order = order, .n_terms = q->n_terms, .n_rows = r->coder.n_groups - 1};
    size_t total = (w.n_rows + ROWS_A_BLOCK - 1) / ROWS_A_BLOCK;

    stream_put_header(q, out);
    w.blocks = xcalloc(n_blocks, sizeof *w.blocks);
    writer_begin(&w);
    for (; w.first_block < total && !ferror(out); w.first_block += n_blocks) {
        size_t now = total - w.first_block < n_blocks ? total - w.first_block : n_blocks;

        pool_run(threads, now, put_block, &w);
        for (size_t i = 0; i < now; i++)
            (void)fwrite(w.blocks[i].data, 1, w.blocks[i].size, out);
    }
    for (size_t i = 0; i < n_blocks; i++)
        buf_clear(&w.blocks[i]);
    free(w.blocks);
    writer_end(&w);
    free(order);
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
    uint32_t *order = q->group.sort ? coder_sorted(&r->coder) : NULL;
    struct writer w = {
        .r = r, .order = order, .n_terms = q->n_terms, .n_rows = r->coder.n_groups - 1};
    struct buf key = {0};
    struct buf text = {0};
    bool ok = true;

    writer_begin(&w);
    for (size_t i = 0; ok && i < w.n_rows; i++) {
        uint32_t group = order ? order[i] : (uint32_t)i + 1;
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
