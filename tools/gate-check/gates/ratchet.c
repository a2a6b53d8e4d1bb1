/* A list that may only shrink: known failures, ignored tests. */
#include "common/mem.h"
#include "gates/gates.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const char rule[] = "ratchet";

struct entry {
    const char *text; /* borrowed from the file; not terminated */
    size_t size;
    uint64_t line;
};

struct entries {
    struct entry *items; /* owned */
    size_t count, capacity;
};

static int
by_text(const void *a, const void *b)
{
    const struct entry *x = a, *y = b;
    size_t n = x->size < y->size ? x->size : y->size;
    int order = memcmp(x->text, y->text, n);

    return order ? order : (x->size > y->size) - (x->size < y->size);
}

/* Blank lines and comments are no entries. */
static void
read_entries(const struct input *in, struct entries *out)
{
    const char *text = (const char *)in->data, *end = text ? text + in->size : NULL;
    uint64_t line = 0;

    while (text < end) {
        const char *stop = memchr(text, '\n', (size_t)(end - text));
        struct entry e = {text, (size_t)((stop ? stop : end) - text), ++line};

        while (e.size > 0 && strchr(" \t\r", e.text[e.size - 1]))
            e.size--;
        while (e.size > 0 && strchr(" \t", e.text[0])) {
            e.text++;
            e.size--;
        }
        if (e.size > 0 && e.text[0] != '#') {
            if (out->count == out->capacity) {
                out->capacity = out->capacity ? 2 * out->capacity : 64;
                out->items = xrealloc(out->items, out->capacity, sizeof *out->items);
            }
            out->items[out->count++] = e;
        }
        text = (stop ? stop : end) + 1;
    }
    if (out->count > 1)
        qsort(out->items, out->count, sizeof *out->items, by_text);
}

static bool
has(const struct entries *list, const struct entry *e)
{
    return list->count > 0 && bsearch(e, list->items, list->count, sizeof *e, by_text);
}

void
gate_ratchet(struct judgement *j, const char *before, const char *after)
{
    struct evidence a = {.judgement = j, .file = before},
                    b = {.judgement = j, .file = after};
    struct entries old = {0}, new = {0};
    bool readable = evidence_open(&a, EVIDENCE_JSON_MAX);
    size_t removed = 0;

    if (evidence_open(&b, EVIDENCE_JSON_MAX) && readable) {
        read_entries(&a.input, &old);
        read_entries(&b.input, &new);
        for (size_t i = 0; i < new.count; i++)
            if (!has(&old, &new.items[i])) {
                char at[32];

                (void)snprintf(at, sizeof at, "line %" PRIu64, new.items[i].line);
                (void)judge(j, REASON_RATCHET_LOOSENED, rule, after, at, "added: %.*s",
                            (int)(new.items[i].size < 300 ? new.items[i].size : 300),
                            new.items[i].text);
            }
        for (size_t i = 0; i < old.count; i++)
            removed += !has(&new, &old.items[i]);
        if (removed > 0)
            (void)judge(j, REASON_OK, rule, after, "", "%zu entries removed", removed);
    }
    free(old.items);
    free(new.items);
    evidence_close(&a);
    evidence_close(&b);
}
