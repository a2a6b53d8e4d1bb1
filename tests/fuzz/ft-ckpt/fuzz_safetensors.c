/* fuzz_safetensors.c: safetensors as a checkpoint. */
#include "container/safetensors_file.h"
#include "load.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    fuzz_load(safetensors_file_load, "fuzz", data, size);
    return 0;
}
