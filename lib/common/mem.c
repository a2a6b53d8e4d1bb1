#define _DEFAULT_SOURCE /* madvise: POSIX has no large pages */

#include "mem.h"

#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <unistd.h>

static const char *bound_note; /* borrowed, for good */

static NORETURN void
exhausted(void)
{
    (void)fprintf(stderr, "%s\n", bound_note ? bound_note : "out of memory");
    exit(4);
}

void
mem_bound(uint64_t octets, const char *note)
{
    struct rlimit old, limit;
    void *page;

    if (getrlimit(RLIMIT_DATA, &old) != 0 || old.rlim_cur <= octets)
        return;
    limit = (struct rlimit){octets, old.rlim_max};
    if (setrlimit(RLIMIT_DATA, &limit) != 0)
        return;
    bound_note = note;
    /* What is there already may be beyond it, such as the shadow of a sanitizer. */
    page = mmap(NULL, 1, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    if (page == MAP_FAILED)
        (void)setrlimit(RLIMIT_DATA, &old);
    else
        (void)munmap(page, 1);
}

uint64_t
mem_of_machine(void)
{
    long pages = sysconf(_SC_PHYS_PAGES);
    long size = sysconf(_SC_PAGESIZE);

    return pages > 0 && size > 0 ? (uint64_t)pages * (uint64_t)size : UINT64_MAX;
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

enum { LARGE_PAGE = 2 << 20 };

/* Ask for large pages in what is there; where it fails, pages are small. */
static void
wish_large_pages(void *p, size_t size)
{
#ifdef MADV_HUGEPAGE
    const uintptr_t page = 4096;
    uintptr_t from = ((uintptr_t)p + page - 1) & ~(page - 1);
    uintptr_t to = ((uintptr_t)p + size) & ~(page - 1);

    if (size >= (size_t)2 * LARGE_PAGE && to > from)
        (void)madvise((char *)p + (from - (uintptr_t)p), to - from, MADV_HUGEPAGE);
#else
    (void)p;
    (void)size;
#endif
}

void *
xlarge(size_t size)
{
    void *p = xaligned(size < (size_t)2 * LARGE_PAGE ? 64 : LARGE_PAGE, size);

    wish_large_pages(p, size);
    return p;
}

void *
xlarge_zeroed(size_t count, size_t size)
{
    void *p = xcalloc(count, size);

    wish_large_pages(p, count * size);
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
