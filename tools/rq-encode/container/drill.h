/*
 * drill.h: lose symbols on purpose, decode from what is left, prove it.
 */
#ifndef RQ_DRILL_H
#define RQ_DRILL_H

#include "checkup.h"
#include "common/buf.h"

enum drill_scenario { DRILL_RANDOM, DRILL_BURST, DRILL_SOURCE };

extern const char *const drill_scenarios[]; /* "random", ...; NULL at the end */

struct drill_options {
    int scenario; /* enum drill_scenario */
    uint64_t seed;
    uint64_t memory;
    uint64_t threads;
};

struct drill_block {
    struct buf dropped, received; /* owned; lists such as "0-3,7" */
    int64_t overhead;
};

struct drill_report {
    const struct head *head; /* borrowed from the checkup */
    enum drill_scenario scenario;
    uint64_t seed;
    struct source_digest after;
    struct drill_block *block; /* owned; Z of them */
    uint64_t dropped;          /* symbols of either kind */
    uint64_t recovered;        /* source symbols among them */
    char proof_hash[DIGEST_HEX_SIZE];
};

/*
 * The file and its sidecar must be intact; the checkup forgets what is dropped.
 * ERR_MISMATCH when the symbols left do not decode, or decode to something else.
 */
MUST_CHECK bool drill(struct checkup *c, const struct drill_options *options,
                      struct drill_report *report, struct error *err);
void drill_report_clear(struct drill_report *report);

/* The record lockstep-decode-proof/1. */
#define PROOF_SCHEMA "lockstep-decode-proof/1"
struct json_out;
void proof_write(struct json_out *j, const struct drill_report *report);

#endif
