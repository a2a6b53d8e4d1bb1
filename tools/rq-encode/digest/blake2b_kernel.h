/*
 * blake2b_kernel.h: the compression function of BLAKE2b (RFC 7693, section 3.2) over a
 * vector of 64-bit lanes, each lane its own hash.  The file that includes this defines
 * vec, LANES, vec_set, vec_add, vec_xor, vec_rotate (right, by 32, 24, 16, 63),
 * vec_gather and vec_store.
 */
#include "blake2b_lanes.h"

#include "common/bytes.h"

#include <string.h>

static const uint64_t initial[8] = {
    UINT64_C(0x6a09e667f3bcc908), UINT64_C(0xbb67ae8584caa73b),
    UINT64_C(0x3c6ef372fe94f82b), UINT64_C(0xa54ff53a5f1d36f1),
    UINT64_C(0x510e527fade682d1), UINT64_C(0x9b05688c2b3e6c1f),
    UINT64_C(0x1f83d9abfb41bd6b), UINT64_C(0x5be0cd19137e2179)};

static const uint8_t sigma[12][16] = {
    {0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15},
    {14, 10, 4, 8, 9, 15, 13, 6, 1, 12, 0, 2, 11, 7, 5, 3},
    {11, 8, 12, 0, 5, 2, 15, 13, 10, 14, 3, 6, 7, 1, 9, 4},
    {7, 9, 3, 1, 13, 12, 11, 14, 2, 6, 5, 10, 4, 0, 15, 8},
    {9, 0, 5, 7, 2, 4, 10, 15, 14, 1, 11, 12, 6, 8, 3, 13},
    {2, 12, 6, 10, 0, 11, 8, 3, 4, 13, 7, 5, 15, 14, 1, 9},
    {12, 5, 1, 15, 14, 13, 4, 10, 0, 7, 6, 3, 9, 2, 8, 11},
    {13, 11, 7, 14, 12, 1, 3, 9, 5, 0, 15, 4, 8, 6, 2, 10},
    {6, 15, 14, 9, 11, 3, 0, 8, 12, 2, 13, 7, 1, 4, 10, 5},
    {10, 2, 8, 4, 7, 6, 1, 5, 15, 11, 9, 14, 3, 12, 13, 0},
    {0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15},
    {14, 10, 4, 8, 9, 15, 13, 6, 1, 12, 0, 2, 11, 7, 5, 3}};

#define MIX(a, b, c, d, x, y)                                                            \
    do {                                                                                 \
        v[a] = vec_add(vec_add(v[a], v[b]), m[x]);                                       \
        v[d] = vec_rotate(vec_xor(v[d], v[a]), 32);                                      \
        v[c] = vec_add(v[c], v[d]);                                                      \
        v[b] = vec_rotate(vec_xor(v[b], v[c]), 24);                                      \
        v[a] = vec_add(vec_add(v[a], v[b]), m[y]);                                       \
        v[d] = vec_rotate(vec_xor(v[d], v[a]), 16);                                      \
        v[c] = vec_add(v[c], v[d]);                                                      \
        v[b] = vec_rotate(vec_xor(v[b], v[c]), 63);                                      \
    } while (0)

#define ROUND(s)                                                                         \
    do {                                                                                 \
        MIX(0, 4, 8, 12, sigma[s][0], sigma[s][1]);                                      \
        MIX(1, 5, 9, 13, sigma[s][2], sigma[s][3]);                                      \
        MIX(2, 6, 10, 14, sigma[s][4], sigma[s][5]);                                     \
        MIX(3, 7, 11, 15, sigma[s][6], sigma[s][7]);                                     \
        MIX(0, 5, 10, 15, sigma[s][8], sigma[s][9]);                                     \
        MIX(1, 6, 11, 12, sigma[s][10], sigma[s][11]);                                   \
        MIX(2, 7, 8, 13, sigma[s][12], sigma[s][13]);                                    \
        MIX(3, 4, 9, 14, sigma[s][14], sigma[s][15]);                                    \
    } while (0)

/* NOLINTNEXTLINE(readability-function-size): a SIMD kernel, its rounds unrolled */
static void
hash(const uint8_t *data, size_t size, uint8_t (*out)[32]) /* NOLINT: macros nest */
{
    vec h[8], v[16], m[16];

    for (int i = 0; i < 8; i++)
        h[i] = vec_set(initial[i]);
    h[0] = vec_xor(h[0], vec_set(0x01010000 ^ 32)); /* 32 octets of digest, no key */
    for (size_t at = 0; at < size; at += 128) {
        for (size_t i = 0; i < 16; i++)
            m[i] = vec_gather(data + at + 8 * i, size);
        for (int i = 0; i < 8; i++) {
            v[i] = h[i];
            v[i + 8] = vec_set(initial[i]);
        }
        v[12] = vec_xor(v[12], vec_set(at + 128));
        if (at + 128 == size)
            v[14] = vec_xor(v[14], vec_set(UINT64_MAX));
        ROUND(0);
        ROUND(1);
        ROUND(2);
        ROUND(3);
        ROUND(4);
        ROUND(5);
        ROUND(6);
        ROUND(7);
        ROUND(8);
        ROUND(9);
        ROUND(10);
        ROUND(11);
        for (int i = 0; i < 8; i++)
            h[i] = vec_xor(h[i], vec_xor(v[i], v[i + 8]));
    }
    for (int i = 0; i < 4; i++) {
        uint64_t word[LANES];

        vec_store(word, h[i]);
        for (size_t lane = 0; lane < LANES; lane++)
            put_le64(out[lane] + 8 * i, word[lane]);
    }
}
