/* Numbers: a text as strtod() reads it, and eight octets as a double that comes back. */
#include "common/num.h"

#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void
check(bool holds)
{
    if (!holds)
        __builtin_trap();
}

static void
check_text(const char *text, size_t size)
{
    uint64_t u;
    int64_t i;
    double x, y;

    if (num_parse_u64(text, size, &u))
        check(u == strtoull(text, NULL, 10));
    if (num_parse_i64(text, size, &i))
        check(i == strtoll(text, NULL, 10));
    if (num_parse_f64(text, size, &x)) {
        y = strtod(text, NULL);
        check(memcmp(&x, &y, sizeof x) == 0);
    }
    if (num_parse_size(text, &u))
        check(u >= strtoull(text, NULL, 10));
    if (num_parse_hexfloat(text, &x)) {
        char back[NUM_F64_SIZE];

        (void)num_format_hexfloat(x, back);
        check(num_parse_hexfloat(back, &y) && (x == y || x != x));
    }
}

static void
check_bits(const uint8_t *data)
{
    char text[NUM_F64_SIZE];
    double x, y;
    float f;
    size_t n;

    memcpy(&x, data, sizeof x);
    n = num_format_f64(x, text);
    check(n < sizeof text && text[n] == '\0' && num_parse_f64(text, n, &y));
    check(memcmp(&x, &y, sizeof x) == 0 || x != x);
    memcpy(&f, data, sizeof f);
    n = num_format_f32(f, text);
    check(n < sizeof text && text[n] == '\0' && (strtof(text, NULL) == f || f != f));
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    char *text = malloc(size + 1);

    if (!text)
        return 0;
    memcpy(text, data, size);
    text[size] = '\0';
    check_text(text, size);
    if (size >= 8)
        check_bits(data);
    free(text);
    return 0;
}
