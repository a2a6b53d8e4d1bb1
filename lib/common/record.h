/*
 * record.h: the records that pass between tools (docs/FORMATS.md).
 *
 * lockstep-cases/1: what the original did, one object a case.  lockstep-result/1:
 * what a tool or a live oracle answered, one line a case and mode.
 */
#ifndef COMMON_RECORD_H
#define COMMON_RECORD_H

#include "diagnostic.h"
#include "json_in.h"
#include "json_out.h"

#define RECORD_CASES_SCHEMA  "lockstep-cases/1"
#define RECORD_RESULT_SCHEMA "lockstep-result/1"

/* A case of lockstep-cases/1; all pointers are borrowed from its document. */
struct record_case {
    const char *case_id;
    const char *operation;
    bool strict, hardened;     /* the modes it runs in */
    const struct json *node;   /* the whole case */
    const struct json *args;   /* object, or NULL */
    const struct json *inputs; /* object, or NULL */
};

/* What a case expects in one mode: exactly one of value and error is set. */
struct record_expect {
    const struct json *value;
    const struct json *error;       /* {"class", "message"?} */
    const struct json *diagnostics; /* array of codes, or NULL: none expected */
};

struct record_cases {
    const struct json_doc *doc; /* borrowed */
    const char *packet_id;
    const struct json *next; /* private */
};

/* The header; refuses another schema or an unknown key. */
MUST_CHECK bool record_cases_begin(struct record_cases *r, const struct json_doc *doc,
                                   struct error *err);
/* The next case; *more is false after the last. */
MUST_CHECK bool record_cases_next(struct record_cases *r, struct record_case *out,
                                  bool *more, struct error *err);
MUST_CHECK bool record_case_expect(const struct record_cases *r,
                                   const struct record_case *c, enum mode mode,
                                   struct record_expect *out, struct error *err);

/*
 * One result line: begin, then exactly one of: a value written with key "value",
 * or record_result_error(); then end, which adds the diagnostics (may be NULL).
 */
void record_result_begin(struct json_out *j, FILE *stream, const char *packet_id,
                         const char *case_id, enum mode mode, bool ok);
/* class is err->subclass when set, else the class's name. */
void record_result_error(struct json_out *j, const struct error *err);
void record_result_end(struct json_out *j, const struct diagnostics *diagnostics);

#endif
