/*
 * A window of T octets slides over every part of the file that holds no symbol in its
 * place, and is looked up among the digests of the missing ones.  Where
 * one is found the window jumps behind it; where the next one then does not follow,
 * the symbols expected after it are tried at their distance first, because damage
 * in place is common and sliding over it is slow.
 */
#include "locate.h"

#include "common/mem.h"

#include <stdlib.h>
#include <string.h>

enum {
    LOOK_AHEAD = 16,   /* symbols tried at their distance */
    RELEASE = 64 << 20 /* octets after which mapped pages are let go */
};

#define NO_SYMBOL UINT64_MAX

/* Missing symbols by digest: chains in a table of heads. */
struct lost_index {
    uint64_t *head; /* owned; by digest, a power of two of them */
    uint64_t *next; /* owned; by symbol */
    uint64_t mask;
};

static void
index_build(struct lost_index *x, const struct checkup *c)
{
    uint64_t symbols = layout_source_symbols(&c->sidecar.head.layout), size = 16, digest;

    while (size < 2 * symbols)
        size *= 2;
    x->mask = size - 1;
    x->head = xrealloc(NULL, size, sizeof *x->head);
    x->next = xrealloc(NULL, symbols + 1, sizeof *x->next);
    memset(x->head, 0xff, size * sizeof *x->head);
    for (uint64_t i = symbols; i-- > 0;) {
        x->next[i] = NO_SYMBOL;
        if (c->at[i] != SYMBOL_LOST || !sidecar_digest(&c->sidecar, i, &digest) ||
            checkup_symbol_size(c, i) < c->sidecar.head.layout.T)
            continue;
        x->next[i] = x->head[digest & x->mask];
        x->head[digest & x->mask] = i;
    }
}

/* The first missing symbol with the digest of what is at `pos`; all such are set. */
static uint64_t
match_at(struct checkup *c, const struct lost_index *x, uint64_t pos)
{
    uint64_t digest = symbol_digest(c->source.map + pos, c->sidecar.head.layout.T);
    uint64_t first = NO_SYMBOL, other;

    for (uint64_t i = x->head[digest & x->mask]; i != NO_SYMBOL; i = x->next[i]) {
        if (!sidecar_digest(&c->sidecar, i, &other) || other != digest)
            continue;
        if (first == NO_SYMBOL)
            first = i;
        if (c->at[i] == SYMBOL_LOST)
            c->at[i] = pos;
    }
    return first;
}

/* pos is where the next symbol was expected and is not; where a later one is, or 0. */
static uint64_t
look_ahead(struct checkup *c, const struct lost_index *x, uint64_t pos, uint64_t end)
{
    uint32_t T = c->sidecar.head.layout.T;

    for (uint64_t k = 1; k <= LOOK_AHEAD; k++) {
        pos += T;
        if (pos + T > end)
            return 0;
        if (match_at(c, x, pos) != NO_SYMBOL)
            return pos + T;
    }
    return 0;
}

static void
slide(struct checkup *c, const struct lost_index *x, uint64_t pos, uint64_t end)
{
    uint32_t T = c->sidecar.head.layout.T;
    bool following = false;
    uint64_t released = pos;

    while (pos + T <= end) {
        uint64_t behind;

        if (pos - released > RELEASE) {
            source_release(&c->source);
            released = pos;
        }

        if (match_at(c, x, pos) != NO_SYMBOL) {
            following = true;
            pos += T;
            continue;
        }
        behind = following ? look_ahead(c, x, pos, end) : 0;
        following = behind > 0;
        pos = behind > 0 ? behind : pos + 1;
    }
}

/* The last symbol is short: it can only be at the end. */
static void
try_tail(struct checkup *c)
{
    const struct layout *l = &c->sidecar.head.layout;
    uint64_t last = layout_source_symbols(l) - 1, digest;
    size_t size = checkup_symbol_size(c, last);
    uint8_t padded[UINT16_MAX];

    if (c->at[last] != SYMBOL_LOST || size == l->T || c->source.size < size ||
        !sidecar_digest(&c->sidecar, last, &digest))
        return;
    memset(padded, 0, l->T);
    memcpy(padded, c->source.map + c->source.size - size, size);
    if (symbol_digest(padded, l->T) == digest)
        c->at[last] = c->source.size - size;
}

void
locate_moved(struct checkup *c)
{
    const struct layout *l = &c->sidecar.head.layout;
    uint64_t symbols = layout_source_symbols(l), gap = 0;
    struct lost_index x;

    if (symbols == 0 || c->source.size == 0)
        return;
    index_build(&x, c);
    for (uint64_t i = 0; i < symbols; i++) {
        if (c->at[i] != i * l->T)
            continue;
        if (gap < i * l->T)
            slide(c, &x, gap, i * l->T);
        gap = i * l->T + checkup_symbol_size(c, i);
    }
    slide(c, &x, gap, c->source.size);
    try_tail(c);
    free(x.head);
    free(x.next);
}
