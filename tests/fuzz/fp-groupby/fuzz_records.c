/* fuzz_records.c: any octets as JSON records, and as JSON Lines. */
#include "io/json_frame.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    for (int lines = 0; lines < 2; lines++) {
        struct arena a = {0};
        struct error err = {0};
        struct frame *f;

        (void)(json_frame_read(&a, data, size, lines, &f, &err) || err.message[0]);
        arena_clear(&a);
    }
    return 0;
}
