/* fuzz_tar.c: torch's first format, a tar archive. */
#include "container/tar.h"
#include "load.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    fuzz_load(tar_load, "fuzz", data, size);
    return 0;
}
