/*
 * process.h: run a program to its end, bounded in time and output.
 */
#ifndef GATE_EVIDENCE_PROCESS_H
#define GATE_EVIDENCE_PROCESS_H

#include "common/buf.h"
#include "common/error.h"

struct process {
    char *const *argv;        /* argv[0] is looked up in PATH */
    char *const *environment; /* NULL: this process's own */
    unsigned timeout_s;
    size_t output_max; /* octets of standard output */
};

/*
 * Standard input is empty, standard error stays this process's own.  The program
 * runs in a process group of its own, which
 * is killed on time-out.  False (ERR_IO): it could not be run to its end.
 * *status: its exit status, or 128 and the signal.
 */
MUST_CHECK bool process_run(const struct process *p, struct buf *out, int *status,
                            struct error *err);

#endif
