/*
 * fuzz_envelope.c: both decode modes accept the same texts, and what they accept
 * survives encoding.
 */
#include "container/envelope.h"

#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct error err = {0};
    struct envelope strict, hardened, again = {0};
    struct buf text = {0};
    bool a = envelope_decode(&strict, data, size, MODE_STRICT, &err);
    bool b = envelope_decode(&hardened, data, size, MODE_HARDENED, &err);

    if (a != b)
        abort();
    if (a && envelope_encode(&strict, &text, &err)) {
        if (!envelope_decode(&again, text.data, text.size, MODE_STRICT, &err) ||
            again.hash != hardened.hash || again.count != hardened.count)
            abort();
    }
    envelope_clear(&strict);
    envelope_clear(&hardened);
    envelope_clear(&again);
    buf_clear(&text);
    return 0;
}
