/*
 * cases.h: the operations of packet FT-P2C-006.
 */
#ifndef CKPT_CASES_H
#define CKPT_CASES_H

#include "common/record.h"

/*
 * Answer a case in one mode: one result line.  A refusal of the case's input is an
 * answer; a case that cannot be read fails.
 */
MUST_CHECK bool case_answer(const struct json_doc *doc, const struct record_case *c,
                            const char *packet_id, enum mode mode, FILE *out,
                            struct error *err);

#endif
