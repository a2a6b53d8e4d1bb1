/*
 * crc32.h: CRC-32 as zip and PNG use it (polynomial 0xedb88320, reflected).
 */
#ifndef CKPT_ARCHIVE_CRC32_H
#define CKPT_ARCHIVE_CRC32_H

#include <stddef.h>
#include <stdint.h>

/* Start with 0; feed the previous result to go on. */
uint32_t crc32_update(uint32_t crc, const uint8_t *data, size_t size);

/* The variants, for tests; crc32_update() picks one. */
uint32_t crc32_scalar(uint32_t crc, const uint8_t *data, size_t size);
uint32_t crc32_avx2(uint32_t crc, const uint8_t *data, size_t size);

/* The CRC of a followed by b, from both CRCs and b's length. */
uint32_t crc32_combine_parts(uint32_t a, uint32_t b, uint64_t size_of_b);

#endif
