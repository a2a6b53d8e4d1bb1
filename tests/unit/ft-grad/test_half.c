/* test_half.c: the 16-bit floats against lib/common's reading of all their bits. */
#include "test.h"

#include "tensor/half.h"
#include "tensor/tensor.h"

#include "common/bytes.h"
#include "common/dtype.h"

#include <math.h>

static void
every_value(enum dtype type, double (*widen)(uint16_t), uint16_t (*narrow)(double))
{
    for (unsigned bits = 0; bits <= 0xffff; bits++) {
        uint8_t octets[2] = {(uint8_t)bits, (uint8_t)(bits >> 8)};
        double want, have = widen((uint16_t)bits);

        CHECK(dtype_to_f64(type, octets, 1, &want));
        CHECK(isnan(want) ? isnan(have) : want == have && signbit(want) == signbit(have));
        if (!isnan(have))
            CHECK(narrow(have) == bits);
        else
            CHECK(isnan(widen(narrow(have))));
    }
}

/* Between neighbours: to the nearer one, in the middle to the even one. */
static void
rounding(double (*widen)(uint16_t), uint16_t (*narrow)(double), unsigned infinity)
{
    for (unsigned bits = 0; bits + 1 < infinity; bits++) {
        double low = widen((uint16_t)bits), high = widen((uint16_t)(bits + 1));
        double middle = low + (high - low) / 2;
        unsigned even = bits & 1 ? bits + 1 : bits;

        CHECK(narrow(middle) == even);
        CHECK(narrow(nextafter(middle, low)) == bits);
        CHECK(narrow(nextafter(middle, high)) == bits + 1);
        CHECK(narrow(-middle) == (even | 0x8000));
    }
    CHECK(narrow(1e300) == infinity);
    CHECK(narrow(-1e300) == (infinity | 0x8000));
}

int
main(void)
{
    every_value(DTYPE_FLOAT16, half_to_f64, half_from_f64);
    every_value(DTYPE_BFLOAT16, bfloat_to_f64, bfloat_from_f64);
    rounding(half_to_f64, half_from_f64, 0x7c00);
    rounding(bfloat_to_f64, bfloat_from_f64, 0x7f80);
    for (enum tensor_type t = TENSOR_F32; t < TENSOR_TYPES; t++) {
        CHECK(tensor_type_of(tensor_type_dtype(t)) == t);
        CHECK(tensor_type_size(t) == dtype_size(tensor_type_dtype(t)));
    }
    return test_failures != 0;
}
