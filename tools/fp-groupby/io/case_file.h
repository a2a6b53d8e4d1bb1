/*
 * case_file.h: the case file schemas, read one case at a time.
 *
 * Known are lockstep-cases/1, fp-groupby-oracle/2 and FrankenPandas' packets, which hold
 * one case that runs in its own mode.
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
    const struct json *packet;   /* FrankenPandas': the whole file, else NULL */
    const struct json *expected; /* its expected_* member */
};

struct case_file {
    struct json_doc *doc; /* owned */
    const char *packet_id;
    bool oracle;               /* fp-groupby-oracle/2 */
    bool packet;               /* FrankenPandas' */
    const struct json *next;   /* of oracle */
    struct record_cases cases; /* of lockstep-cases/1 */
};

MUST_CHECK bool case_file_open(struct case_file *f, const char *path, struct error *err);
MUST_CHECK bool case_file_next(struct case_file *f, struct case_item *out, bool *more,
                               struct error *err);
void case_file_close(struct case_file *f);

#endif
