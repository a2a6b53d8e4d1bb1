/* fuzz_junit.c: a JUnit report. */
#include "gates/junit.h"

#include <stdint.h>
#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct junit j;
    struct error err = {0};

    (void)!junit_parse(&j, (const char *)data, size, &err);
    junit_clear(&j);
    return 0;
}
