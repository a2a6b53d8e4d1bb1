/*
 * results.h: lockstep-result/1 lines, found by case and mode.
 */
#ifndef GATE_COMPARE_RESULTS_H
#define GATE_COMPARE_RESULTS_H

#include "common/diagnostic.h"
#include "common/json_in.h"

struct result {
    const char *packet_id; /* borrowed from the line's document, as the rest */
    const char *case_id;
    enum mode mode;
    bool ok;
    const struct json *value;       /* when ok */
    const char *error_class;        /* when not ok */
    const char *error_message;      /* when not ok; may be "" */
    const struct json *diagnostics; /* array */
    bool used;                      /* a check has taken it */
};

struct results {
    struct result *items;   /* owned; sorted by results_sort() */
    struct json_doc **docs; /* owned, one a line */
    size_t count, capacity;
};

/* Add the lines of a file, or of standard input ("-"). */
MUST_CHECK bool results_read(struct results *r, const char *path, struct error *err);
/* Add the lines of a text; `name` is what errors call it. */
MUST_CHECK bool results_parse(struct results *r, const char *text, size_t size,
                              const char *name, struct error *err);
/* Order them for results_find(); two lines for one case and mode are refused. */
MUST_CHECK bool results_sort(struct results *r, struct error *err);
/* packet_id NULL: any packet. */
struct result *results_find(const struct results *r, const char *packet_id,
                            const char *case_id, enum mode mode);
void results_clear(struct results *r);

#endif
