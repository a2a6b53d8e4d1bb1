#include "csv/scan_masks.h"

#include <arm_neon.h>

/* Bit i of the result is whether lane i of the 64 compares is all ones. */
static inline uint64_t
mask_of(uint8x16_t a, uint8x16_t b, uint8x16_t c, uint8x16_t d)
{
    const uint8x16_t bit = {1, 2, 4, 8, 16, 32, 64, 128, 1, 2, 4, 8, 16, 32, 64, 128};
    uint8x16_t ab = vpaddq_u8(vandq_u8(a, bit), vandq_u8(b, bit));
    uint8x16_t cd = vpaddq_u8(vandq_u8(c, bit), vandq_u8(d, bit));
    uint8x16_t sum = vpaddq_u8(ab, cd);

    return vgetq_lane_u64(vreinterpretq_u64_u8(vpaddq_u8(sum, sum)), 0);
}

static inline uint64_t
equal(const uint8x16_t block[static 4], uint8_t octet)
{
    const uint8x16_t wanted = vdupq_n_u8(octet);

    return mask_of(vceqq_u8(block[0], wanted), vceqq_u8(block[1], wanted),
                   vceqq_u8(block[2], wanted), vceqq_u8(block[3], wanted));
}

static inline struct scan_masks
block_masks(const uint8_t *p, struct scan_dialect dialect)
{
    const uint8x16_t block[4] = {vld1q_u8(p), vld1q_u8(p + 16), vld1q_u8(p + 32),
                                 vld1q_u8(p + 48)};

    const uint8x16_t top = vdupq_n_u8(0x80);

    return (struct scan_masks){
        .delimiter = equal(block, dialect.delimiter),
        .newline = equal(block, '\n'),
        .high = mask_of(vcgeq_u8(block[0], top), vcgeq_u8(block[1], top),
                        vcgeq_u8(block[2], top), vcgeq_u8(block[3], top)),
        .quote = dialect.quote ? equal(block, dialect.quote) : 0,
        .unusual = equal(block, '\r') | equal(block, 0)};
}

static size_t
index_neon(const uint8_t *data, size_t size, struct scan_dialect dialect,
           struct scan_state *state, uint32_t *out)
{
    const struct scan_text text = {data, size, dialect, state, out};

    return scan_blocks(
        &text, (struct scan_variant){block_masks, scan_parity_shifts, scan_flatten});
}

extern const struct scan_ops scan_neon;
const struct scan_ops scan_neon = {.name = "neon", .index = index_neon};
