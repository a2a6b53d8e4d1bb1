/* Text to number and back: chosen values, then random bits against strtod and printf. */
#include "common/num.h"

#include "test.h"

#include <inttypes.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

static uint64_t state = 88172645463325252U;

static uint64_t
random_bits(void)
{
    state ^= state << 13;
    state ^= state >> 7;
    state ^= state << 17;
    return state;
}

static double
from_bits(uint64_t bits)
{
    double x;

    memcpy(&x, &bits, sizeof x);
    return x;
}

static bool
u64_is(const char *text, uint64_t want)
{
    uint64_t x;

    return num_parse_u64(text, strlen(text), &x) && x == want;
}

static bool
i64_is(const char *text, int64_t want)
{
    int64_t x;

    return num_parse_i64(text, strlen(text), &x) && x == want;
}

static void
test_integers(void)
{
    static const char *const bad[] = {"",    "-",   "+1",  " 1", "1 ",
                                      "1.0", "0x1", "--1", "1e3"};
    char text[NUM_U64_SIZE];
    uint64_t u;
    int64_t i;

    CHECK(u64_is("0", 0) && u64_is("18446744073709551615", UINT64_MAX));
    CHECK(!num_parse_u64("18446744073709551616", 20, &u));
    CHECK(!num_parse_u64("-1", 2, &u));
    CHECK(i64_is("-9223372036854775808", INT64_MIN) && i64_is("-0", 0));
    CHECK(i64_is("9223372036854775807", INT64_MAX));
    CHECK(!num_parse_i64("9223372036854775808", 19, &i));
    CHECK(!num_parse_i64("-9223372036854775809", 20, &i));
    for (size_t k = 0; k < sizeof bad / sizeof *bad; k++) {
        CHECK(!num_parse_u64(bad[k], strlen(bad[k]), &u));
        CHECK(!num_parse_i64(bad[k], strlen(bad[k]), &i));
    }
    for (int k = 0; k < 100000; k++) {
        uint64_t x = random_bits() >> (random_bits() & 63);
        char want[32];

        CHECK(num_format_u64(x, text) ==
              (size_t)snprintf(want, sizeof want, "%llu", (unsigned long long)x));
        CHECK(strcmp(text, want) == 0 && u64_is(text, x));
        i = random_bits() & 1 ? (int64_t)x : -(int64_t)(x >> 1);
        CHECK(num_format_i64(i, text) ==
              (size_t)snprintf(want, sizeof want, "%lld", (long long)i));
        CHECK(strcmp(text, want) == 0 && i64_is(text, i));
    }
    CHECK(num_format_i64(INT64_MIN, text) == 20 && i64_is(text, INT64_MIN));
}

static void
test_size(void)
{
    uint64_t x;

    CHECK(num_parse_size("64", &x) && x == 64);
    CHECK(num_parse_size("16K", &x) && x == 16384);
    CHECK(num_parse_size("256M", &x) && x == UINT64_C(256) << 20);
    CHECK(num_parse_size("4G", &x) && x == UINT64_C(4) << 30);
    CHECK(num_parse_size("1T", &x) && x == UINT64_C(1) << 40);
    CHECK(num_parse_size("16777215T", &x) && x == UINT64_C(16777215) << 40);
    CHECK(!num_parse_size("16777216T", &x));
    CHECK(!num_parse_size("", &x) && !num_parse_size("K", &x) &&
          !num_parse_size("1KK", &x));
    CHECK(!num_parse_size("1.5K", &x) && !num_parse_size("-1", &x));
}

static bool
prints(double x, const char *want)
{
    char text[NUM_F64_SIZE];

    return num_format_f64(x, text) == strlen(want) && strcmp(text, want) == 0;
}

static bool
prints_f32(float x, const char *want)
{
    char text[NUM_F64_SIZE];

    return num_format_f32(x, text) == strlen(want) && strcmp(text, want) == 0;
}

