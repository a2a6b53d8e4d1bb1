/* batch.c: from the fields of a window to codes, integers and floats. */
#include "batch/batch.h"

#include "common/mem.h"
#include "csv/number.h"

#include <math.h>
#include <stdlib.h>

void
batch_reader_init(struct batch_reader *r, const struct batch_plan *plan, size_t number)
{
    *r = (struct batch_reader){.plan = plan, .number = number, .ops = fields_select()};
    r->dictionaries = xcalloc(plan->n_keys + 1, sizeof *r->dictionaries);
    for (size_t i = 0; i < plan->n_keys; i++)
        dictionary_init(&r->dictionaries[i]);
}

void
batch_reader_clear(struct batch_reader *r)
{
    window_clear(&r->window);
    free(r->room);
    for (size_t i = 0; r->plan && i < r->plan->n_keys; i++)
        dictionary_clear(&r->dictionaries[i]);
    free(r->dictionaries);
    *r = (struct batch_reader){0};
}

void
batch_init(struct batch *b, const struct batch_plan *plan)
{
    *b = (struct batch){0};
    b->keys = xcalloc(plan->n_keys + 1, sizeof *b->keys);
    b->values = xcalloc(plan->n_values + 1, sizeof *b->values);
    b->bits = xcalloc(plan->n_values + 1, sizeof *b->bits);
    b->widen = xcalloc(plan->n_values + 1, sizeof *b->widen);
}

void
batch_clear(struct batch *b, const struct batch_plan *plan)
{
    for (size_t i = 0; i < plan->n_keys; i++) {
        free(b->keys[i].codes);
        free(b->keys[i].fresh);
    }
    for (size_t i = 0; i < plan->n_values; i++)
        free(b->values[i].i);
    free(b->keys);
    free(b->values);
    free(b->bits);
    free(b->widen);
    *b = (struct batch){0};
}

static void
make_room(struct batch *b, struct batch_reader *r, size_t n)
{
    const struct batch_plan *plan = r->plan;

    if (r->window.quotes && n > r->room_rows) {
        r->room_rows = n + n / 4;
        r->room = xrealloc(r->room, 2 * r->room_rows, sizeof *r->room);
    }
    if (n <= b->capacity)
        return;
    b->capacity = n + n / 4;
    for (size_t i = 0; i < plan->n_keys; i++)
        b->keys[i].codes = xrealloc(b->keys[i].codes, b->capacity, sizeof(uint32_t));
    for (size_t i = 0; i < plan->n_values; i++)
        b->values[i].i = xrealloc(b->values[i].i, b->capacity, sizeof(int64_t));
}

/* The codes of some fields: first all keys and their lines, then the look-ups. */
static void
look_up(struct dictionary *d, const struct fields *f, size_t first, uint64_t rows,
        uint32_t *codes)
{
    struct key keys[FIELDS_BLOCK];
    uint64_t hashes[FIELDS_BLOCK];

    for (uint64_t left = rows; left; left &= left - 1) {
        size_t i = (size_t)__builtin_ctzll(left);
        struct span s = fields_span(f, first + i);

        keys[i] = key_of_text(f->text + s.begin, s.end - s.begin);
        hashes[i] = key_hash(keys[i]);
        dictionary_prefetch(d, hashes[i]);
    }
    for (uint64_t left = rows; left; left &= left - 1) {
        size_t i = (size_t)__builtin_ctzll(left);
        struct span s = fields_span(f, first + i);
        const uint8_t *text = f->text + s.begin;
        bool hit = dictionary_hit(d, keys[i], hashes[i], &codes[i]);

        if (!hit)
            codes[i] = dictionary_add(d, keys[i], hashes[i], text, s.end - s.begin);
        if (!hit || d->numbers.used)
            dictionary_number(d, text, s.end - s.begin, codes[i]);
    }
}

