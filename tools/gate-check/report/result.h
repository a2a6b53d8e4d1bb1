/*
 * result.h: judgements as lockstep-gate-result/1 and as a table.
 */
#ifndef GATE_REPORT_RESULT_H
#define GATE_REPORT_RESULT_H

#include "evidence/judgement.h"

#include <stdio.h>

struct gate_result {
    const char *gate;                 /* "packet", "ledger", ... */
    const char *profile;              /* "strict", "ft", "fp"; "" where there is none */
    const char *root;                 /* as the user gave it; NULL or ".": here */
    const struct judgement *subjects; /* borrowed */
    size_t count;
};

enum verdict result_verdict(const struct gate_result *r);

/* The record, for programs. */
void result_write(const struct gate_result *r, FILE *out);
/* The table and every reason, for people. */
void result_print(const struct gate_result *r, FILE *out);

#endif
