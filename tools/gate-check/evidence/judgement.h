/*
 * judgement.h: what was looked at, what speaks against it, and the verdict.
 *
 * One judgement a subject (a packet, a ledger, a table).  Reasons stay in the order
 * they were found, which every gate keeps fixed.  A verdict is fail when a rule is
 * broken, error when nothing is broken but something could not be judged, warn or
 * pass otherwise.
 */
#ifndef GATE_EVIDENCE_JUDGEMENT_H
#define GATE_EVIDENCE_JUDGEMENT_H

#include "common/arena.h"
#include "common/digest.h"

#include <stdint.h>

enum severity { SEVERITY_NOTE, SEVERITY_WARN, SEVERITY_ERROR, SEVERITY_FAIL };

enum reason_class {
#define REASON(name, severity, text) REASON_##name,
#include "evidence/reason.def"
#undef REASON
    REASON_COUNT
};

enum verdict { VERDICT_PASS, VERDICT_WARN, VERDICT_ERROR, VERDICT_FAIL };

struct reason {
    enum reason_class class;
    enum severity severity;
    const char *rule;    /* which rule decided; static */
    const char *file;    /* arena, as the rest; relative to the root; "" for none */
    const char *at;      /* place in the file, or "" */
    const char *message; /* one line */
    const char *claimed; /* what the evidence says, or NULL */
    const char *actual;  /* what is so, or NULL */
    const char *command; /* what shows it again, or NULL */
    struct reason *next;
};

/* A file that was judged. */
struct exhibit {
    const char *path; /* arena; relative to the root */
    uint64_t size;
    char blake2b[DIGEST_HEX_SIZE];
    struct exhibit *next;
};

struct mode_tally {
    bool known;
    uint64_t total, failed;
};

struct judgement {
    struct arena arena;
    const char *id;     /* arena */
    const char *layout; /* static; "" where there is only one */
    struct reason *reasons, *last_reason;
    struct exhibit *exhibits, *last_exhibit;
    size_t reason_count;
    enum severity worst;
    struct mode_tally modes[2];           /* by enum mode; packets only */
    char report_blake2b[DIGEST_HEX_SIZE]; /* packets only; or "" */
    const char *upstream; /* packets under ft or fp: upstream's word, or NULL */
};

void judgement_init(struct judgement *j, const char *id);
void judgement_clear(struct judgement *j);

/* Speak against it, with the class's own severity.  The reason may be completed. */
struct reason *judge(struct judgement *j, enum reason_class class, const char *rule,
                     const char *file, const char *at, const char *fmt, ...)
    PRINTF_LIKE(6, 7);

/* Add what was claimed and what is so (either may be NULL: unknown). */
void reason_values(struct judgement *j, struct reason *r, const char *claimed,
                   const char *actual);
void reason_numbers(struct judgement *j, struct reason *r, uint64_t claimed,
                    uint64_t actual);
/* Judge it milder or harsher than its class. */
void reason_severity(struct judgement *j, struct reason *r, enum severity severity);

/* Put `place` before the places of the reasons behind `last` (NULL: all). */
void judgement_prefix(struct judgement *j, const struct reason *last, const char *place);

void judgement_exhibit(struct judgement *j, const char *path, const void *data,
                       uint64_t size);

/* sprintf into the judgement's arena. */
const char *judgement_text(struct judgement *j, const char *fmt, ...) PRINTF_LIKE(2, 3);

enum verdict judgement_verdict(const struct judgement *j);
/* The class that decided: the first of the worst severity; REASON_OK if none. */
enum reason_class judgement_reason(const struct judgement *j);

const char *reason_name(enum reason_class class);
const char *reason_text(enum reason_class class);
MUST_CHECK bool reason_by_name(const char *name, enum reason_class *out);
const char *severity_name(enum severity severity);
const char *verdict_name(enum verdict verdict);
int verdict_status(enum verdict verdict); /* 0, 0, 3, 1 */

#endif
