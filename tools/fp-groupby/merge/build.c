/* build.c: windows are printed on threads; rows and keys are noted in order. */
#include "merge/build.h"

#include "common/mem.h"
#include "engine/pipeline.h"

#include <stdlib.h>

enum {
    ROW_SLACK = 64,       /* octets behind a chunk that may be read */
    SPREAD_MOST = 4,      /* by value: places a row at most */
    SPREAD_FREE = 1 << 20 /* and so many in any case */
};

struct build_slot {
    struct checked checked;
    struct buf text;
    uint32_t *offsets; /* owned; of rows in the text */
    int64_t *integers; /* owned */
    size_t capacity;
};

static const uint8_t nothing[1];

struct loader {
    struct build *build;
    struct build_slot *slots;
    size_t first;  /* window of this pass */
    bool learning; /* types only, of all windows */
};

static void
print_rows(const struct build *b, struct build_slot *slot)
{
    const struct side *s = &b->side;
    bool by_integer = build_by_integer(s);
    size_t n = slot->checked.window.n_rows;

    if (n > slot->capacity) {
        slot->capacity = n + n / 4;
        slot->offsets = xrealloc(slot->offsets, slot->capacity, sizeof *slot->offsets);
        slot->integers = xrealloc(slot->integers, slot->capacity, sizeof *slot->integers);
    }
    slot->text = (struct buf){0};
    (void)buf_reserve(&slot->text, slot->checked.window.stop -
                                       slot->checked.window.start + 5 * n + ROW_SLACK);
    for (size_t i = 0; i < n; i++) {
        size_t start = slot->text.size;
        uint32_t size;

        buf_put(&slot->text, "\0\0\0\0,", 5);
        side_put_row(&slot->text, s, &slot->checked, i);
        slot->text.size -= !b->shown;
        size = (uint32_t)(slot->text.size - start - 4);
        memcpy(slot->text.data + start, &size, 4);
        slot->offsets[i] = (uint32_t)start + 4;
        if (by_integer) {
            struct span f = side_field(s, &slot->checked, i, s->keys[0]);

            if (!number_i64(slot->checked.window.text + f.begin, f.end - f.begin,
                            &slot->integers[i]))
                slot->integers[i] = 0; /* the column is found not to be of integers */
        }
    }
    memset(buf_reserve(&slot->text, ROW_SLACK), 0, ROW_SLACK);
}

static void
load_window(void *context, size_t thread, size_t i, size_t at)
{
    struct loader *l = context;
    struct build_slot *slot = &l->slots[at];

    (void)thread;
    side_check(&l->build->side, l->first + i, &slot->checked);
    if (!l->learning && !slot->checked.failed && !slot->checked.declined)
        print_rows(l->build, slot);
}

static void
make_room(struct build *b, size_t n)
{
    if (b->n_chunks == b->chunks_capacity) {
        b->chunks_capacity = 2 * b->chunks_capacity + 64;
        b->chunks = xrealloc(b->chunks, b->chunks_capacity, sizeof *b->chunks);
    }
    if (b->n_rows + n <= b->capacity)
        return;
    b->capacity = 2 * (b->n_rows + n);
    b->rows = xrealloc(b->rows, b->capacity, sizeof *b->rows);
    if (build_by_integer(&b->side))
        b->integers = xrealloc(b->integers, b->capacity, sizeof *b->integers);
    else
        b->codes = xrealloc(b->codes, b->capacity, sizeof *b->codes);
}

static uint32_t
code_of_text(struct build *b, struct key_name name)
{
    struct key key = key_of_name(name);

    return dictionary_add(&b->known, key, key_hash(key), (const uint8_t *)name.text,
                          name.size);
}

/* Octets it takes by now, with the chains of rows that are made in the end. */
static uint64_t
size_of(const struct build *b)
{
    /* Pointer, key and code with room to grow, links; integers may get a dictionary. */
    const uint64_t a_row = build_by_integer(&b->side) ? 128 : 56;

    return b->text_size + a_row * b->n_rows + 4 * (uint64_t)SPREAD_FREE +
           dictionary_size(&b->known);
}

/* False: no more windows are wanted. */
static bool
note_window(struct build *b)
{
    b->next_window++;
    b->partial = b->memory > 0 && size_of(b) > b->memory &&
                 b->next_window < window_count(&b->side.source);
    return !b->partial;
}

static bool
take_window(void *context, size_t at)
{
    struct loader *l = context;
    struct build *b = l->build;
    struct build_slot *slot = &l->slots[at];
    size_t n = slot->checked.window.n_rows;
    struct buf scratch = {0};

    if (!side_learn(&b->side, &slot->checked)) {
        buf_clear(&slot->text);
        return false;
    }
    if (l->learning)
        return true;
    make_room(b, n);
    for (size_t i = 0; i < n; i++)
        b->rows[b->n_rows + i] = slot->text.data + slot->offsets[i];
    if (build_by_integer(&b->side) && n > 0)
        memcpy(b->integers + b->n_rows, slot->integers, n * sizeof *b->integers);
    else
        for (size_t i = 0; i < n; i++)
            b->codes[b->n_rows + i] =
                code_of_text(b, side_key(&b->side, &slot->checked, i, &scratch));
    b->n_rows += n;
    b->text_size += slot->text.capacity;
    b->chunks[b->n_chunks++] = slot->text;
    slot->text = (struct buf){0};
    buf_clear(&scratch);
    return note_window(b);
}

void
build_clear(struct build *b)
{
    for (size_t i = 0; i < b->n_chunks; i++)
        buf_clear(&b->chunks[i]);
    free(b->chunks);
    free(b->rows);
    free(b->codes);
    free(b->integers);
    free(b->first);
    free(b->next);
    free(b->onward);
    dictionary_clear(&b->known);
    *b = (struct build){.side = b->side,
                        .shown = b->shown,
                        .memory = b->memory,
                        .next_window = b->next_window};
}

