/* side.c: see side.h. */
#include "merge/side.h"

#include "batch/dictionary.h"
#include "common/mem.h"

#include <stdlib.h>

bool
side_open(struct side *s, const char *path, const char *const *keys, size_t n_keys,
          const char **declined, struct error *err)
{
    *s = (struct side){.n_keys = n_keys};
    if (!csv_source_open(&s->source, path, ',', declined, err))
        return false;
    if (*declined)
        return true;
    s->images = xcalloc(s->source.n_columns, sizeof *s->images);
    s->learned = xcalloc(s->source.n_columns, sizeof *s->learned);
    s->shown = xcalloc(s->source.n_columns, sizeof *s->shown);
    s->keys = xcalloc(n_keys + 1, sizeof *s->keys);
    for (size_t i = 0; i < s->source.n_columns; i++) {
        s->images[i].column = i;
        s->shown[i] = true;
    }
    for (size_t i = 0; i < n_keys; i++) {
        int64_t at = csv_source_find(&s->source, keys[i]);

        if (at < 0)
            *declined = "a key is no column of the file";
        s->keys[i] = at < 0 ? 0 : (size_t)at;
    }
    return true;
}

void
side_close(struct side *s)
{
    csv_source_close(&s->source);
    free(s->images);
    free(s->learned);
    free(s->shown);
    free(s->keys);
    *s = (struct side){.source = {.fd = -1}};
}

void
side_begin(struct side *s)
{
    s->behind = s->source.body;
    for (size_t i = 0; i < s->source.n_columns; i++) {
        s->images[i].kind = s->learned[i].kind;
        s->learned[i] = s->images[i];
    }
    s->again = false;
}

void
checked_clear(struct checked *c)
{
    window_clear(&c->window);
    free(c->room);
    free(c->odd);
    free(c->found);
    *c = (struct checked){0};
}

static void
make_room(struct checked *c, size_t n_columns)
{
    if (!c->found)
        c->found = xcalloc(n_columns, sizeof *c->found);
    if (c->window.n_rows > c->capacity) {
        c->capacity = c->window.n_rows + c->window.n_rows / 4;
        c->room = xrealloc(c->room, 2 * c->capacity, sizeof *c->room);
        c->odd = xrealloc(c->odd, c->capacity, 1);
    }
    if (c->window.n_rows)
        memset(c->odd, 0, c->window.n_rows);
}

void
side_check(const struct side *s, size_t i, struct checked *c)
{
    struct window *w = &c->window;

    c->declined = NULL;
    c->failed = !window_read(w, &s->source, i, s->in_turn ? s->behind : WINDOW_GUESS,
                             &c->declined, &c->error);
    if (c->failed || c->declined)
        return;
    make_room(c, s->source.n_columns);
    for (size_t k = 0; k < s->source.n_columns; k++) {
        struct fields fields = window_fields(w, s->source.n_columns, k, c->room);

        image_check(&s->images[k], w, &fields, c->odd, &c->found[k]);
    }
}

bool
side_learn(struct side *s, const struct checked *c)
{
    if (c->window.start != s->behind) {
        s->in_turn = s->again = true; /* the window began inside quotes */
        return false;
    }
    s->behind = c->window.stop;
    s->failed = c->failed;
    s->declined = c->declined;
    if (c->failed)
        s->error = c->error;
    if (c->failed || c->declined)
        return false;
    for (size_t k = 0; k < s->source.n_columns && c->window.n_rows > 0; k++) {
        struct image *image = &s->learned[k];

        image->seen_text |= c->found[k].seen_text;
        if (c->found[k].declined)
            s->declined = c->found[k].declined;
        if (c->found[k].kind > image->kind) {
            image->kind = c->found[k].kind;
            s->again = true;
        }
    }
    return !s->again && !s->declined;
}

bool
side_in_doubt(const struct side *s)
{
    for (size_t k = 0; k < s->source.n_columns; k++)
        if (s->learned[k].kind == FIELD_TEXT && !s->learned[k].seen_text)
            return true;
    return false;
}

struct span
side_field(const struct side *s, const struct checked *c, size_t row, size_t column)
{
    const struct window *w = &c->window;
    const uint32_t *end = w->index + 1 + row * s->source.n_columns + column;
    struct span f = {end[-1] + 1, end[0]};

    if (w->quotes && f.begin < f.end && w->text[f.begin] == '"') {
        f.begin++;
        f.end--;
    }
    return f;
}

struct key_name
side_key(const struct side *s, const struct checked *c, size_t row, struct buf *scratch)
{
    const struct window *w = &c->window;
    struct span f = side_field(s, c, row, s->keys[0]);
    uint32_t size = f.end - f.begin;

    if (s->n_keys == 1 && !number_is_na(w->text + f.begin, size))
        return (struct key_name){(const char *)w->text + f.begin, size};
    scratch->size = 0;
    for (size_t i = 0; i < s->n_keys; i++) {
        struct image plain = s->images[s->keys[i]];
        size_t start = scratch->size;

        f = side_field(s, c, row, s->keys[i]);
        plain.promoted = false;
        buf_put(scratch, "\xff\xff\xff\xff", 4); /* as no text begins: missing */
        if (number_is_na(w->text + f.begin, f.end - f.begin))
            continue;
        image_put(scratch, &plain, w->text + f.begin, f.end - f.begin);
        size = (uint32_t)(scratch->size - start - 4);
        memcpy(scratch->data + start, &size, 4);
    }
    return (struct key_name){(const char *)scratch->data, scratch->size};
}

/* Runs of shown columns are copied whole, their commas with them. */
static void
put_as_it_is(struct buf *b, const struct side *s, const uint32_t *ends,
             const uint8_t *text)
{
    for (size_t k = 0; k < s->source.n_columns; k++) {
        uint32_t begin = ends[(ptrdiff_t)k - 1] + 1; /* modulo 2^32: 0 for the first */

        if (!s->shown[k])
            continue;
        while (k + 1 < s->source.n_columns && s->shown[k + 1])
            k++;
        buf_put(b, text + begin, ends[k] - begin);
        buf_putc(b, ',');
    }
}

void
side_put_row(struct buf *b, const struct side *s, const struct checked *c, size_t row)
{
    const struct window *w = &c->window;
    size_t start = b->size;

    if (!c->odd[row])
        put_as_it_is(b, s, w->index + 1 + row * s->source.n_columns, w->text);
    else
        for (size_t k = 0; k < s->source.n_columns; k++) {
            struct span f = side_field(s, c, row, k);

            if (!s->shown[k])
                continue;
            image_put(b, &s->images[k], w->text + f.begin, f.end - f.begin);
            buf_putc(b, ',');
        }
    if (b->size > start)
        b->size--; /* the last comma */
}
