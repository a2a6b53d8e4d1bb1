/*
 * answer.h: what this tool says to one case of ft-dispatch-cases/1 or lockstep-cases/1.
 *
 * Reading and writing are apart: all that can fail happens in answer_prepare(), so
 * that a result line is never begun and then abandoned.
 */
#ifndef CASES_ANSWER_H
#define CASES_ANSWER_H

#include "cases/read.h"
#include "common/json_out.h"

/* What the cases of one file share. */
struct case_context {
    const struct keyspace *keys;
    const struct json_doc *doc;
    const struct kernel *builtin[KEYS_MAX]; /* the fallbacks torch came with */
    bool outside_only; /* answers leave out what torch does not show to a caller */
};

enum case_kind {
    CASE_ALGEBRA,
    CASE_UNKNOWN_BITS,
    CASE_TABLE,
    CASE_ERROR_TEXT,
    CASE_REFUSAL,
};

struct answer {
    enum case_kind kind;
    const struct case_context *context;
    const struct json *expect; /* or NULL: only the parts it has are written */
    struct arena arena;
    /* CASE_ALGEBRA, CASE_UNKNOWN_BITS */
    uint64_t a, b;
    unsigned key, backend;
    /* CASE_TABLE */
    bool is_dump;             /* registrations of a live torch, computed table only */
    const struct json *calls; /* or NULL */
    struct replay replay;
    /* CASE_ERROR_TEXT, CASE_REFUSAL */
    struct buf text;
    const char *type; /* NULL: nothing is raised */
    bool is_key;      /* CASE_REFUSAL: a name that torch does parse, as `key` */
};

/*
 * input holds the case's inputs, expect (may be NULL) the shape of the answer.
 * Release with answer_clear() whatever it returns.
 */
MUST_CHECK bool answer_prepare(struct answer *out, const struct case_context *context,
                               const char *kind, const char *id, const struct json *input,
                               const struct json *expect, struct error *err);
void answer_write(const struct answer *a, struct json_out *j, const char *key);
void answer_clear(struct answer *a);

/* The text torch raises in the situation called `id` (error_text.c). */
MUST_CHECK bool error_text_answer(struct answer *a, const char *id, struct error *err);

#endif
