/*
 * ledger.h: histories that only grow.
 *
 * Our own lines (lockstep-drift/1) carry the hash of the line before and their own;
 * FrankenPandas' drift rows carry neither, so that only an earlier copy can show
 * that they were not rewritten (LS-GATE-020, LS-GATE-021).
 */
#ifndef GATE_GATES_LEDGER_H
#define GATE_GATES_LEDGER_H

#include "evidence/evidence.h"

enum { LEDGER_SIZE_MAX = 1 << 30 };

/* Where a chain stands after its last whole line. */
struct ledger_state {
    bool chained;   /* lockstep-drift/1; false also for an empty file */
    uint64_t lines; /* whole records */
    char last_hash[DIGEST_HEX_SIZE];
    uint64_t last_time; /* ts_unix_ms of the newest dated line, or 0 */
    size_t whole;       /* octets up to the end of the last whole line */
};

/* Judge the text of a ledger line by line. */
void ledger_read(struct judgement *j, const char *file, const char *text, size_t size,
                 struct ledger_state *out);

/* A ledger file, and with `previous` that it begins with that file's octets. */
void ledger_verify(struct judgement *j, const char *file, const char *previous);

/*
 * Append one line for each subject of a gate result, in one write under a lock.
 * if_changed: leave out subjects whose newest line says the same.  The ledger is
 * verified first; a torn last line is left in place and bound by the next line.
 */
MUST_CHECK bool ledger_append(const char *file, const char *result_file, bool if_changed,
                              size_t *appended, struct error *err);

#endif
