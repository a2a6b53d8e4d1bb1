/* serde_number.c: see serde_number.h.  Finite numbers only. */
#include "container/serde_number.h"

#include "common/num.h"

#include <stdbool.h>
#include <stdlib.h>

void
number_put(double x, struct buf *out)
{
    char text[NUM_F64_SIZE], digits[NUM_F64_SIZE];
    size_t n = 0;
    int point = 0, exponent = 0; /* 0.digits * 10^point */
    bool after = false;
    const char *p = text;

    (void)num_format_f64(x, text);
    if (*p == '-') {
        buf_putc(out, '-');
        p++;
    }
    for (; *p && *p != 'e'; p++) {
        if (*p == '.') {
            after = true;
        } else if (n > 0 || *p != '0') {
            digits[n++] = *p;
            point += !after;
        } else {
            point -= after;
        }
    }
    if (*p == 'e')
        exponent = (int)strtol(p + 1, NULL, 10);
    while (n > 0 && digits[n - 1] == '0')
        n--;
    point += exponent;
    if (n == 0) {
        buf_puts(out, "0.0");
    } else if (point > 16 || point <= -5) {
        buf_putc(out, digits[0]);
        if (n > 1)
            buf_putc(out, '.');
        buf_put(out, digits + 1, n - 1);
        buf_printf(out, "e%d", point - 1);
    } else if (point <= 0) {
        buf_puts(out, "0.");
        for (int i = point; i < 0; i++)
            buf_putc(out, '0');
        buf_put(out, digits, n);
    } else {
        for (int i = 0; i < point || i < (int)n; i++) {
            if (i == point)
                buf_putc(out, '.');
            buf_putc(out, i < (int)n ? digits[i] : '0');
        }
        if ((int)n <= point)
            buf_puts(out, ".0");
    }
}
