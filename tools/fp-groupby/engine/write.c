/*
 * write.c: rows are formatted in blocks, a block a task, and written in their order.
 */
#include "engine/write.h"

#include "common/buf.h"
#include "common/mem.h"
#include "common/num.h"
#include "common/pool.h"
#include "engine/order.h"
#include "io/csv_write.h"

#include <stdlib.h>

enum { ROWS_A_BLOCK = 8192, BLOCKS_A_THREAD = 4 };

struct writer {
    const struct stream_result *r;
    const uint32_t *order; /* NULL: by number */
    size_t n_rows;
    size_t first_block;
    struct buf *blocks;
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
        csv_put_float(b, x);
        break;
    case FIELD_TEXT:
        csv_put_text(b, k->known.names[code - 1].text, k->known.names[code - 1].size);
        break;
    }
}

static void
put_row(struct buf *b, const struct stream_result *r, uint32_t group)
{
    for (size_t k = 0; k < r->coder.n_keys; k++) {
        if (k > 0)
            buf_putc(b, ',');
        put_key(b, &r->coder.keys[k], coder_code(&r->coder, k, group));
    }
    for (size_t t = 0; t < r->program.n_terms; t++) {
        struct program_value v = program_value(&r->program, t, group);

        buf_putc(b, ',');
        if (v.integer)
            b->size += num_format_i64(v.i, (char *)buf_reserve(b, NUM_U64_SIZE));
        else
            csv_put_float(b, v.f);
    }
    buf_putc(b, '\n');
}

static void
put_block(void *context, size_t task)
{
    struct writer *w = context;
    size_t first = (w->first_block + task) * ROWS_A_BLOCK;
    size_t end = first + ROWS_A_BLOCK < w->n_rows ? first + ROWS_A_BLOCK : w->n_rows;

    w->blocks[task].size = 0;
    for (size_t i = first; i < end; i++)
        put_row(&w->blocks[task], w->r, w->order ? w->order[i] : (uint32_t)i + 1);
}

static void
put_header(const struct groupby *q, FILE *out)
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

bool
stream_write_csv(const struct stream_result *r, const struct groupby *q, unsigned threads,
                 FILE *out, struct error *err)
{
    size_t n_blocks = (size_t)threads * BLOCKS_A_THREAD;
    uint32_t *order = q->group.sort ? coder_sorted(&r->coder) : NULL;
    struct writer w = {r, order, r->coder.n_groups - 1, 0, NULL};
    size_t total = (w.n_rows + ROWS_A_BLOCK - 1) / ROWS_A_BLOCK;

    put_header(q, out);
    w.blocks = xcalloc(n_blocks, sizeof *w.blocks);
    for (; w.first_block < total && !ferror(out); w.first_block += n_blocks) {
        size_t now = total - w.first_block < n_blocks ? total - w.first_block : n_blocks;

        pool_run(threads, now, put_block, &w);
        for (size_t i = 0; i < now; i++)
            (void)fwrite(w.blocks[i].data, 1, w.blocks[i].size, out);
    }
    for (size_t i = 0; i < n_blocks; i++)
        buf_clear(&w.blocks[i]);
    free(w.blocks);
    free(order);
    return !ferror(out) || error_errno(err, "cannot write");
}
