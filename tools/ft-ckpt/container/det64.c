/* det64.c: a multiplicative hash with the finisher of MurmurHash3. */
#include "container/det64.h"

void
det64_init(struct det64 *d)
{
    d->state = 0x16f11fe89b0d677c;
}

void
det64_update(struct det64 *d, const void *data, size_t size)
{
    const uint8_t *p = data;

    for (size_t i = 0; i < size; i++)
        d->state = (d->state * 0x517cc1b727220a95) ^ p[i];
}

uint64_t
det64_final(const struct det64 *d)
{
    uint64_t h = d->state;

    h ^= h >> 33;
    h *= 0xff51afd7ed558ccd;
    h ^= h >> 33;
    h *= 0xc4ceb9fe1a85ec53;
    return h ^ h >> 33;
}
