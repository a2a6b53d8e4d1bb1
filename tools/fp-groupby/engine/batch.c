/* batch.c: from the fields of a window to codes, integers and floats. */
#include "engine/batch.h"

#include "common/mem.h"
#include "csv/number.h"

#include <math.h>
#include <stdlib.h>

enum { AHEAD = 32 }; /* keys that are looked up together, so that their misses overlap */

void
batch_reader_init(struct batch_reader *r, const struct batch_plan *plan, size_t number)
{
    *r = (struct batch_reader){.plan = plan, .number = number};
    r->dictionaries = xcalloc(plan->n_keys + 1, sizeof *r->dictionaries);
    for (size_t i = 0; i < plan->n_keys; i++)
        dictionary_init(&r->dictionaries[i]);
}

void
batch_reader_clear(struct batch_reader *r)
{
    window_clear(&r->window);
    free(r->spans);
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

    if (n > r->n_spans) {
        r->n_spans = n + n / 4;
        free(r->spans);
        r->spans = xcalloc(r->n_spans, sizeof *r->spans);
    }
    if (n <= b->capacity)
        return;
    b->capacity = n + n / 4;
    for (size_t i = 0; i < plan->n_keys; i++)
        b->keys[i].codes = xrealloc(b->keys[i].codes, b->capacity, sizeof(uint32_t));
    for (size_t i = 0; i < plan->n_values; i++)
        b->values[i].i = xrealloc(b->values[i].i, b->capacity, sizeof(int64_t));
}

/* The code of a key that the fast ways have not found. */
static uint32_t
add_key(struct dictionary *d, const uint8_t *text, struct span span)
{
    size_t size = span.end - span.begin;
    struct key key = key_of_text(text + span.begin, size);
    uint32_t code = dictionary_add(d, key, key_hash(key), text + span.begin, size);

    dictionary_number(d, text + span.begin, size, code);
    return code;
}

/* Codes of n <= AHEAD fields: first all keys and their lines, then the look-ups. */
static void
encode(struct dictionary *d, const uint8_t *text, const struct span *spans, size_t n,
       uint32_t *codes)
{
    struct key keys[AHEAD];
    uint64_t hashes[AHEAD];

    for (size_t i = 0; i < n; i++) {
        keys[i] = key_of_text(text + spans[i].begin, spans[i].end - spans[i].begin);
        hashes[i] = key_hash(keys[i]);
        dictionary_prefetch(d, hashes[i]);
    }
    for (size_t i = 0; i < n; i++)
        if (!dictionary_hit(d, keys[i], hashes[i], &codes[i]))
            codes[i] = add_key(d, text, spans[i]);
}

/* The same where keys are a prefix and a number. */
static void
encode_numbers(struct dictionary *d, const uint8_t *text, const struct span *spans,
               size_t n, uint32_t *codes)
{
    const struct key_numbers *k = &d->numbers;
    uint64_t ranks[AHEAD];

    for (size_t i = 0; i < n; i++) {
        ranks[i] = key_rank(k, text + spans[i].begin, spans[i].end - spans[i].begin);
        __builtin_prefetch(&k->codes[ranks[i] < k->n_codes ? ranks[i] : 0]);
    }
    for (size_t i = 0; i < n; i++) {
        uint32_t code = ranks[i] < k->n_codes ? k->codes[ranks[i]] : 0;

        codes[i] = code ? code - 1 : add_key(d, text, spans[i]);
    }
}

static void
read_key(struct batch_reader *r, size_t key, struct batch *b)
{
    struct dictionary *d = &r->dictionaries[key];
    struct batch_key *out = &b->keys[key];
    uint32_t known = d->n;

    for (size_t i = 0; i < b->n_rows; i += AHEAD) {
        size_t some = b->n_rows - i < AHEAD ? b->n_rows - i : AHEAD;

        if (d->numbers.used)
            encode_numbers(d, r->window.text, r->spans + i, some, out->codes + i);
        else
            encode(d, r->window.text, r->spans + i, some, out->codes + i);
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
read_integers(const uint8_t *text, const struct span *spans, size_t n, int64_t *out,
              uint64_t *bits)
{
    uint64_t seen = 0;

    for (size_t i = 0; i < n; i++) {
        const uint8_t *p = text + spans[i].begin;
        size_t size = spans[i].end - spans[i].begin;
        uint64_t word;

        if (!number_i64_short(p, size, &out[i]) && !number_i64(p, size, &out[i]))
            return false;
        word = (uint64_t)out[i];
        seen |= word ^ -(word >> 63); /* a negative x as -x - 1 */
    }
    *bits = seen;
    return true;
}

static bool
read_floats(const uint8_t *text, const struct span *spans, size_t n, double *out)
{
    for (size_t i = 0; i < n; i++) {
        const uint8_t *p = text + spans[i].begin;
        size_t size = spans[i].end - spans[i].begin;

        if (!number_f64_short(p, size, &out[i]) && !field_f64(p, size, &out[i]))
            return false;
    }
    return true;
}

static void
read_value(struct batch_reader *r, size_t value, struct batch *b)
{
    const uint8_t *text = r->window.text;

    if (r->plan->kinds[value] == FIELD_INT)
        b->widen[value] = !read_integers(text, r->spans, b->n_rows, b->values[value].i,
                                         &b->bits[value]);
    else if (!read_floats(text, r->spans, b->n_rows, b->values[value].f))
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
    if (b->failed || b->declined)
        return;
    make_room(b, r, w->n_rows);
    b->n_rows = w->n_rows;
    for (size_t k = 0; k < plan->n_keys; k++) {
        window_column(w, plan->src->n_columns, plan->keys[k], r->spans);
        read_key(r, k, b);
    }
    for (size_t v = 0; v < plan->n_values; v++) {
        window_column(w, plan->src->n_columns, plan->values[v], r->spans);
        read_value(r, v, b);
    }
}
