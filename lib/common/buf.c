#include "buf.h"

#include "mem.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

uint8_t *
buf_reserve(struct buf *b, size_t more)
{
    if (more > b->capacity - b->size) {
        size_t want = b->capacity < 64 ? 64 : b->capacity + b->capacity / 2;

        if (want - b->size < more)
            want = b->size + more;
        b->data = xrealloc(b->data, want, 1);
        b->capacity = want;
    }
    return b->data + b->size;
}

void
buf_printf(struct buf *b, const char *fmt, ...)
{
    va_list args;
    int n;

    va_start(args, fmt);
    n = vsnprintf(NULL, 0, fmt, args);
    va_end(args);
    if (n <= 0)
        return;
    (void)buf_reserve(b, (size_t)n + 1);
    va_start(args, fmt);
    (void)vsnprintf((char *)b->data + b->size, (size_t)n + 1, fmt, args);
    va_end(args);
    b->size += (size_t)n;
}

void
buf_clear(struct buf *b)
{
    free(b->data);
    *b = (struct buf){0};
}
