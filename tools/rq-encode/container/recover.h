/*
 * recover.h: compute lost symbols from what is left, and read the source as it was.
 *
 * The source is worked on by strips of columns, as in columns.h: of each row the
 * symbols of as many blocks as fit into memory, each put where it belongs.
 */
#ifndef RQ_RECOVER_H
#define RQ_RECOVER_H

#include "files/scratch.h"
#include "files/source.h"
#include "layout.h"

/* Where a source symbol lies: an offset, nowhere, or among the recovered ones. */
#define SYMBOL_LOST      UINT64_MAX
#define SYMBOL_RECOVERED (UINT64_C(1) << 63) /* plus its index there */

struct recovery {
    struct layout layout;
    const struct source *source;  /* borrowed */
    uint64_t *at;                 /* borrowed; by source symbol */
    const uint8_t *const *repair; /* borrowed; by repair symbol; NULL: lost */
    uint64_t memory;
    unsigned threads;
    uint64_t lost;         /* symbols that were */
    struct scratch octets; /* owned; the recovered symbols */
};

/*
 * Decodes every block that lost something; ERR_MISMATCH when one cannot be.  The
 * first fields say what is left; each SYMBOL_LOST then is SYMBOL_RECOVERED.
 */
MUST_CHECK bool recovery_run(struct recovery *r, struct error *err);

/* Octets of the source as it was, after that. */
void recovery_read(const struct recovery *r, uint64_t offset, uint8_t *data, size_t size);
void recovery_clear(struct recovery *r);

#endif
