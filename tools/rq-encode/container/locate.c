/*
 * A window of T octets slides over every part of the file that holds no symbol in its
 * place, and is looked up among the digests of the missing ones.  Where
 * one is found the window jumps behind it; where the next one then does not follow,
 * the symbols expected after it are tried at their distance first, because damage
 * in place is common and sliding over it is slow.
 */
#include "locate.h"

#include "common/mem.h"
#include "files/mapping.h"

#include <stdlib.h>
#include <string.h>

enum {
    LOOK_AHEAD = 16, /* symbols tried at their distance */
    FILTER_SHARE = 8 /* bits of the filter a symbol */
};

#define NO_SYMBOL UINT64_MAX

/* Missing symbols by digest: chains in a table of heads. */
struct lost_index {
    struct scratch heads, nexts, bits; /* owned; what the next three point to */
    uint64_t *head;                    /* by digest, a power of two of them */
    uint64_t *next;                    /* by symbol */
    uint8_t *filter; /* a bit by other bits of the digest: not set, not there */
    uint64_t mask;
};

static bool
filter_has(const struct lost_index *x, uint64_t digest)
{
    uint64_t bit = (digest >> 20) & (FILTER_SHARE / 2 * (x->mask + 1) - 1);

    return x->filter[bit / 8] >> (bit % 8) & 1;
}

static void
filter_set(struct lost_index *x, uint64_t digest)
{
    uint64_t bit = (digest >> 20) & (FILTER_SHARE / 2 * (x->mask + 1) - 1);

    x->filter[bit / 8] |= (uint8_t)(1u << (bit % 8));
}

static bool
index_alloc(struct lost_index *x, uint64_t symbols, uint64_t memory, struct error *err)
{
    uint64_t size = 16;

    while (size < 2 * symbols)
        size *= 2;
    *x = (struct lost_index){.mask = size - 1};
    if (!scratch_alloc(&x->heads, size * sizeof *x->head, memory / 16, err) ||
        !scratch_alloc(&x->nexts, (symbols + 1) * sizeof *x->next, memory / 16, err) ||
        !scratch_alloc(&x->bits, FILTER_SHARE / 2 * size / 8, memory / 16, err))
        return false;
    x->head = (uint64_t *)(void *)x->heads.data;
    x->next = (uint64_t *)(void *)x->nexts.data;
    x->filter = x->bits.data;
    for (uint64_t i = 0; i < size; i++) {
        x->head[i] = NO_SYMBOL;
        mapping_touched(sizeof *x->head);
    }
    return true;
}

static void
index_clear(struct lost_index *x)
{
    scratch_free(&x->heads);
    scratch_free(&x->nexts);
    scratch_free(&x->bits);
}

static void
index_fill(struct lost_index *x, const struct checkup *c)
{
    uint64_t symbols = layout_source_symbols(&c->sidecar.head.layout), digest;

    for (uint64_t i = symbols; i-- > 0;) {
        x->next[i] = NO_SYMBOL;
        if (c->at[i] != SYMBOL_LOST || !sidecar_digest(&c->sidecar, i, &digest) ||
            checkup_symbol_size(c, i) < c->sidecar.head.layout.T)
            continue;
        x->next[i] = x->head[digest & x->mask];
        x->head[digest & x->mask] = i;
        filter_set(x, digest);
        mapping_touched(x->heads.mapped ? MAPPING_AROUND : 0);
    }
}

/* The first missing symbol with the digest of what is at `pos`; all such are set. */
static uint64_t
match_at(struct checkup *c, const struct lost_index *x, uint64_t pos)
{
    uint64_t digest = symbol_digest(c->source.map + pos, c->sidecar.head.layout.T);
    uint64_t first = NO_SYMBOL, other;

    if (!filter_has(x, digest))
        return NO_SYMBOL;
    mapping_touched(x->heads.mapped ? MAPPING_AROUND : 0);
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

    while (pos + T <= end) {
        uint64_t behind;

        if (match_at(c, x, pos) != NO_SYMBOL) {
            following = true;
            pos += T;
            mapping_touched(T);
            continue;
        }
        behind = following ? look_ahead(c, x, pos, end) : 0;
        following = behind > 0;
        if (behind > 0 || pos % 4096 == 0)
            mapping_touched(behind > 0 ? (size_t)(behind - pos) : 4096);
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

bool
locate_moved(struct checkup *c, uint64_t memory, struct error *err)
{
    const struct layout *l = &c->sidecar.head.layout;
    uint64_t symbols = layout_source_symbols(l), gap = 0;
    struct lost_index x;

    if (symbols == 0 || c->source.size == 0)
        return true;
    if (!index_alloc(&x, symbols, memory, err)) {
        index_clear(&x);
        return false;
    }
    index_fill(&x, c);
    for (uint64_t i = 0; i < symbols; i++) {
        if (c->at[i] != i * l->T)
            continue;
        if (gap < i * l->T)
            slide(c, &x, gap, i * l->T);
        gap = i * l->T + checkup_symbol_size(c, i);
        mapping_touched(sizeof *c->at);
    }
    slide(c, &x, gap, c->source.size);
    try_tail(c);
    index_clear(&x);
    return true;
}
