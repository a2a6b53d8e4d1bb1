/*
 * Reading a mapping where the file has been cut short, or where the disk cannot, raises
 * SIGBUS.  The handler puts a page of zeros there: digests then tell that it is not
 * what it should be.
 *
 * Resident pages of mappings count as memory of the process although the system could
 * take them back.  Every CHECK octets touched, what is resident is looked up; above the
 * limit all mappings' pages are let go of: what was written to them stays in the file.
 *
 * A slot belongs to a mapping from when its size is set.  Mappings beyond SLOTS are
 * left to the system.
 */
#define _GNU_SOURCE /* MAP_ANONYMOUS */
#include "mapping.h"

#include <fcntl.h>
#include <malloc.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <unistd.h>

enum {
    SLOTS = 32,
    CHECK = 1 << 20,
    UNUSED_SHARE = 16, /* of the limit: what the heap may keep for later */
    UNUSED_MAX = 64 << 20
};

static struct {
    _Atomic uintptr_t from;
    _Atomic size_t size;
} mapping[SLOTS];
static long page_size;
static _Atomic uint64_t limit = UINT64_MAX, touched;

static void
fill_page(int number, siginfo_t *info, void *context)
{
    uintptr_t at = (uintptr_t)info->si_addr;
    uintptr_t page = at & ~((uintptr_t)page_size - 1);

    (void)context;
    for (int i = 0; i < SLOTS; i++) {
        uintptr_t from = atomic_load(&mapping[i].from);

        if (from == 0 || at - from >= atomic_load(&mapping[i].size))
            continue;
        if (mmap((void *)page, (size_t)page_size, PROT_READ, /* NOLINT: an address */
                 MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED, -1, 0) != MAP_FAILED)
            return;
    }
    (void)signal(number, SIG_DFL); /* not ours: it happens again, for good */
}

void
mapping_add(const void *from, size_t size)
{
    static atomic_flag done = ATOMIC_FLAG_INIT;
    struct sigaction action = {.sa_sigaction = fill_page, .sa_flags = SA_SIGINFO};

    if (!atomic_flag_test_and_set(&done)) {
        page_size = sysconf(_SC_PAGESIZE);
        (void)sigaction(SIGBUS, &action, NULL);
    }
    for (int i = 0; i < SLOTS; i++) {
        uintptr_t expected = 0;

        if (!atomic_compare_exchange_strong(&mapping[i].from, &expected, (uintptr_t)from))
            continue;
        atomic_store(&mapping[i].size, size);
        return;
    }
}

void
mapping_remove(const void *from)
{
    for (int i = 0; i < SLOTS; i++)
        if (from && atomic_load(&mapping[i].from) == (uintptr_t)from) {
            atomic_store(&mapping[i].size, 0);
            atomic_store(&mapping[i].from, 0);
        }
}

void
mapping_limit(uint64_t octets)
{
    /* Between two checks more becomes resident. */
    atomic_store(&limit, octets - octets / 8);
#ifdef M_TRIM_THRESHOLD
    octets /= UNUSED_SHARE;
    octets = octets < UNUSED_MAX ? octets : UNUSED_MAX;
    (void)mallopt(M_MMAP_THRESHOLD, (int)octets / 4); /* larger ones never stay */
    (void)mallopt(M_TRIM_THRESHOLD, (int)octets);
#endif
}

/* Octets of memory that are resident; the most there can be when nobody says. */
static uint64_t
resident(void)
{
    char text[64] = "";
    int fd = open("/proc/self/statm", O_RDONLY | O_CLOEXEC);
    ssize_t n = fd < 0 ? 0 : read(fd, text, sizeof text - 1);
    char *second;

    if (fd >= 0)
        (void)close(fd);
    if (n <= 0)
        return UINT64_MAX;
    (void)strtoull(text, &second, 10);
    return strtoull(second, NULL, 10) * (uint64_t)page_size;
}

void
mapping_touched(size_t octets)
{
    if (atomic_fetch_add(&touched, octets) + octets < CHECK)
        return;
    atomic_store(&touched, 0);
    if (page_size == 0 || resident() <= atomic_load(&limit))
        return;
    for (int i = 0; i < SLOTS; i++) {
        uintptr_t from = atomic_load(&mapping[i].from);
        size_t size = atomic_load(&mapping[i].size);

        if (from != 0 && size > 0)
            (void)madvise((void *)from, size, MADV_DONTNEED); /* NOLINT: an address */
    }
}
