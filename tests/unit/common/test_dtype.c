/* test_dtype.c: names, sizes and values of the element types. */
#include "common/dtype.h"
#include "test.h"

#include <math.h>
#include <string.h>

static double
value(enum dtype d, const char *octets)
{
    double out[2] = {0};

    CHECK(dtype_to_f64(d, (const uint8_t *)octets, 1, out));
    return out[0];
}

static void
test_names(void)
{
    for (enum dtype d = DTYPE_NONE + 1; d < DTYPE_COUNT; d++) {
        const char *name = dtype_name(d), *st = dtype_safetensors(d);

        CHECK(dtype_by_name(name, strlen(name)) == d);
        if (st[0])
            CHECK(dtype_by_safetensors(st, strlen(st)) == d);
        if (dtype_numpy(d)[0])
            CHECK(dtype_by_numpy(dtype_numpy(d), strlen(dtype_numpy(d))) == d);
        CHECK(dtype_bits(d) > 0 &&
              (dtype_bits(d) % (8 * dtype_unit(d)) == 0 || dtype_size(d) == 0));
    }
    CHECK(dtype_by_name("float", 5) == DTYPE_NONE);
    CHECK(dtype_by_name("", 0) == DTYPE_NONE);
    CHECK(dtype_by_numpy("", 0) == DTYPE_NONE);
}

static void
test_values(void)
{
    CHECK(value(DTYPE_FLOAT16, "\x00\x3c") == 1.0);
    CHECK(value(DTYPE_FLOAT16, "\x01\x00") == 0x1p-24);
    CHECK(isinf(value(DTYPE_FLOAT16, "\x00\xfc")));
    CHECK(value(DTYPE_BFLOAT16, "\x80\xbf") == -1.0);
    CHECK(value(DTYPE_FLOAT8_E4M3FN, "\x7e") == 448.0);
    CHECK(isnan(value(DTYPE_FLOAT8_E4M3FN, "\x7f")));
    CHECK(value(DTYPE_FLOAT8_E4M3FNUZ, "\x7f") == 240.0);
    CHECK(isnan(value(DTYPE_FLOAT8_E4M3FNUZ, "\x80")));
    CHECK(value(DTYPE_FLOAT8_E5M2, "\x7b") == 57344.0);
    CHECK(value(DTYPE_FLOAT8_E5M2FNUZ, "\x7f") == 57344.0);
    CHECK(value(DTYPE_FLOAT8_E8M0FNU, "\x80") == 2.0);
    CHECK(value(DTYPE_INT32, "\xff\xff\xff\xff") == -1.0);
    CHECK(value(DTYPE_INT64, "\x00\x00\x00\x00\x00\x00\x00\x80") == -0x1p63);
    CHECK(value(DTYPE_COMPLEX64, "\x00\x00\x80\x3f\x00\x00\x00\x40") == 1.0);
}

static void
test_opaque(void)
{
    double out;

    CHECK(!dtype_to_f64(DTYPE_FLOAT4_E2M1, (const uint8_t *)"\x12", 1, &out));
    CHECK(dtype_size(DTYPE_FLOAT4_E2M1) == 0);
}

int
main(void)
{
    test_names();
    test_values();
    test_opaque();
    return test_failures != 0;
}
