/*
 * set_lines.h: keysets as JSON Lines, millions of them from a pipe.
 *
 *     {"keyset": "0x12800008001"}            or   {"keys": ["CPU", "AutogradCPU"]}
 *     with "included" and "excluded" (0x.. too): the sets TLS adds and takes away
 */
#ifndef FILES_SET_LINES_H
#define FILES_SET_LINES_H

#include "common/buf.h"
#include "common/json_scan.h"
#include "keyset/keyset.h"

#include <stdio.h>

enum { SET_LINE_MAX = 1 << 20 };

struct set_line {
    uint64_t keyset;
    uint64_t included, excluded;
};

/* How a profile reads names and answers; append the line's answer to out. */
struct set_profile {
    /* The bits of a key called name; false when there is none. */
    bool (*find)(const void *context, const char *name, size_t size, uint64_t *bits);
    bool (*answer)(const void *context, const struct set_line *line, struct buf *out,
                   struct error *err);
    const void *context;
};

/* Errors name the line. */
MUST_CHECK bool set_lines_answer(FILE *in, FILE *out, const struct set_profile *profile,
                                 struct error *err);

/* One line, without its newline; for the fuzzer. */
MUST_CHECK bool set_line_read(const char *text, size_t size,
                              const struct set_profile *profile, struct set_line *out,
                              struct error *err);

#endif
