/*
 * oracle.h: the answers of the live original, from the command that runs it.
 *
 * The command is split at blanks (no shell) and gets "answer FILE..." appended; it
 * prints lockstep-result/1 lines.  A command that is missing, fails, takes too long
 * or answers nothing is ERR_ORACLE_UNAVAILABLE: never a reason to pass (LS-GATE-002).
 */
#ifndef GATE_COMPARE_ORACLE_H
#define GATE_COMPARE_ORACLE_H

#include "compare/fixture.h"
#include "compare/results.h"

struct oracle {
    const char *command; /* borrowed; NULL: the script of the fixtures' original */
    unsigned timeout_s;
};

MUST_CHECK bool oracle_answer(const struct oracle *o, const struct fixture *fixtures,
                              size_t count, struct results *out, struct error *err);

#endif
