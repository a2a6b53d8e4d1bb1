/* fuzz_ftsv.c: the native state dict FTSV. */
#include "container/ftsv.h"
#include "load.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    fuzz_load(ftsv_load, "fuzz", data, size);
    return 0;
}
