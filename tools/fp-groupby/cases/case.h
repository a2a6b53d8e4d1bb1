/*
 * case.h: the operations that `run` knows, by name.
 *
 * A case gives an operation its arguments and inputs as JSON; the operation calls the
 * engine and answers with a value or raises the error pandas would.
 */
#ifndef FPG_CASE_H
#define FPG_CASE_H

#include "common/diagnostic.h"
#include "io/fixture.h"

struct case_call {
    struct arena *a;
    const struct json_doc *doc;
    const struct json *args;   /* object, or NULL */
    const struct json *inputs; /* object, or NULL */
    struct diagnostics *diagnostics;
};

struct case_operation {
    const char *name;
    bool (*run)(const struct case_call *c, struct fixture_value *out, struct error *err);
};

/* NULL when there is no operation of that name. */
const struct case_operation *case_find(const char *name);
/* All of them, NULL-terminated tables of each topic, for listing. */
extern const struct case_operation *const case_tables[];

extern const struct case_operation case_groupby_table[];

MUST_CHECK bool case_frame(const struct case_call *c, const char *key, struct frame **out,
                           struct error *err);
MUST_CHECK bool case_text(const struct case_call *c, const char *key, const char **out,
                          struct error *err);
/* Optional arguments: absent leaves *out alone. */
MUST_CHECK bool case_opt_bool(const struct case_call *c, const char *key, bool *out,
                              struct error *err);
MUST_CHECK bool case_opt_i64(const struct case_call *c, const char *key, int64_t *out,
                             struct error *err);
MUST_CHECK bool case_opt_text(const struct case_call *c, const char *key,
                              const char **out, struct error *err);
/* A list of strings, or one string, as an arena array; absent: *n is 0. */
MUST_CHECK bool case_names(const struct case_call *c, const char *key, const char ***out,
                           size_t *n, struct error *err);
MUST_CHECK bool case_only(const struct case_call *c, const char *const keys[],
                          struct error *err);

#endif