static void
read_key(struct batch_reader *r, size_t key, const struct fields *f, struct batch *b)
{
    struct dictionary *d = &r->dictionaries[key];
    struct batch_key *out = &b->keys[key];
    uint32_t known = d->n;

    for (size_t i = 0; i < b->n_rows; i += FIELDS_BLOCK) {
        size_t some = b->n_rows - i < FIELDS_BLOCK ? b->n_rows - i : FIELDS_BLOCK;
        uint64_t rows = some < FIELDS_BLOCK ? (UINT64_C(1) << some) - 1 : UINT64_MAX;

        if (d->numbers.used)
            rows = r->ops->codes(f, i, some, &d->numbers, out->codes + i);
        look_up(d, f, i, rows, out->codes + i);
    }
    out->n_fresh = d->n - known;
    if (out->n_fresh > out->fresh_capacity) {
        out->fresh_capacity = out->n_fresh + out->n_fresh / 4;
        out->fresh = xrealloc(out->fresh, out->fresh_capacity, sizeof *out->fresh);
    }
    if (out->n_fresh)
        memcpy(out->fresh, d->names + known, out->n_fresh * sizeof *out->fresh);
}

static bool
read_integers(const struct fields_ops *ops, const struct fields *f, size_t n,
              int64_t *out, uint64_t *bits)
{
    uint64_t seen = 0;

    for (size_t i = 0; i < n; i += FIELDS_BLOCK) {
        size_t some = n - i < FIELDS_BLOCK ? n - i : FIELDS_BLOCK;
        uint64_t left = ops->integers(f, i, some, out + i, &seen);

        for (; left; left &= left - 1) {
            size_t row = i + (size_t)__builtin_ctzll(left);
            struct span s = fields_span(f, row);
            uint64_t word;

            if (!number_i64(f->text + s.begin, s.end - s.begin, &out[row]))
                return false;
            word = (uint64_t)out[row];
            seen |= word ^ -(word >> 63); /* a negative x as -x - 1 */
        }
    }
    *bits = seen;
    return true;
}

static bool
read_floats(const struct fields_ops *ops, const struct fields *f, size_t n, double *out)
{
    for (size_t i = 0; i < n; i += FIELDS_BLOCK) {
        size_t some = n - i < FIELDS_BLOCK ? n - i : FIELDS_BLOCK;
        uint64_t left = ops->floats(f, i, some, out + i);

        for (; left; left &= left - 1) {
            size_t row = i + (size_t)__builtin_ctzll(left);
            struct span s = fields_span(f, row);

            if (!field_f64(f->text + s.begin, s.end - s.begin, &out[row]))
                return false;
        }
    }
    return true;
}

static void
read_value(struct batch_reader *r, size_t value, const struct fields *f, struct batch *b)
{
    union batch_value out = b->values[value];

    if (r->plan->kinds[value] == FIELD_INT)
        b->widen[value] = !read_integers(r->ops, f, b->n_rows, out.i, &b->bits[value]);
    else if (!read_floats(r->ops, f, b->n_rows, out.f))
        b->declined = "a column to aggregate is not of plain numbers";
}

void
batch_read(struct batch_reader *r, size_t i, uint64_t start, struct batch *b)
{
    const struct batch_plan *plan = r->plan;
    struct window *w = &r->window;

    b->reader = r->number;
    b->n_rows = 0;
    b->failed = !window_read(w, plan->src, i, start, &b->declined, &b->error);
    b->start = w->start;
    b->stop = w->stop;
    if (b->failed || b->declined || w->n_rows == 0)
        return;
    make_room(b, r, w->n_rows);
    b->n_rows = w->n_rows;
    for (size_t k = 0; k < plan->n_keys; k++) {
        struct fields f = window_fields(w, plan->src->n_columns, plan->keys[k], r->room);

        read_key(r, k, &f, b);
    }
    for (size_t v = 0; v < plan->n_values; v++) {
        struct fields f =
            window_fields(w, plan->src->n_columns, plan->values[v], r->room);

        read_value(r, v, &f, b);
    }
}