/* Expected texts are those of repr() in Python 3.11. */
static void
test_layout(void)
{
    CHECK(prints(0.0, "0.0") && prints(-0.0, "-0.0") && prints(1, "1.0"));
    CHECK(prints(-1.5, "-1.5") && prints(0.1, "0.1") && prints(100, "100.0"));
    CHECK(prints(1e-4, "0.0001") && prints(1e-5, "1e-05") && prints(1.5e-5, "1.5e-05"));
    CHECK(prints(123456.789, "123456.789") && prints(0.00012345, "0.00012345"));
    CHECK(prints(1e15, "1000000000000000.0") && prints(1e16, "1e+16"));
    CHECK(prints(9007199254740993.0, "9007199254740992.0"));
    CHECK(prints(12345678901234567.0, "1.2345678901234568e+16"));
    CHECK(prints(1e22, "1e+22") && prints(1e23, "1e+23") && prints(1e100, "1e+100"));
    CHECK(prints(5e-324, "5e-324") &&
          prints(2.2250738585072014e-308, "2.2250738585072014e-308"));
    CHECK(prints(1.7976931348623157e308, "1.7976931348623157e+308"));
    CHECK(prints(0.30000000000000004, "0.30000000000000004"));
    CHECK(prints((double)NAN, "NaN") && prints((double)INFINITY, "Infinity"));
    CHECK(prints(-(double)INFINITY, "-Infinity"));
    CHECK(prints_f32(0.1F, "0.1") && prints_f32(16777216.0F, "16777216.0"));
    CHECK(prints_f32(1e-45F, "1e-45") && prints_f32(3.4028235e38F, "3.4028235e+38"));
    CHECK(prints_f32(1e16F, "1e+16") && prints_f32(-0.0F, "-0.0"));
}

/* The significant digits of a text, without zeros at either end; returns how many. */
static int
significant(const char *text, char out[static 40])
{
    int n = 0, zeros = 0;

    for (; *text && *text != 'e'; text++) {
        if (*text == '0') {
            zeros++;
        } else if (*text >= '1' && *text <= '9') {
            for (; zeros > 0 && n > 0; zeros--)
                out[n++] = '0';
            zeros = 0;
            out[n++] = *text;
        }
    }
    out[n] = '\0';
    return n;
}

/* Reads back, no shorter text does, and of texts as short it is the closest. */
static void
check_f64(double x)
{
    char text[NUM_F64_SIZE], other[40], digits[40], other_digits[40];
    double back;
    int n;

    CHECK(num_format_f64(x, text) == strlen(text));
    CHECK(strtod(text, NULL) == x);
    CHECK(num_parse_f64(text, strlen(text), &back) && memcmp(&back, &x, sizeof x) == 0);
    n = significant(text, digits);
    (void)snprintf(other, sizeof other, "%.*e", n ? n - 1 : 0, x);
    (void)significant(other, other_digits);
    CHECK(strcmp(digits, other_digits) == 0 || strtod(other, NULL) != x);
    if (n > 1) {
        (void)snprintf(other, sizeof other, "%.*e", n - 2, x);
        CHECK(strtod(other, NULL) != x);
    }
}

static void
check_f32(float x)
{
    char text[NUM_F64_SIZE], digits[40], fewer[40];
    int n;

    CHECK(num_format_f32(x, text) == strlen(text));
    CHECK(strtof(text, NULL) == x);
    n = significant(text, digits);
    CHECK(n <= 9);
    if (n > 1) {
        (void)snprintf(fewer, sizeof fewer, "%.*e", n - 2, (double)x);
        CHECK(strtof(fewer, NULL) != x);
    }
}

static void
test_round_trip(int count)
{
    for (int i = 0; i < count; i++) {
        uint64_t bits = random_bits();
        uint32_t half = (uint32_t)(bits >> 16);
        float f;

        if ((bits >> 52 & 0x7ff) != 0x7ff)
            check_f64(from_bits(bits));
        check_f64(from_bits(bits & 0x800fffffffffffff)); /* subnormal */
        check_f64((double)(int64_t)bits / 1000);
        check_f64((double)(bits % 1000000) / 100);
        check_f64((double)(bits >> (bits & 63)) /
                  1e6); /* some of them have more digits */
        check_f64(nextafter((double)(bits % 100000000) / 1e6, 1e308));
        memcpy(&f, &half, sizeof f);
        if ((half >> 23 & 0xff) != 0xff)
            check_f32(f);
    }
    for (int e = -1074; e < 1024; e++) {
        check_f64(ldexp(1, e));
        check_f64(nextafter(ldexp(1, e), 0));
        check_f64(nextafter(ldexp(1, e), 1e308));
    }
    for (int e = -149; e < 128; e++)
        check_f32(ldexpf(1, e));
    for (int e = -323; e < 309; e++) {
        char text[16];

        (void)snprintf(text, sizeof text, "1e%d", e);
        check_f64(strtod(text, NULL));
    }
}

