/* text.c: from quote to quote; between two of them memchr() does the work. */
#define _GNU_SOURCE /* memrchr */
#include "shards/text.h"

#include <string.h>

/* The next quote, or the end. */
static size_t
next_quote(const uint8_t *data, size_t size, char quote, size_t at)
{
    const uint8_t *p = quote && at < size ? memchr(data + at, quote, size - at) : NULL;

    return p ? (size_t)(p - data) : size;
}

size_t
text_row_start(const uint8_t *data, size_t size, char quote, size_t from, bool *inside)
{
    for (size_t at = 0; at < size;) {
        size_t end = next_quote(data, size, quote, at);

        if (!*inside && end >= from) {
            size_t first = at > from - 1 ? at : from - 1;
            const uint8_t *p = memchr(data + first, '\n', end - first);

            if (p)
                return (size_t)(p - data) + 1;
        }
        *inside ^= end < size;
        at = end + 1;
    }
    return TEXT_NOWHERE;
}

size_t
text_rows_end(const uint8_t *data, size_t size, char quote)
{
    bool inside = false;
    size_t last = 0;

    for (size_t at = 0; at < size;) {
        size_t end = next_quote(data, size, quote, at);
        const uint8_t *p = inside ? NULL : memrchr(data + at, '\n', end - at);

        if (p)
            last = (size_t)(p - data) + 1;
        inside ^= end < size;
        at = end + 1;
    }
    return last;
}

static bool
ends_field(const uint8_t *data, size_t size, size_t at, const char *delimiter)
{
    size_t n = strlen(delimiter);

    return at == size || data[at] == '\n' || data[at] == '\r' ||
           (size - at >= n && memcmp(data + at, delimiter, n) == 0);
}

static bool
begins_field(const uint8_t *data, size_t at, const char *delimiter)
{
    size_t n = strlen(delimiter);

    return at == 0 || data[at - 1] == '\n' || data[at - 1] == '\r' ||
           (at >= n && memcmp(data + at - n, delimiter, n) == 0);
}

const char *
text_quotes_fault(const uint8_t *data, size_t size, char quote, const char *delimiter,
                  size_t *fault)
{
    static const char within[] = "a quote inside a field";
    bool inside = false;

    for (size_t at = 0; (at = next_quote(data, size, quote, at)) < size; at++) {
        if (!inside) {
            *fault = at;
            if (!begins_field(data, at, delimiter))
                return within;
            inside = true;
        } else if (at + 1 < size && data[at + 1] == (uint8_t)quote)
            at++;
        else if (ends_field(data, size, at + 1, delimiter))
            inside = false;
        else {
            *fault = at;
            return within;
        }
    }
    return inside ? "a quote that is not closed" : NULL;
}
