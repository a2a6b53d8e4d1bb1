/*
 * diagnostic.h: strict and hardened mode.
 *
 * Strict refuses what it does not fully understand.  Hardened recovers inside
 * written bounds, and every recovery is a diagnostic; past the bound it refuses.
 */
#ifndef COMMON_DIAGNOSTIC_H
#define COMMON_DIAGNOSTIC_H

#include "error.h"
#include "json_out.h"

#include <stddef.h>

enum mode { MODE_STRICT, MODE_HARDENED, MODE_BOTH /* `run` only */ };

const char *mode_name(enum mode mode); /* "strict", "hardened" */

struct diagnostic {
    char code[64]; /* snake_case, documented by the tool */
    char where[128];
    char message[256];
};

enum { DIAGNOSTICS_DEFAULT_MAX = 64 };

struct diagnostics {
    enum mode mode;
    size_t max;
    size_t count;
    struct diagnostic *items; /* owned */
};

void diagnostics_init(struct diagnostics *d, enum mode mode, size_t max);
void diagnostics_clear(struct diagnostics *d);

/*
 * A fault that hardened mode may recover from.  Hardened: recorded, true (until
 * more than max, then ERR_LIMIT).  Strict: *err is ERR_MALFORMED with the code as
 * its subclass, `where` as its place, and false.
 */
MUST_CHECK bool diagnostics_recover(struct diagnostics *d, const char *code,
                                    const char *where, struct error *err, const char *fmt,
                                    ...) PRINTF_LIKE(5, 6);

/* "diagnostics": [{"code","where","message"}, ...] */
void diagnostics_write(const struct diagnostics *d, struct json_out *j);

#endif
