/* The short parsers agree with the full ones; the full ones with what pandas gave. */
#include "csv/number.h"
#include "test.h"

#include <math.h>
#include <stdlib.h>

enum { ROUNDS = 400000 };

static uint64_t seed = 7;

static uint32_t
chance(uint32_t n)
{
    seed = seed * UINT64_C(6364136223846793005) + 1442695040888963407u;
    return (uint32_t)(seed >> 33) % n;
}

static bool
same_bits(double a, double b)
{
    return memcmp(&a, &b, sizeof a) == 0;
}

static const uint8_t *
octets(const char *text)
{
    return (const uint8_t *)text;
}

/* What a short parser accepts the full one accepts, with the same value. */
static void
check_short(const uint8_t *text, size_t size)
{
    int64_t i = 0, j = 1;
    double x = 0, y = 1;

    if (number_i64_short(text, size, &i))
        CHECK(number_i64(text, size, &j) && i == j);
    if (number_f64_short(text, size, &x))
        CHECK(number_f64(text, size, &y) && same_bits(x, y));
}

static void
check_random(void)
{
    static const char common[] = "0123456789012345678901234567890123456789..-e +";
    uint8_t memory[64];
    int accepted = 0;

    for (int round = 0; round < ROUNDS; round++) {
        size_t size = chance(19);
        double x;

        for (size_t i = 0; i < sizeof memory; i++)
            memory[i] = (uint8_t)(chance(50) ? common[chance(sizeof common - 1)]
                                             : (char)chance(256));
        check_short(memory + 16, size);
        accepted += number_f64_short(memory + 16, size, &x);
    }
    CHECK(accepted > ROUNDS / 10);
}

static double
float_of(const char *text)
{
    double x = 0;

    return number_f64(octets(text), strlen(text), &x) ? x : (double)NAN;
}

/* Bits that pandas.read_csv gave. */
static void
check_pandas(void)
{
    CHECK(same_bits(float_of("0.1"), 0.1));
    CHECK(same_bits(float_of("-0.0"), -0.0));
    CHECK(same_bits(float_of("123456789012345678901"), 12345678901234568e4));
    CHECK(float_of("1e-400") == 0 && isnan(float_of("1e400")));
    CHECK(float_of("+Inf") > 0 && isinf(float_of("-infinity")));
    CHECK(float_of(" 2.5 ") == 2.5 && float_of("1.") == 1 && float_of(".5") == .5);
    CHECK(isnan(float_of("1e")) && isnan(float_of("-")) && isnan(float_of("0x1")));
    CHECK(isnan(float_of("")) && isnan(float_of("1_0")) && isnan(float_of("1.2.3")));
}

/* The same with other signs for the point and the thousands, and correctly rounded. */
static void
check_styles(void)
{
    const struct number_style comma = {.decimal = ',', .thousands = '.'};
    const struct number_style exact = {.decimal = '.', .round_trip = true};
    double x;

    CHECK(number_real(octets("1.234.5,5e1"), 11, &comma, &x) && x == 123455);
    CHECK(!number_real(octets("1..2"), 4, &comma, &x));
    CHECK(number_real(octets(" -0.3 "), 6, &exact, &x) && x == -0.3);
    CHECK(number_real(octets("0.123456789012345678"), 20, &exact, &x) &&
          same_bits(x, 0.123456789012345678));
    CHECK(!number_real(octets("1e999"), 5, &exact, &x));
    CHECK(!number_real(octets("1x"), 2, &exact, &x));
}

static void
check_integers(void)
{
    int64_t i;

    CHECK(number_i64(octets("-9223372036854775808"), 20, &i) && i == INT64_MIN);
    CHECK(!number_i64(octets("9223372036854775808"), 19, &i));
    CHECK(number_integer(octets("18446744073709551615"), 20, 0).magnitude == UINT64_MAX);
    CHECK(number_integer(octets("18446744073709551616"), 20, 0).how == NUMBER_OVERFLOWED);
    CHECK(number_integer(octets("1_2__3"), 6, '_').magnitude == 123);
    CHECK(number_integer(octets("_1"), 2, '_').how == NUMBER_INVALID);
    CHECK(number_i64(octets(" +007 "), 6, &i) && i == 7);
    CHECK(!number_i64(octets("1 2"), 3, &i) && !number_i64(octets(""), 0, &i));
}

static void
check_words(void)
{
    bool truth;

    CHECK(number_is_na(octets(""), 0) && number_is_na(octets("#N/A N/A"), 8));
    CHECK(!number_is_na(octets("NAN"), 3) && !number_is_na(octets(" "), 1));
    CHECK(number_is_bool(octets("tRue"), 4, &truth) && truth);
    CHECK(number_is_bool(octets("False"), 5, &truth) && !truth);
    CHECK(!number_is_bool(octets("True "), 5, &truth));
}

int
main(void)
{
    check_random();
    check_pandas();
    check_styles();
    check_integers();
    check_words();
    return test_failures != 0;
}
