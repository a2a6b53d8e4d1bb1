/*
 * json_lines.h: JSON Lines as evidence, one line after the other.
 *
 * A line that does not parse is PARSE_ERROR at its number, and reading goes on.
 */
#ifndef GATE_EVIDENCE_JSON_LINES_H
#define GATE_EVIDENCE_JSON_LINES_H

#include "evidence/evidence.h"

struct json_lines {
    struct evidence file; /* its doc is that of the current line */
    size_t pos;
    uint64_t number;           /* of the current line, from 1 */
    char at[32];               /* "line N" */
    const struct reason *last; /* before the current line */
};

/* j and file (and root, or NULL) are those of an evidence. */
MUST_CHECK bool json_lines_open(struct json_lines *l, struct judgement *j,
                                const struct evidence_root *root, const char *file);
/* The next line that is an object, in l->file.doc; false at the end. */
bool json_lines_next(struct json_lines *l);
void json_lines_close(struct json_lines *l);

#endif
