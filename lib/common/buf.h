/*
 * buf.h: a byte buffer that grows.  A zeroed struct is an empty buffer.
 */
#ifndef COMMON_BUF_H
#define COMMON_BUF_H

#include "attr.h"

#include <stddef.h>
#include <stdint.h>
#include <string.h>

struct buf {
    uint8_t *data; /* owned */
    size_t size;
    size_t capacity;
};

/* Room for `more` octets beyond size; returns where they go. */
uint8_t *buf_reserve(struct buf *b, size_t more);
void buf_printf(struct buf *b, const char *fmt, ...) PRINTF_LIKE(2, 3);
void buf_clear(struct buf *b); /* frees; the struct is empty again */

static inline void
buf_put(struct buf *b, const void *data, size_t n)
{
    if (n > 0) {
        memcpy(buf_reserve(b, n), data, n);
        b->size += n;
    }
}

static inline void
buf_putc(struct buf *b, char c)
{
    *buf_reserve(b, 1) = (uint8_t)c;
    b->size++;
}

static inline void
buf_puts(struct buf *b, const char *s)
{
    buf_put(b, s, strlen(s));
}

/* The content as a C string: a NUL is kept behind it and not counted. */
static inline const char *
buf_string(struct buf *b)
{
    *buf_reserve(b, 1) = 0;
    return (const char *)b->data;
}

#endif
