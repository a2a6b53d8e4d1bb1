/*
 * number.h: two numbers under a tolerance.
 */
#ifndef GATE_COMPARE_NUMBER_H
#define GATE_COMPARE_NUMBER_H

#include "compare/value.h"

struct number {
    double value;
    bool is_integer; /* written as an integer */
    int64_t integer; /* exact when it fits; else is_integer is false */
};

/* A number, or a string that spells one (hexadecimal, "nan", "Infinity", ...). */
MUST_CHECK bool number_read(const struct json *node, struct number *out);

/* Same bits, or both NaN. */
bool number_identical(double a, double b);

/* Under a tolerant rule; *distance is what the rule measured. */
bool number_close(double expected, double actual, const struct compare_rule *rule,
                  double *distance);

#endif
