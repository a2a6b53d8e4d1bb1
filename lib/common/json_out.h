/*
 * json_out.h: a streaming JSON writer with one possible output per call sequence.
 *
 * Keys appear in call order.  JSON_PRETTY indents by two spaces (files), JSON_LINE
 * writes one line (JSON Lines); both end the top-level value with "\n".  Integers
 * are exact; doubles are written as num_format_f64() does and always carry '.' or
 * 'e'; NaN and infinities are the strings "NaN", "Infinity", "-Infinity".
 */
#ifndef COMMON_JSON_OUT_H
#define COMMON_JSON_OUT_H

#include "json_in.h"

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

enum { JSON_DEPTH_MAX = 520 };
enum json_style { JSON_PRETTY, JSON_LINE };

struct json_out {
    FILE *stream; /* borrowed; its error flag is checked by the caller */
    enum json_style style;
    unsigned depth;
    bool has_member[JSON_DEPTH_MAX];
    char close[JSON_DEPTH_MAX];
};

void json_start(struct json_out *j, FILE *stream, enum json_style style);

/* key is NULL inside an array and at the top level. */
void json_object(struct json_out *j, const char *key);
void json_array(struct json_out *j, const char *key);
void json_end(struct json_out *j);
void json_null(struct json_out *j, const char *key);
void json_bool(struct json_out *j, const char *key, bool value);
void json_i64(struct json_out *j, const char *key, int64_t value);
void json_u64(struct json_out *j, const char *key, uint64_t value);
void json_f64(struct json_out *j, const char *key, double value);
void json_string(struct json_out *j, const char *key, const char *utf8);
void json_string_n(struct json_out *j, const char *key, const char *utf8, size_t size);
/* fmt's result as a string. */
void json_stringf(struct json_out *j, const char *key, const char *fmt, ...)
    PRINTF_LIKE(3, 4);
/* Text that already is one JSON value, such as a number as written. */
void json_raw(struct json_out *j, const char *key, const char *json, size_t size);
/* A tree that was read, written again. */
void json_node(struct json_out *j, const char *key, const struct json *node);

#endif
