/* fuzz_sidecar.c: a sidecar beside a small source. */
#include "evidence/sidecar.h"

#include <stdint.h>
#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static const uint8_t source[100] = {1, 2, 3};
    const struct input in = {.data = source, .size = sizeof source};
    struct judgement j;
    struct sidecar s;
    struct evidence e = {.judgement = &j, .file = "x.rq"};

    e.input.data = data;
    e.input.size = size;
    judgement_init(&j, "fuzz");
    if (!sidecar_check(&e, &in, "x", &s) && !j.reasons)
        abort();
    judgement_clear(&j);
    return 0;
}
