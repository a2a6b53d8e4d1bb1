#include "compare/number.h"

#include "common/num.h"

#include <math.h>
#include <string.h>

bool
number_read(const struct json *node, struct number *out)
{
    *out = (struct number){0};
    if (json_type(node) == JSON_NUMBER)
        out->is_integer = json_to_i64(node, &out->integer);
    else if (json_type(node) != JSON_STRING)
        return false;
    return json_to_f64(node, &out->value) ||
           num_parse_hexfloat(json_text(node), &out->value);
}

bool
number_identical(double a, double b)
{
    return (isnan(a) && isnan(b)) || memcmp(&a, &b, sizeof a) == 0;
}

/* Doubles in order as integers: -0.0 and 0.0 are the same place. */
static int64_t
ordinal(double x)
{
    int64_t bits;

    memcpy(&bits, &x, sizeof bits);
    return bits < 0 ? INT64_MIN - bits : bits;
}

static double
ulps_apart(double a, double b)
{
    int64_t i = ordinal(a), k = ordinal(b);
    /* Modular subtraction: the true distance always fits in 64 unsigned bits. */
    uint64_t apart = i > k ? (uint64_t)i - (uint64_t)k : (uint64_t)k - (uint64_t)i;

    return (double)apart;
}

bool
number_close(double expected, double actual, const struct compare_rule *rule,
             double *distance)
{
    double apart = fabs(expected - actual);

    *distance = apart;
    if (number_identical(expected, actual))
        return true;
    if (!isfinite(expected) || !isfinite(actual))
        return false;
    switch (rule->kind) {
    case COMPARE_ABS: return apart <= rule->tolerance;
    case COMPARE_REL:
        *distance = apart == 0 ? 0 : apart / fmax(fabs(expected), fabs(actual));
        return *distance <= rule->tolerance;
    case COMPARE_ULP:
        *distance = ulps_apart(expected, actual);
        return *distance <= rule->tolerance;
    case COMPARE_CLOSE: return apart <= rule->atol + rule->tolerance * fabs(expected);
    case COMPARE_SEMANTIC:
        *distance = apart / fmax(fmax(fabs(expected), fabs(actual)), 1.0);
        return apart == 0 || *distance < rule->tolerance;
    case COMPARE_EXACT: break;
    }
    return false;
}
