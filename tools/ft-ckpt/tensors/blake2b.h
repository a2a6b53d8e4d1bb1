/*
 * blake2b.h: two BLAKE2b-256 digests at a time.
 *
 * One digest is a single chain of dependent steps that leaves most of a processor
 * idle; two chains side by side take little longer than one.  For processors with
 * AVX-512 (cpu_supports(CPU_AVX512)); the library's digest is the reference.
 */
#ifndef CKPT_TENSORS_BLAKE2B_H
#define CKPT_TENSORS_BLAKE2B_H

#include <stddef.h>
#include <stdint.h>

enum { BLAKE2B_BLOCK = 128, BLAKE2B_SIZE = 32 };

struct blake2b {
    uint64_t h[8];
    uint64_t count; /* octets compressed */
    size_t used;    /* octets waiting in block */
    uint8_t block[BLAKE2B_BLOCK];
};

void blake2b_init(struct blake2b *s);
void blake2b_update(struct blake2b *s, const uint8_t *data, size_t n);
/* n octets to each of two digests that have taken in equally many. */
void blake2b_update_two(struct blake2b *s, const uint8_t *data, struct blake2b *t,
                        const uint8_t *other, size_t n);
void blake2b_final(struct blake2b *s, uint8_t out[static BLAKE2B_SIZE]);

#endif