enum pass { PASS_ALL, PASS_ONWARD, PASS_LEARN };

static void
run_pass(struct build *b, unsigned threads, enum pass pass)
{
    struct loader l = {.build = b, .learning = pass == PASS_LEARN};
    struct pipeline p = {.threads = b->side.in_turn ? 1 : threads,
                         .label = "reading",
                         .octets = b->side.source.size,
                         .produce = load_window,
                         .consume = take_window,
                         .context = &l};

    build_clear(b);
    dictionary_init(&b->known);
    if (pass != PASS_ONWARD) {
        side_begin(&b->side);
        b->next_window = 0;
    }
    l.first = b->next_window;
    p.count = window_count(&b->side.source) - l.first;
    p.n_slots = pipeline_slots(p.threads);
    l.slots = xcalloc(p.n_slots, sizeof *l.slots);
    pipeline_run(&p);
    for (size_t i = 0; i < p.n_slots; i++) {
        checked_clear(&l.slots[i].checked);
        buf_clear(&l.slots[i].text);
        free(l.slots[i].offsets);
        free(l.slots[i].integers);
    }
    free(l.slots);
}

/* A pass, and another one as long as types turn out wider. */
static void
run_passes(struct build *b, unsigned threads, enum pass pass)
{
    do {
        run_pass(b, threads, pass);
    } while (b->side.again);
}

static struct key
key_of_integer(int64_t value)
{
    return (struct key){(uint64_t)value, 1};
}

/* Integers close together are their own codes. */
static void
code_integers(struct build *b)
{
    uint64_t spread;

    b->least = b->most = b->n_rows ? b->integers[0] : 0;
    for (size_t i = 0; i < b->n_rows; i++) {
        if (b->integers[i] < b->least)
            b->least = b->integers[i];
        if (b->integers[i] > b->most)
            b->most = b->integers[i];
    }
    spread = (uint64_t)b->most - (uint64_t)b->least;
    b->by_value = spread < SPREAD_FREE + SPREAD_MOST * (uint64_t)b->n_rows;
    b->codes = xrealloc(b->codes, b->n_rows + 1, sizeof *b->codes);
    for (size_t i = 0; i < b->n_rows; i++) {
        struct key key = key_of_integer(b->integers[i]);

        b->codes[i] = b->by_value
                          ? (uint32_t)(b->integers[i] - b->least)
                          : dictionary_add(&b->known, key, key_hash(key), nothing, 0);
    }
    b->n_codes = b->by_value ? (size_t)spread + 1 : b->known.n;
    free(b->integers);
    b->integers = NULL;
}

/* Rows of one key become a chain; from the last row on, so that chains ascend.
 */
static void
chain_rows(struct build *b)
{
    b->first = xlarge((b->n_codes + 1) * sizeof *b->first);
    memset(b->first, 0, (b->n_codes + 1) * sizeof *b->first);
    b->next = xcalloc(b->n_rows + 1, sizeof *b->next);
    for (size_t i = b->n_rows; i-- > 0;) {
        b->next[i] = b->first[b->codes[i]];
        b->first[b->codes[i]] = (uint32_t)i + 1;
    }
    free(b->codes);
    b->codes = NULL;
}

uint32_t
build_count(struct build *b)
{
    uint32_t most = 0;

    if (!b->onward)
        b->onward = xcalloc(b->n_rows + 1, sizeof *b->onward);
    for (size_t i = b->n_rows; i-- > 0;) {
        b->onward[i] = 1 + (b->next[i] ? b->onward[b->next[i] - 1] : 0);
        most = b->onward[i] > most ? b->onward[i] : most;
    }
    return most;
}

/* Rows that have been read become findable. */
static bool
finish(struct build *b, struct error *err)
{
    if (b->side.failed) {
        *err = b->side.error;
        return false;
    }
    if (b->n_rows >= UINT32_MAX / SPREAD_MOST - SPREAD_FREE)
        b->side.declined = "more rows than 32 bits count";
    if (b->side.declined)
        return true;
    if (build_by_integer(&b->side))
        code_integers(b);
    else
        b->n_codes = b->known.n;
    chain_rows(b);
    return true;
}

bool
build_load(struct build *b, unsigned threads, struct error *err)
{
    run_passes(b, threads, PASS_ALL);
    if (b->partial && !b->side.failed && !b->side.declined) {
        /* A later part must not tell that this one prints otherwise. */
        run_passes(b, threads, PASS_LEARN);
        for (size_t k = 0; k < b->side.source.n_columns; k++)
            b->side.images[k].seen_text = b->side.learned[k].seen_text;
        if (!b->side.failed && !b->side.declined)
            run_passes(b, threads, PASS_ALL);
    }
    return finish(b, err);
}

bool
build_load_more(struct build *b, unsigned threads, struct error *err)
{
    run_pass(b, threads, PASS_ONWARD);
    if (b->side.again)
        b->side.declined = "the file has changed";
    return finish(b, err);
}

uint32_t
build_find(const struct build *b, struct key_name name)
{
    struct key key = key_of_name(name);
    uint32_t code;

    return dictionary_find(&b->known, key, key_hash(key), (const uint8_t *)name.text,
                           name.size, &code)
               ? b->first[code]
               : 0;
}

uint32_t
build_find_integer(const struct build *b, int64_t value)
{
    struct key key = key_of_integer(value);
    uint32_t code;

    if (b->by_value)
        return value >= b->least && value <= b->most ? b->first[value - b->least] : 0;
    return dictionary_find(&b->known, key, key_hash(key), nothing, 0, &code)
               ? b->first[code]
               : 0;
}
