/*
 * num.h: text to number and back, whole string, range-checked, no locale.
 */
#ifndef COMMON_NUM_H
#define COMMON_NUM_H

#include "attr.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Decimal digits only (a '-' for i64); false when anything else or out of range. */
MUST_CHECK bool num_parse_u64(const char *text, size_t size, uint64_t *out);
MUST_CHECK bool num_parse_i64(const char *text, size_t size, int64_t *out);

/* JSON's number grammar plus NaN, Infinity and -Infinity; correctly rounded. */
MUST_CHECK bool num_parse_f64(const char *text, size_t size, double *out);

/* "64", "16K", "256M", "4G", "1T" (powers of 1024). */
MUST_CHECK bool num_parse_size(const char *text, uint64_t *out);

enum { NUM_F64_SIZE = 40, NUM_U64_SIZE = 21 };

/*
 * The fewest digits that read back to the same bits, laid out as repr() of
 * Python does ("1.0", "1e-05", "1e+16"), so that oracles print the same text.
 * Not finite: "NaN", "Infinity", "-Infinity".  Returns the length; a NUL follows.
 */
size_t num_format_f64(double value, char out[static NUM_F64_SIZE]);
size_t num_format_f32(float value, char out[static NUM_F64_SIZE]);
size_t num_format_u64(uint64_t value, char out[static NUM_U64_SIZE]);
size_t num_format_i64(int64_t value, char out[static NUM_U64_SIZE]);

/* C99 hexadecimal as float.hex() of Python: "0x1.8000000000000p+1"; "nan", "inf". */
size_t num_format_hexfloat(double value, char out[static NUM_F64_SIZE]);
MUST_CHECK bool num_parse_hexfloat(const char *text, double *out);

#endif
