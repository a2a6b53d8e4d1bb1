/*
 * case_file.h: the files `run` reads, whatever their schema.
 */
#ifndef CASES_CASE_FILE_H
#define CASES_CASE_FILE_H

#include "cases/answer.h"
#include "common/record.h"

enum case_schema { SCHEMA_LOCKSTEP, SCHEMA_TORCH, SCHEMA_FRANKENTORCH };

struct case_file {
    struct json_doc *doc; /* owned */
    enum case_schema schema;
    struct keyspace keys; /* of the torch version the file names */
    struct case_context context;
    struct arena arena;        /* owned: the file's own fallbacks */
    struct record_cases cases; /* SCHEMA_LOCKSTEP */
    const struct json *next;   /* the others */
};

struct case_item {
    const char *packet_id, *case_id, *kind;
    bool strict, hardened;
    const struct json *node;   /* the whole case */
    const struct json *input;  /* what answer_prepare() reads */
    const struct json *expect; /* or NULL */
};

MUST_CHECK bool case_file_open(struct case_file *f, const char *path, struct error *err);
/* The same of JSON text in memory. */
MUST_CHECK bool case_file_parse(struct case_file *f, const char *text, size_t size,
                                struct error *err);
/* The next case; *more is false after the last. */
MUST_CHECK bool case_file_next(struct case_file *f, struct case_item *out, bool *more,
                               struct error *err);
void case_file_close(struct case_file *f);

#endif
