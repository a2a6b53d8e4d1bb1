/* test_reduce.c: the arithmetic of the aggregates, where order and rounding show. */
#include "csv/convert.h"
#include "group/reduce.h"
#include "test.h"

static void
test_sums(void)
{
    const double cancel[] = {1.0, 1e100, 1.0, -1e100};
    const double infinite[] = {(double)INFINITY, 1.0};
    const double opposed[] = {(double)INFINITY, -(double)INFINITY};
    const double zeros[] = {-0.0, -0.0};
    const double single[] = {16777216.0, 1.0, 1.0};

    CHECK(reduce_sum(cancel, 4, false) == 0.0); /* Kahan's, not Neumaier's */
    CHECK(isinf(reduce_sum(infinite, 2, false)));
    CHECK(isnan(reduce_sum(opposed, 2, false)));
    CHECK(!signbit(reduce_sum(zeros, 2, false)));
    CHECK(reduce_sum(single, 3, true) == 16777218.0);
}

static void
test_moments(void)
{
    const double x[] = {1, 2, 4};
    double even[] = {4, 1, 3, 2};

    CHECK(isnan(reduce_variance(x, 1, 1, false)));
    CHECK(reduce_variance(x, 1, 0, false) == 0);
    CHECK(fabs(reduce_variance(x, 3, 1, false) - 7.0 / 3) < 1e-15);
    CHECK(isnan(reduce_skew(x, 2)) && isnan(reduce_kurtosis(x, 3)));
    CHECK(reduce_median(even, 4) == 2.5);
    CHECK(reduce_quantile(x, 3, 0.25, INTERPOLATE_LINEAR) == 1.5);
    CHECK(reduce_quantile(x, 3, 0.25, INTERPOLATE_NEAREST) == 1);
    CHECK(reduce_quantile(x, 3, 0.75, INTERPOLATE_NEAREST) == 4);
}

static double
parsed(const char *text)
{
    double x = (double)NAN;

    return csv_parse_float(cell_str(text), &csv_defaults, &x) ? x : (double)NAN;
}

static void
test_floats(void)
{
    CHECK(parsed(" 1.5 ") == 1.5 && parsed("+3.") == 3 && parsed(".5") == 0.5);
    CHECK(parsed("-inf") == -(double)INFINITY && signbit(parsed("-0.0")));
    CHECK(parsed("1e-400") == 0);
    CHECK(isnan(parsed("1e400")) && isnan(parsed("1e")) && isnan(parsed("0x10")));
    CHECK(isnan(parsed(".")) && isnan(parsed("")) && isnan(parsed("1_0")));
}

int
main(void)
{
    test_sums();
    test_moments();
    test_floats();
    return test_failures != 0;
}
