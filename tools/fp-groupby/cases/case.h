/*
 * case.h: the operations that `run` knows, by name.
 *
 * A case gives an operation its arguments and inputs as JSON; the operation calls the
 * engine and answers with a value or raises the error pandas would.
 */
#ifndef FPG_CASE_H
#define FPG_CASE_H

#include "common/diagnostic.h"
#include "group/groups.h"
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
extern const struct case_operation case_join_table[];
extern const struct case_operation case_label_table[];
extern const struct case_operation case_series_table[];
extern const struct case_operation case_frame_table[];
extern const struct case_operation case_csv_table[];

/* The row-shaped and several-column results of "groupby". */
MUST_CHECK bool case_group_rows(const struct case_call *c, const struct frame *f,
                                const struct groups *g, const char *how,
                                struct fixture_value *out, struct error *err);

MUST_CHECK bool case_group_describe(const struct case_call *c, const struct frame *f,
                                    const struct groups *g, const struct column *values,
                                    bool as_index, struct fixture_value *out,
                                    struct error *err);

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
/* A value, as in object columns; *present false when there is none, or null. */
MUST_CHECK bool case_opt_cell(const struct case_call *c, const struct json *object,
                              const char *key, struct cell *out, bool *present,
                              struct error *err);
MUST_CHECK bool case_cells(const struct case_call *c, const char *key, struct cell **out,
                           size_t *n, struct error *err);
MUST_CHECK bool case_integers(const struct case_call *c, const struct json *list,
                              int64_t **out, size_t *n, struct error *err);
/* A word of a list; absent leaves *out alone. */
MUST_CHECK bool case_opt_word(const struct case_call *c, const char *key,
                              const char *const words[], int *out, struct error *err);

static inline bool
case_answer(struct fixture_value *out, enum fixture_kind kind, const struct frame *f)
{
    *out = (struct fixture_value){.kind = kind, .frame = f};
    return true;
}

MUST_CHECK bool case_only(const struct case_call *c, const char *const keys[],
                          struct error *err);

#endif
