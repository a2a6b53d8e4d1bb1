/*
 * probe.c: a window a task: check, look up, print; written in order.
 *
 * A window whose rows meet very many prints as much as may wait; what follows
 * is printed in its turn, and written as it comes.
 */
#include "merge/probe.h"

#include "common/mem.h"
#include "engine/pipeline.h"

#include <errno.h>
#include <stdlib.h>

enum {
    AHEAD = 16, /* rows whose keys are looked up together, so that their misses
                   overlap */
    COPY = PROBE_COPY,
};

struct probe_slot {
    struct checked checked;
    struct buf out;
    struct buf row; /* of the first file */
    uint64_t n_out;
    size_t next_row; /* to be printed */
    uint32_t onward; /* 0, or where the chain of that row was left */
    bool unmatched, several;
};

struct prober {
    struct probe *p;
    struct probe_slot *slots;
    bool failed;
    int why; /* errno of what failed */
};

/* First rows that n <= AHEAD rows meet. */
static void
find_integers(const struct probe *p, const struct probe_slot *slot, size_t row, size_t n,
              uint32_t *met)
{
    int64_t keys[AHEAD] = {0};
    bool valid[AHEAD];

    for (size_t i = 0; i < n; i++) {
        struct span f = side_field(&p->side, &slot->checked, row + i, p->side.keys[0]);
        const uint8_t *text = slot->checked.window.text + f.begin;

        valid[i] = number_i64_short(text, f.end - f.begin, &keys[i]) ||
                   number_i64(text, f.end - f.begin, &keys[i]);
        build_prefetch_integer(p->build, keys[i]);
    }
    for (size_t i = 0; i < n; i++) {
        met[i] = valid[i] ? build_find_integer(p->build, keys[i]) : 0;
        if (met[i])
            __builtin_prefetch(&p->build->rows[met[i] - 1]);
    }
}

static void
find_texts(const struct probe *p, struct probe_slot *slot, size_t row, size_t n,
           uint32_t *met)
{
    for (size_t i = 0; i < n; i++)
        met[i] =
            build_find(p->build, side_key(&p->side, &slot->checked, row + i, &slot->row));
}

/* right: what follows the left row, a comma in front. */
static void
put_pair(struct buf *out, const uint8_t *left, size_t left_size, const uint8_t *right,
         size_t right_size)
{
    uint8_t *to = buf_reserve(out, left_size + right_size + 2 + 2 * COPY);
    uint8_t *start = to;

    memcpy(to, left, left_size < COPY ? COPY : left_size);
    to += left_size;
    memcpy(to, right, right_size < COPY ? COPY : right_size);
    to += right_size;
    *to++ = '\n';
    out->size += (size_t)(to - start);
}

/* The row of the first file as it prints; COPY octets may be read from there.
 */
static const uint8_t *
left_row(const struct probe *p, struct probe_slot *slot, size_t row, size_t *size)
{
    const struct window *w = &slot->checked.window;
    const uint32_t *ends = w->index + 1 + row * p->side.source.n_columns;

    if (!slot->checked.odd[row]) {
        const uint8_t *start = w->text + (uint32_t)(ends[-1] + 1);

        *size = (size_t)(w->text + ends[p->side.source.n_columns - 1] - start);
        return start;
    }
    slot->row.size = 0;
    side_put_row(&slot->row, &p->side, &slot->checked, row);
    *size = slot->row.size;
    memset(buf_reserve(&slot->row, COPY), 0, COPY);
    return slot->row.data;
}

/* Room for a record's head, filled in when its text is there. */
static size_t
begin_record(const struct probe *p, struct probe_slot *slot)
{
    size_t start = slot->out.size;

    if (p->part != PROBE_WHOLE) {
        (void)buf_reserve(&slot->out, sizeof(struct probe_record));
        slot->out.size += sizeof(struct probe_record);
    }
    return start;
}

static void
end_record(const struct probe *p, struct probe_slot *slot, size_t start, size_t row,
           uint64_t n)
{
    size_t text = start + sizeof(struct probe_record);
    struct probe_record record;

    if (p->part == PROBE_WHOLE)
        return;
    record = (struct probe_record){(uint32_t)row, (uint32_t)(slot->out.size - text), n};
    memcpy(slot->out.data + start, &record, sizeof record);
}

/* One row and all it meets.  False: more wait now than may; slot->onward is
 * left. */
