/*
 * judging.h: what every judging command does with its judgements: print, write, answer.
 */
#ifndef GATE_COMMANDS_JUDGING_H
#define GATE_COMMANDS_JUDGING_H

#include "common/cli.h"
#include "report/result.h"

/*
 * The record to `output` (atomically; NULL: nowhere, "-": standard output), the table
 * or with --json the record to standard output; the exit status.  CLI_ERROR on failure.
 */
int judging_finish(const struct cli *cli, const struct gate_result *r, const char *output,
                   struct error *err);

/* The same for a gate with one subject, which is cleared. */
int judging_finish_one(const struct cli *cli, const char *gate, struct judgement *j,
                       const char *output, struct error *err);

#endif
