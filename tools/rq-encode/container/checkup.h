/*
 * checkup.h: which symbols of a protected file are left, and where.
 */
#ifndef RQ_CHECKUP_H
#define RQ_CHECKUP_H

#include "files/source.h"
#include "recover.h"
#include "set.h"
#include "sidecar.h"

struct checkup {
    struct source source;   /* owned */
    struct sidecar sidecar; /* owned */
    struct set set;         /* owned; when the sidecar is one of a set */
    struct scratch places;  /* owned; what `at` points to */
    uint64_t *at;           /* by source symbol: its offset in the file, or SYMBOL_LOST */
    bool intact;            /* the file is just what was protected */
    uint64_t lost;          /* source symbols that are nowhere */
    uint64_t moved;         /* source symbols found in another place than their own */
    int64_t margin; /* of the worst block: repair symbols left less symbols lost */
    uint32_t worst; /* that block */
};

struct checkup_options {
    const char *sidecar; /* NULL: FILE.rq */
    uint64_t memory;     /* octets before working memory goes to disk */
};

/*
 * Reads all of the file, or of the set of that name, and its sidecar.  A missing file is
 * one that lost everything.  Data in other places is looked for when the file is not
 * intact.
 */
MUST_CHECK bool checkup_open(struct checkup *c, const char *file,
                             const struct checkup_options *options, struct error *err);
void checkup_close(struct checkup *c);

/* Octets of symbol i, T but for the last one. */
static inline size_t
checkup_symbol_size(const struct checkup *c, uint64_t i)
{
    const struct layout *l = &c->sidecar.head.layout;

    return l->F - i * l->T < l->T ? (size_t)(l->F - i * l->T) : l->T;
}

#endif
