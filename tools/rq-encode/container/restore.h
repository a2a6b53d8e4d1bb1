/*
 * restore.h: bring a damaged file and its sidecar back to what they were.
 */
#ifndef RQ_RESTORE_H
#define RQ_RESTORE_H

#include "checkup.h"
#include "protect.h"

struct restore_options {
    bool keep_damaged; /* as FILE.damaged */
    uint64_t memory;
    unsigned threads;
};

struct restore_report {
    bool file_repaired;
    bool sidecar_healed;
    uint64_t recovered; /* source symbols computed from repair symbols */
    uint64_t moved;     /* source symbols taken from another place */
};

/*
 * What the checkup found is repaired; the file is replaced only by octets whose
 * digest is the protected one.  ERR_MISMATCH when too much is lost.
 */
MUST_CHECK bool restore(struct checkup *c, const char *file, const char *sidecar,
                        const struct restore_options *options,
                        struct restore_report *report, struct error *err);

#endif
