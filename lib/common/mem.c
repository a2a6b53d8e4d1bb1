#define _DEFAULT_SOURCE /* madvise: POSIX has no large pages */

#include "mem.h"

#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

static NORETURN void
exhausted(void)
{
    (void)fputs("out of memory\n", stderr);
    exit(4);
}

void *
xcalloc(size_t count, size_t size)
{
    void *p = calloc(count ? count : 1, size ? size : 1);

    if (!p)
        exhausted();
    return p;
}

void *
xrealloc(void *p, size_t count, size_t size)
{
    size_t total;

    if (!size_mul(count, size, &total))
        exhausted();
    p = realloc(p, total ? total : 1);
    if (!p)
        exhausted();
    return p;
}

char *
xstrndup(const char *s, size_t n)
{
    char *copy = xcalloc(n + 1, 1);

    memcpy(copy, s, n);
    return copy;
}

char *
xstrdup(const char *s)
{
    return xstrndup(s, strlen(s));
}

void *
xaligned(size_t alignment, size_t size)
{
    void *p = NULL;

    if (posix_memalign(&p, alignment, size ? size : 1) != 0)
        exhausted();
    return p;
}

void *
xlarge(size_t size)
{
    const size_t page = (size_t)2 << 20;
    void *p;

    if (size < 2 * page)
        return xaligned(64, size);
    p = xaligned(page, size);
#ifdef MADV_HUGEPAGE
    (void)madvise(p, size, MADV_HUGEPAGE); /* a wish: where it fails, pages are small */
#endif
    return p;
}

char *
xasprintf(const char *fmt, ...)
{
    va_list args;
    char *text;
    int n;

    va_start(args, fmt);
    n = vsnprintf(NULL, 0, fmt, args);
    va_end(args);
    if (n < 0)
        exhausted();
    text = xcalloc((size_t)n + 1, 1);
    va_start(args, fmt);
    (void)vsnprintf(text, (size_t)n + 1, fmt, args);
    va_end(args);
    return text;
}

FILE *
xmemstream(char **text, size_t *size)
{
    FILE *stream = open_memstream(text, size);

    if (!stream)
        exhausted();
    return stream;
}

void
xmemclose(FILE *stream)
{
    /* Nothing but exhaustion makes a memory stream fail. */
    if (ferror(stream) || fclose(stream) != 0)
        exhausted();
}
