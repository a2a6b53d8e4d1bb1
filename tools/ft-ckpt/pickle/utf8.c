/* utf8.c: see utf8.h. */
#include "pickle/utf8.h"

#include "common/utf8.h"

bool
utf8_valid(const uint8_t *text, size_t size)
{
    for (size_t i = 0; i < size;) {
        size_t n = utf8_length(text + i, size - i);

        if (n == 0)
            return false;
        i += n;
    }
    return true;
}
