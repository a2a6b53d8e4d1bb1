/* field.c: see field.h. */
#include "engine/field.h"

static bool
is_digits(const uint8_t *p, size_t size)
{
    for (size_t i = 0; i < size; i++)
        if (p[i] < '0' || p[i] > '9')
            return false;
    return true;
}

bool
field_f64(const uint8_t *text, size_t size, double *out)
{
    size_t sign = size > 0 && *text == '-';
    int64_t integer;

    if (number_is_na(text, size)) {
        *out = (double)NAN;
        return true;
    }
    if (!number_f64(text, size, out))
        return false;
    if (number_i64(text, size, &integer))
        return number_same_either_way(integer, *out);
    return size < 19 || !is_digits(text + sign, size - sign);
}

bool
field_is_text(const uint8_t *text, size_t size)
{
    double number;
    bool truth;

    return !number_is_na(text, size) && !number_f64(text, size, &number) &&
           !number_is_bool(text, size, &truth);
}
