/* fuzz_tarball.c: a tar archive of checkpoints and other files. */
#include "container/tarball.h"
#include "load.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    fuzz_load(tarball_load, "fuzz", data, size);
    return 0;
}
