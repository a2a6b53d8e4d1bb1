/*
 * bytes.h: fixed-width integers at unaligned addresses, in a named byte order.
 *
 * On-disk structures are read and written only through these; a struct is
 * never cast onto a buffer.  Compilers turn each body into one load or store.
 */
#ifndef COMMON_BYTES_H
#define COMMON_BYTES_H

#include <stdint.h>

static inline uint16_t
get_le16(const uint8_t p[static 2])
{
    return (uint16_t)(p[0] | p[1] << 8);
}

static inline uint32_t
get_le32(const uint8_t p[static 4])
{
    return (uint32_t)p[0] | (uint32_t)p[1] << 8 | (uint32_t)p[2] << 16 |
           (uint32_t)p[3] << 24;
}

static inline uint64_t
get_le64(const uint8_t p[static 8])
{
    return get_le32(p) | (uint64_t)get_le32(p + 4) << 32;
}

static inline uint16_t
get_be16(const uint8_t p[static 2])
{
    return (uint16_t)(p[0] << 8 | p[1]);
}

static inline uint32_t
get_be32(const uint8_t p[static 4])
{
    return (uint32_t)p[0] << 24 | (uint32_t)p[1] << 16 | (uint32_t)p[2] << 8 |
           (uint32_t)p[3];
}

static inline uint64_t
get_be64(const uint8_t p[static 8])
{
    return (uint64_t)get_be32(p) << 32 | get_be32(p + 4);
}

static inline void
put_le16(uint8_t p[static 2], uint16_t x)
{
    p[0] = (uint8_t)x;
    p[1] = (uint8_t)(x >> 8);
}

static inline void
put_le32(uint8_t p[static 4], uint32_t x)
{
    put_le16(p, (uint16_t)x);
    put_le16(p + 2, (uint16_t)(x >> 16));
}

static inline void
put_le64(uint8_t p[static 8], uint64_t x)
{
    put_le32(p, (uint32_t)x);
    put_le32(p + 4, (uint32_t)(x >> 32));
}

static inline void
put_be16(uint8_t p[static 2], uint16_t x)
{
    p[0] = (uint8_t)(x >> 8);
    p[1] = (uint8_t)x;
}

static inline void
put_be32(uint8_t p[static 4], uint32_t x)
{
    put_be16(p, (uint16_t)(x >> 16));
    put_be16(p + 2, (uint16_t)x);
}

static inline void
put_be64(uint8_t p[static 8], uint64_t x)
{
    put_be32(p, (uint32_t)(x >> 32));
    put_be32(p + 4, (uint32_t)x);
}

#endif