/* num_parse_f64() against strtod() on texts of every length. */
static void
test_parse_f64(int count)
{
    static const char *const bad[] = {"",      "-",      "01",      "-01", "1.",   ".5",
                                      "+1",    "1e",     "1e+",     "nan", "inf",  "0x1",
                                      " 1",    "1 ",     "1_0",     "00",  "1e5.", "-NaN",
                                      "1e400", "-1e400", "1.5e+-3", "e5"};
    double x;

    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++)
        CHECK(!num_parse_f64(bad[i], strlen(bad[i]), &x));
    CHECK(num_parse_f64("NaN", 3, &x) && isnan(x));
    CHECK(num_parse_f64("-Infinity", 9, &x) && isinf(x) && x < 0);
    CHECK(num_parse_f64("-0", 2, &x) && x == 0 && signbit(x));
    CHECK(num_parse_f64("1e-400", 6, &x) && x == 0);
    CHECK(num_parse_f64("0e999999999999", 14, &x) && x == 0);
    CHECK(num_parse_f64("9007199254740993", 16, &x) && x == 9007199254740992.0);
    CHECK(num_parse_f64("1.7976931348623158e308", 22, &x) && x == 1.7976931348623157e308);
    CHECK(!num_parse_f64("1.7976931348623159e308", 22, &x));
    for (int i = 0; i < count; i++) {
        char text[80];
        int digits = 1 + (int)(random_bits() % 25), n = 0;

        n += snprintf(text, sizeof text, "%d.", (int)(random_bits() % 10));
        for (int k = 0; k < digits; k++)
            text[n++] = (char)('0' + random_bits() % 10);
        n += snprintf(text + n, sizeof text - (size_t)n, "e%d",
                      (int)(random_bits() % 660) - 345);
        if (num_parse_f64(text, (size_t)n, &x))
            CHECK(x == strtod(text, NULL));
        else
            CHECK(isinf(strtod(text, NULL)));
    }
    /* Halfway between two doubles, and one digit beside it. */
    for (int i = 0; i < count / 10; i++) {
        uint64_t bits = random_bits() >> 11 | UINT64_C(1) << 52;
        char text[80];
        int n = snprintf(text, sizeof text, "%" PRIu64, 2 * bits + 1); /* 54 bits */

        CHECK(num_parse_f64(text, (size_t)n, &x) && x == strtod(text, NULL));
        n += snprintf(text + n, sizeof text - (size_t)n, ".000000000000000001");
        CHECK(num_parse_f64(text, (size_t)n, &x) && x == strtod(text, NULL));
    }
}

static void
test_hexfloat(void)
{
    static const struct {
        double value;
        const char *text;
    } known[] = {
        {3.0, "0x1.8000000000000p+1"},
        {0.0, "0x0.0p+0"},
        {-0.0, "-0x0.0p+0"},
        {5e-324, "0x0.0000000000001p-1022"},
        {-0.1, "-0x1.999999999999ap-4"},
        {(double)INFINITY, "inf"},
        {-(double)INFINITY, "-inf"},
    };
    char text[NUM_F64_SIZE];
    double x;

    for (size_t i = 0; i < sizeof known / sizeof *known; i++) {
        CHECK(num_format_hexfloat(known[i].value, text) == strlen(known[i].text));
        CHECK(strcmp(text, known[i].text) == 0);
        CHECK(num_parse_hexfloat(text, &x) && memcmp(&x, &known[i].value, sizeof x) == 0);
    }
    CHECK(num_format_hexfloat((double)NAN, text) == 3 && strcmp(text, "nan") == 0);
    CHECK(num_parse_hexfloat("nan", &x) && isnan(x));
    CHECK(num_parse_hexfloat("0x1p-1", &x) && x == 0.5);
    CHECK(!num_parse_hexfloat("", &x) && !num_parse_hexfloat("1.0", &x));
    CHECK(!num_parse_hexfloat("0x1.8", &x) && !num_parse_hexfloat("0x1p", &x));
    CHECK(!num_parse_hexfloat("0x1p1 ", &x) && !num_parse_hexfloat("0x1p99999", &x));
}

int
main(void)
{
    int count = getenv("LOCKSTEP_QUICK") ? 2000 : 100000;

    test_integers();
    test_size();
    test_layout();
    test_round_trip(count);
    test_parse_f64(count);
    test_hexfloat();
    return test_failures != 0;
}
