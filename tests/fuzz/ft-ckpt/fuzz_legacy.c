/* fuzz_legacy.c: the legacy stream of torch. */
#include "container/legacy.h"
#include "load.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    fuzz_load(legacy_load, "fuzz", data, size);
    return 0;
}
