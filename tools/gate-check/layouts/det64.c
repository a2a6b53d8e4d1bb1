#include "layouts/det64.h"

#include <inttypes.h>
#include <stdio.h>

uint64_t
det64_step(uint64_t state, const void *data, size_t size)
{
    const uint8_t *p = data;

    for (size_t i = 0; i < size; i++)
        state = (state * UINT64_C(0x517cc1b727220a95)) ^ p[i];
    return state;
}

uint64_t
det64_finish(uint64_t h)
{
    h ^= h >> 33;
    h *= UINT64_C(0xff51afd7ed558ccd);
    h ^= h >> 33;
    h *= UINT64_C(0xc4ceb9fe1a85ec53);
    h ^= h >> 33;
    return h;
}

void
det64_text(uint64_t digest, char out[static DET64_TEXT_SIZE])
{
    (void)snprintf(out, DET64_TEXT_SIZE, "det64:%016" PRIx64, digest);
}
