/*
 * scan_masks.h: what the SIMD variants of scan.h share: from masks to positions.
 *
 * Private to scan_*.c.  A variant supplies block_masks() for its instruction set and
 * parity(), the prefix XOR of a 64-bit mask.
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

/* What is to be indexed. */
struct scan_text {
    const uint8_t *data;
    size_t size;
    struct scan_dialect dialect;
};

/* The loop over blocks; the three functions are inlined, for they are constants. */
static inline __attribute__((always_inline)) size_t
scan_blocks(const struct scan_text *text, struct scan_state *state, uint32_t *out,
            struct scan_masks (*block_masks)(const uint8_t *, struct scan_dialect),
            uint64_t (*parity)(uint64_t),
            size_t (*flatten)(uint64_t, uint32_t, uint32_t *))
{
    uint64_t inside = state->in_quotes ? ~UINT64_C(0) : 0; /* behind the last block */
    uint64_t quotes = 0;
    uint64_t high = 0;
    size_t count = 0;
    size_t newlines = 0;

    for (size_t i = 0; i < text->size; i += 64) {
        size_t left = text->size - i;
        uint64_t live = left >= 64 ? ~UINT64_C(0) : (UINT64_C(1) << left) - 1;
        struct scan_masks m = block_masks(text->data + i, text->dialect);
        uint64_t quoted = inside;

        m.quote &= live;
        if (m.quote) {
            quoted ^= parity(m.quote);
            quotes |= m.quote;
            inside = -(quoted >> 63);
        }
        if (m.unusual & live)
            scan_note_unusual(text->data + i, m.unusual & live, state);
        high |= m.high & live;
        live &= ~quoted;
        newlines += (size_t)__builtin_popcountll(m.newline & live);
        count += flatten((m.delimiter | m.newline) & live, (uint32_t)i, out + count);
    }
    state->in_quotes = inside != 0;
    state->saw_quote |= quotes != 0;
    state->saw_high |= high != 0;
    state->newlines += newlines;
    return count;
}

#endif
