/* fuzz_npy.c: npy as a checkpoint. */
#include "container/numpy.h"
#include "load.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    fuzz_load(numpy_load_npy, "fuzz", data, size);
    return 0;
}
