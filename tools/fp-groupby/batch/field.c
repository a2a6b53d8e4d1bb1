/* field.c: see field.h. */
#include "batch/field.h"

bool
field_f64(const uint8_t *text, size_t size, double *out)
{
    struct number_integer x;

    if (number_is_na(text, size)) {
        *out = (double)NAN;
        return true;
    }
    if (!number_f64(text, size, out))
        return false;
    x = number_integer(text, size, 0);
    if (x.how == NUMBER_PARSED)
        return x.fits_signed && number_same_either_way(number_signed(x), *out);
    return x.how == NUMBER_INVALID;
}

bool
field_is_text(const uint8_t *text, size_t size)
{
    double number;
    bool truth;

    return !number_is_na(text, size) && !number_f64(text, size, &number) &&
           !number_is_bool(text, size, &truth);
}
