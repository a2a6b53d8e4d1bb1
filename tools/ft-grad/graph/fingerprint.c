/*
 * fingerprint.c: SipHash-1-3 (Aumasson and Bernstein; one compression round a word,
 * three at the end), key (0, 0), over whole 8-octet words.
 */
#include "graph/fingerprint.h"

#include "common/bytes.h"

#include <string.h>

static inline uint64_t
rotate(uint64_t x, unsigned bits)
{
    return x << bits | x >> (64 - bits);
}

static inline void
sip_round(uint64_t v[static 4])
{
    v[0] += v[1];
    v[1] = rotate(v[1], 13) ^ v[0];
    v[0] = rotate(v[0], 32);
    v[2] += v[3];
    v[3] = rotate(v[3], 16) ^ v[2];
    v[0] += v[3];
    v[3] = rotate(v[3], 21) ^ v[0];
    v[2] += v[1];
    v[1] = rotate(v[1], 17) ^ v[2];
    v[2] = rotate(v[2], 32);
}

void
fingerprint_begin(struct fingerprint *f)
{
    /* "somepseudorandomlygeneratedbytes", the constants of the specification. */
    f->v[0] = UINT64_C(0x736f6d6570736575);
    f->v[1] = UINT64_C(0x646f72616e646f6d);
    f->v[2] = UINT64_C(0x6c7967656e657261);
    f->v[3] = UINT64_C(0x7465646279746573);
    f->words = 0;
}

void
fingerprint_word(struct fingerprint *f, uint64_t word)
{
    f->v[3] ^= word;
    sip_round(f->v);
    f->v[0] ^= word;
    f->words++;
}

void
fingerprint_text(struct fingerprint *f, const char *text)
{
    size_t size = strlen(text);

    fingerprint_word(f, size);
    for (size_t i = 0; i < size; i += 8) {
        uint8_t block[8] = {0};

        memcpy(block, text + i, size - i < 8 ? size - i : 8);
        fingerprint_word(f, get_le64(block));
    }
}

uint64_t
fingerprint_end(struct fingerprint *f)
{
    /* The last block of a message of whole words: its length modulo 256, on top. */
    fingerprint_word(f, (f->words * 8) << 56);
    f->v[2] ^= 0xff;
    for (int i = 0; i < 3; i++)
        sip_round(f->v);
    return f->v[0] ^ f->v[1] ^ f->v[2] ^ f->v[3];
}

uint64_t
fingerprint_order(const struct graph *g, const uint32_t *order, size_t count)
{
    struct fingerprint f;

    fingerprint_begin(&f);
    for (size_t i = 0; i < count; i++)
        fingerprint_word(&f, (uint64_t)graph_id(g, order[i]));
    return fingerprint_end(&f);
}
