/* fuzz_salvage.c: records of a damaged archive; what is called intact lies inside. */
#include "judge/salvage.h"

#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct diagnostics d;
    struct error err = {0};
    struct salvage s;

    diagnostics_init(&d, MODE_STRICT, DIAGNOSTICS_DEFAULT_MAX);
    if (salvage_octets(&s, data, size, &d, &err)) {
        for (size_t i = 0; i < s.c.tensor_count; i++) {
            const struct tensor *t = &s.c.tensors[i];

            if (s.intact[i] && t->nbytes > 0 &&
                (t->storage->blob.data < data ||
                 t->storage->blob.data + t->storage->nbytes > data + size))
                abort();
        }
    } else if (err.class == ERR_NONE) {
        abort();
    }
    salvage_clear(&s);
    diagnostics_clear(&d);
    return 0;
}
