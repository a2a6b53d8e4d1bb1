/* zip_name.c: see zip_name.h. */
#include "archive/zip_name.h"

#include "pickle/utf8.h"

#include <string.h>

bool
zip_name_is_safe(const uint8_t *name, size_t n)
{
    size_t start = 0;

    if (n == 0 || n > 4096 || !utf8_valid(name, n) || (n > 1 && name[1] == ':'))
        return false;
    for (size_t i = 0; i <= n; i++) {
        if (i < n && (name[i] < 0x20 || name[i] == 0x7f || name[i] == '\\'))
            return false;
        if (i == n || name[i] == '/') {
            size_t length = i - start;

            if (length == 0 && !(i == n && n > 1))
                return false; /* absolute, or empty component; "dir/" is fine */
            if (length > 0 && length <= 2 && memcmp(name + start, "..", length) == 0)
                return false;
            start = i + 1;
        }
    }
    return true;
}
