/* paging.c: see paging.h.  All of it is advice: failing changes nothing but speed. */
#define _DEFAULT_SOURCE /* madvise */
#include "archive/paging.h"

#include <sys/mman.h>

enum { PAGE = 4096, AHEAD = 128 << 10 }; /* AHEAD: what the system reads by itself */

static void
advise(const uint8_t *data, uint64_t size, int advice)
{
    uintptr_t at = (uintptr_t)data, end = at + size;

    at &= ~(uintptr_t)(PAGE - 1);
    if (size > 0)
        (void)madvise((void *)at, end - at, advice);
}

void
paging_sparse(const uint8_t *data, uint64_t size)
{
    advise(data, size, MADV_RANDOM);
}

void
paging_whole(const uint8_t *data, uint64_t size)
{
    if (size > AHEAD)
        advise(data, size, MADV_NORMAL);
    else if (size > PAGE)
        advise(data, size, MADV_WILLNEED);
}

void
paging_forget(const uint8_t *data, uint64_t size)
{
    uintptr_t at = ((uintptr_t)data + PAGE - 1) & ~(uintptr_t)(PAGE - 1);
    uintptr_t end = ((uintptr_t)data + size) & ~(uintptr_t)(PAGE - 1);

    if (at < end)
        (void)madvise((void *)at, end - at, MADV_DONTNEED);
}
