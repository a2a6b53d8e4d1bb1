#include "gates/requirement_id.h"

#include <ctype.h>
#include <string.h>

static bool
is_id_character(char c)
{
    return isupper((unsigned char)c) || isdigit((unsigned char)c) || c == '-';
}

/* Ends in a dash and three to five digits. */
static bool
has_number(const char *text, size_t n)
{
    size_t digits = 0;

    while (digits < n && isdigit((unsigned char)text[n - 1 - digits]))
        digits++;
    return digits >= 3 && digits <= 5 && digits < n && text[n - 1 - digits] == '-';
}

static bool
has_prefix(const char *text, size_t n, const char *const *prefixes, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        size_t length = strlen(prefixes[i]);

        if (n > length && memcmp(text, prefixes[i], length) == 0)
            return true;
    }
    return false;
}

bool
requirement_id_next(const char *text, size_t size, size_t *pos,
                    const char *const *prefixes, size_t prefix_count,
                    char out[static REQUIREMENT_ID_SIZE])
{
    while (*pos < size) {
        size_t start = *pos, n = 0;

        if (!is_id_character(text[start])) {
            (*pos)++;
            continue;
        }
        while (start + n < size && is_id_character(text[start + n]))
            n++;
        *pos = start + n;
        while (n > 0 && text[start + n - 1] == '-')
            n--;
        if ((start > 0 &&
             (islower((unsigned char)text[start - 1]) || text[start - 1] == '_')) ||
            n >= REQUIREMENT_ID_SIZE || !has_number(text + start, n) ||
            !has_prefix(text + start, n, prefixes, prefix_count))
            continue;
        memcpy(out, text + start, n);
        out[n] = '\0';
        return true;
    }
    return false;
}
