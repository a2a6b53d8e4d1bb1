#!/usr/bin/env python3
"""Print lib/common/num_pow10.c: powers of ten as 128-bit significands.

Entry i is ceil(10^k * 2^(127 - floor(log2(10^k)))) for k = FIRST + i, exact big integers.
"""
from fractions import Fraction

FIRST, LAST = -342, 324


def significand(k):
    value = Fraction(10) ** k
    exponent = value.numerator.bit_length() - value.denominator.bit_length()
    if Fraction(2) ** exponent > value:
        exponent -= 1
    scaled = value * Fraction(2) ** (127 - exponent)
    return -((-scaled.numerator) // scaled.denominator)


def main():
    entries = []
    for k in range(FIRST, LAST + 1):
        g = significand(k)
        entries.append("{0x%016x, 0x%016x}" % (g >> 64, g & (2**64 - 1)))
    print('/* Made by scripts/gen-pow10.py; do not edit. */')
    print('#include "num_pow10.h"\n')
    print("/* clang-format off */")
    print("const struct num_pow10 num_pow10[NUM_POW10_LAST - NUM_POW10_FIRST + 1] = {")
    for i in range(0, len(entries), 2):
        print("    " + ", ".join(entries[i:i + 2]) + ",")
    print("};")


main()
