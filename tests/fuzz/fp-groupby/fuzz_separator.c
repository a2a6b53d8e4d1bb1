/* fuzz_separator.c: the first line as a separator that is a pattern, the others as CSV.
 */
#include "csv/reader.h"

#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    const uint8_t *end = size ? memchr(data, '\n', size) : NULL;
    size_t n = end ? (size_t)(end - data) : size;
    struct csv_options o = csv_defaults;
    struct csv_report report = {0};
    struct arena a = {0};
    struct error err = {0};
    struct frame *f;
    const char *pattern;

    if (n == 0 || n > 64 || size > 4096 || memchr(data, 0, n))
        return 0;
    pattern = arena_strndup(&a, (const char *)data, n);
    if (separator_parse(&a, pattern, &o.pattern, &err) && end)
        (void)(csv_read(&a, end + 1, size - n - 1, &o, &f, &report, &err) ||
               err.message[0]);
    arena_clear(&a);
    return 0;
}
