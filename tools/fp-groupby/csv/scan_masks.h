/*
 * scan_masks.h: what the SIMD variants of scan.h share: from masks to positions.
 *
 * Private to scan_*.c.  A variant supplies block_masks() for its instruction set,
 * parity(), the prefix XOR of a 64-bit mask, and flatten(), a mask to positions.
 */
#ifndef FP_CSV_SCAN_MASKS_H
#define FP_CSV_SCAN_MASKS_H

#include "csv/scan.h"

struct scan_masks {
    uint64_t delimiter;
    uint64_t newline;
    uint64_t quote;
    uint64_t high;    /* octets above 127 */
    uint64_t unusual; /* carriage returns and NULs */
};

/* Bit i is the XOR of bits 0..i: six shifts where there is no carry-less multiply. */
static inline uint64_t
scan_parity_shifts(uint64_t x)
{
    for (unsigned shift = 1; shift < 64; shift *= 2)
        x ^= x << shift;
    return x;
}

/* The rare octets are told apart only in the block where one was seen. */
static inline void
scan_note_unusual(const uint8_t *block, uint64_t unusual, struct scan_state *state)
{
    for (; unusual; unusual &= unusual - 1) {
        if (block[__builtin_ctzll(unusual)] == '\r')
            state->saw_return = true;
        else
            state->saw_nul = true;
    }
}

/*
 * Positions of the set bits, eight at a time: a loop that runs once for most blocks
 * is predicted, one that runs popcount times is not.  Writes up to 7 entries too many.
 */
static inline size_t
scan_flatten(uint64_t bits, uint32_t base, uint32_t *out)
{
    size_t count = (size_t)__builtin_popcountll(bits);

    for (size_t i = 0; i < count; i += 8)
        for (size_t k = 0; k < 8; k++) {
            out[i + k] = base + (bits ? (uint32_t)__builtin_ctzll(bits) : 0);
            bits &= bits - 1;
        }
    return count;
}

/* What is to be indexed, and what has been found by now. */
struct scan_text {
    const uint8_t *data;
    size_t size;
    struct scan_dialect dialect;
    struct scan_state *state;
    uint32_t *out;
};

struct scan_found {
    uint64_t inside; /* all ones: what comes next is in quotes */
    uint64_t quotes, high;
    size_t count, newlines;
};

/* What a variant supplies; inlined, for it is constant. */
struct scan_variant {
    struct scan_masks (*block_masks)(const uint8_t *, struct scan_dialect);
    uint64_t (*parity)(uint64_t);
    size_t (*flatten)(uint64_t, uint32_t, uint32_t *);
};

/* The block at data[i], of which the octets of `live` are text. */
static inline __attribute__((always_inline)) void
scan_block(const struct scan_text *text, size_t i, uint64_t live, struct scan_found *f,
           struct scan_variant v)
{
    struct scan_masks m = v.block_masks(text->data + i, text->dialect);
    uint64_t quoted = f->inside;

    m.quote &= live;
    if (m.quote) {
        quoted ^= v.parity(m.quote);
        f->quotes |= m.quote;
        f->inside = -(quoted >> 63);
    }
    if (m.unusual & live)
        scan_note_unusual(text->data + i, m.unusual & live, text->state);
    f->high |= m.high & live;
    live &= ~quoted;
    f->newlines += (size_t)__builtin_popcountll(m.newline & live);
    f->count +=
        v.flatten((m.delimiter | m.newline) & live, (uint32_t)i, text->out + f->count);
}

/* Whole blocks, and what is left of one. */
static inline __attribute__((always_inline)) size_t
scan_blocks(const struct scan_text *text, struct scan_variant v)
{
    struct scan_state *state = text->state;
    struct scan_found f = {.inside = state->in_quotes ? ~UINT64_C(0) : 0};
    size_t i;

    for (i = 0; i + 64 <= text->size; i += 64)
        scan_block(text, i, ~UINT64_C(0), &f, v);
    if (i < text->size)
        scan_block(text, i, (UINT64_C(1) << (text->size - i)) - 1, &f, v);
    state->in_quotes = f.inside != 0;
    state->saw_quote |= f.quotes != 0;
    state->saw_high |= f.high != 0;
    state->newlines += f.newlines;
    return f.count;
}

#endif