static bool
put_rows(const struct probe *p, struct probe_slot *slot, size_t row, uint32_t met)
{
    const struct build *b = p->build;
    size_t left_size;
    const uint8_t *left;
    uint32_t size;
    uint64_t before = slot->n_out;
    size_t start;

    slot->several |= met && b->next[met - 1];
    slot->unmatched |= !met;
    if (!met && (!p->keep_all || p->part == PROBE_LATER_PART))
        return true;
    if (!p->out) {
        slot->n_out += met ? b->onward[met - 1] : 1;
        return true;
    }
    left = left_row(p, slot, row, &left_size);
    start = begin_record(p, slot);
    if (!met) {
        put_pair(&slot->out, left, left_size, p->none.data, p->none.size);
        slot->n_out += p->part == PROBE_WHOLE;
    }
    for (; met && slot->out.size < p->hold; met = b->next[met - 1], slot->n_out++) {
        const uint8_t *right = build_row(b, met, &size);

        put_pair(&slot->out, left, left_size, right, size);
    }
    end_record(p, slot, start, row, slot->n_out - before);
    slot->onward = met;
    return !met;
}

/* From where the slot was left, up to the end or as much as may wait. */
static void
print_window(const struct probe *p, struct probe_slot *slot)
{
    size_t n = slot->checked.window.n_rows;
    bool by_integer = build_by_integer(&p->side);

    while (slot->next_row < n) {
        size_t row = slot->next_row;
        size_t some = slot->onward ? 1 : n - row < AHEAD ? n - row : AHEAD;
        uint32_t met[AHEAD] = {slot->onward};

        if (!slot->onward && by_integer)
            find_integers(p, slot, row, some, met);
        else if (!slot->onward)
            find_texts(p, slot, row, some, met);
        for (size_t k = 0; k < some; k++)
            if (met[k])
                __builtin_prefetch(p->build->rows[met[k] - 1] - 4);
        for (size_t k = 0; k < some; k++, slot->next_row++)
            if (!put_rows(p, slot, row + k, met[k]))
                return;
    }
}

static void
probe_window(void *context, size_t thread, size_t i, size_t at)
{
    struct prober *q = context;
    struct probe *p = q->p;
    struct probe_slot *slot = &q->slots[at];

    (void)thread;
    side_check(&p->side, i, &slot->checked);
    slot->out.size = slot->n_out = slot->next_row = 0;
    slot->onward = 0;
    slot->unmatched = slot->several = false;
    if (!slot->checked.failed && !slot->checked.declined &&
        build_by_integer(&p->side) == build_by_integer(&p->build->side))
        print_window(p, slot);
}

static bool
same_keys(const struct side *a, const struct side *b)
{
    for (size_t i = 0; i < a->n_keys; i++)
        if (a->images[a->keys[i]].kind != b->images[b->keys[i]].kind ||
            a->images[a->keys[i]].kind == FIELD_FLOAT)
            return false;
    return true;
}

/* What the window has printed, and has not yet. */
static bool
write_window(const struct probe *p, struct probe_slot *slot)
{
    const struct probe_record head = {PROBE_WINDOW, (uint32_t)slot->checked.window.n_rows,
                                      0};

    if (p->part != PROBE_WHOLE && fwrite(&head, sizeof head, 1, p->out) != 1)
        return false;
    for (;;) {
        if (p->out && slot->out.size > 0 &&
            fwrite(slot->out.data, 1, slot->out.size, p->out) != slot->out.size)
            return false;
        if (slot->next_row == slot->checked.window.n_rows)
            return true;
        slot->out.size = 0;
        print_window(p, slot);
    }
}

static bool
take_window(void *context, size_t at)
{
    struct prober *q = context;
    struct probe *p = q->p;
    struct probe_slot *slot = &q->slots[at];

    if (!side_learn(&p->side, &slot->checked))
        return false;
    if (!same_keys(&p->side, &p->build->side)) {
        p->side.declined = "keys of different types, or of floats";
        return false;
    }
    q->failed = !write_window(p, slot);
    if (q->failed)
        q->why = errno;
    p->n_rows += slot->checked.window.n_rows;
    p->n_out += slot->n_out;
    p->unmatched |= slot->unmatched;
    p->several |= slot->several;
    return !q->failed;
}

bool
probe_run(struct probe *p, struct error *err)
{
    struct prober q = {.p = p};
    struct pipeline pipeline = {.threads = p->side.in_turn ? 1 : p->threads,
                                .count = window_count(&p->side.source),
                                .label = "joining",
                                .octets = p->side.source.size,
                                .produce = probe_window,
                                .consume = take_window,
                                .context = &q};

    side_begin(&p->side);
    p->n_rows = p->n_out = 0;
    p->unmatched = p->several = false;
    pipeline.n_slots = pipeline_slots(pipeline.threads);
    q.slots = xcalloc(pipeline.n_slots, sizeof *q.slots);
    pipeline_run(&pipeline);
    for (size_t i = 0; i < pipeline.n_slots; i++) {
        checked_clear(&q.slots[i].checked);
        buf_clear(&q.slots[i].out);
        buf_clear(&q.slots[i].row);
    }
    free(q.slots);
    if (q.failed) {
        errno = q.why;
        return error_errno(err, p->part == PROBE_WHOLE ? "cannot write"
                                                       : "cannot write a temporary file");
    }
    if (p->side.failed)
        *err = p->side.error;
    return !p->side.failed;
}
