/* fuzz_npz.c: any octets as a .npz and as a .npy. */
#include "io/npy_frame.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct arena a = {0};
    struct error err = {0};
    struct frame *f;

    (void)(npz_frame_read(&a, data, size, 1 << 22, &f, &err) || err.message[0]);
    (void)(npy_frame_read(&a, data, size, &f, &err) || err.message[0]);
    arena_clear(&a);
    return 0;
}
