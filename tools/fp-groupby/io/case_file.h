/*
 * case_file.h: the case file schemas, read one case at a time.
 *
 * Known are lockstep-cases/1 and fp-groupby-oracle/2.
 */
#ifndef FPG_CASE_FILE_H
#define FPG_CASE_FILE_H

#include "common/record.h"

struct case_item {
    const char *packet_id;
    const char *case_id;
    const char *operation;
    bool strict, hardened;
    const struct json *args;
    const struct json *inputs;
};

struct case_file {
    struct json_doc *doc; /* owned */
    const char *packet_id;
    bool oracle;               /* fp-groupby-oracle/2 */
    const struct json *next;   /* of oracle */
    struct record_cases cases; /* of lockstep-cases/1 */
};

MUST_CHECK bool case_file_open(struct case_file *f, const char *path, struct error *err);
MUST_CHECK bool case_file_next(struct case_file *f, struct case_item *out, bool *more,
                               struct error *err);
void case_file_close(struct case_file *f);

#endif
