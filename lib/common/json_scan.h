/*
 * json_scan.h: a strict pull scanner over JSON text in memory (RFC 8259).
 *
 * It checks everything that grammar alone can say: one value, nothing behind it,
 * UTF-8, escapes (lone surrogates and \u0000 are refused), number grammar, depth.
 * json_in builds trees on top of it; readers of millions of records use it
 * directly and allocate nothing.
 */
#ifndef COMMON_JSON_SCAN_H
#define COMMON_JSON_SCAN_H

#include "buf.h"
#include "error.h"

enum { JSON_SCAN_DEPTH_MAX = 512 };

enum json_token {
    JSON_TOKEN_OBJECT, /* { */
    JSON_TOKEN_ARRAY,  /* [ */
    JSON_TOKEN_END,    /* the matching } or ] */
    JSON_TOKEN_KEY,    /* a member's name; its value follows */
    JSON_TOKEN_STRING,
    JSON_TOKEN_NUMBER, /* text is the number as written */
    JSON_TOKEN_TRUE,
    JSON_TOKEN_FALSE,
    JSON_TOKEN_NULL,
    JSON_TOKEN_EOF, /* the value is complete and nothing but space follows */
};

struct json_scan {
    const char *text; /* borrowed */
    size_t size;
    size_t pos;     /* of the next unread octet */
    size_t start;   /* of the current token */
    unsigned depth; /* open containers */
    unsigned limit; /* most allowed, <= JSON_SCAN_DEPTH_MAX */
    bool in_object[JSON_SCAN_DEPTH_MAX];
    int state;          /* private */
    const char *token;  /* KEY, STRING: decoded; NUMBER: as written; not NUL-terminated */
    size_t token_size;  /* valid until the next call */
    struct buf scratch; /* owned: strings that hold escapes */
    bool bad_encoding;  /* the fault is not one of grammar, but of UTF-8 or surrogates */
};

void json_scan_begin(struct json_scan *s, const char *text, size_t size, unsigned limit);
MUST_CHECK bool json_scan_next(struct json_scan *s, enum json_token *out,
                               struct error *err);
/* Pass over the rest of the value that the last token opened (nothing for a scalar). */
MUST_CHECK bool json_scan_skip(struct json_scan *s, enum json_token opened,
                               struct error *err);
/* Set class and message and the line:column of the current token; returns false. */
bool json_scan_fail(const struct json_scan *s, struct error *err, enum error_class class,
                    const char *fmt, ...) PRINTF_LIKE(4, 5);
void json_scan_end(struct json_scan *s); /* frees scratch */

#endif
