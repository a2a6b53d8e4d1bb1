/* fuzz_exposition.c: a Prometheus exposition. */
#include "gates/exposition.h"

#include <stdint.h>
#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct exposition e;
    struct error err = {0};

    (void)!exposition_parse(&e, (const char *)data, size, &err);
    exposition_clear(&e);
    return 0;
}
