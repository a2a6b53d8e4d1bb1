/*
 * sidecar.h: what can still be read of a sidecar, whatever happened to it.
 */
#ifndef RQ_SIDECAR_H
#define RQ_SIDECAR_H

#include "common/file.h"
#include "files/scratch.h"
#include "record.h"

struct sidecar {
    struct input in;
    struct head head;               /* owned */
    struct scratch digests, places; /* owned; what the next two point to */
    uint8_t *table;                 /* 8 octets a symbol */
    uint8_t *files; /* owned; a set: the list of files, in head.file_list too */
    bool *known;    /* owned; by DIGESTS record: is that part of the table here? */
    const uint8_t **repair;  /* by repair symbol: where it lies, or NULL */
    uint64_t repairs;        /* repair symbols that are here */
    uint64_t damaged_octets; /* of the sidecar: in no valid record */
    bool whole;              /* every record is where it was written, and intact */
};

/* Working memory when the user has no say. */
#define SIDECAR_MEMORY (UINT64_C(256) << 20)

/* An error only when no HEAD record is left, or none that makes sense. */
MUST_CHECK bool sidecar_open(struct sidecar *s, const char *path, uint64_t memory,
                             struct error *err);
/* The same from octets in memory, which are borrowed. */
MUST_CHECK bool sidecar_read(struct sidecar *s, const uint8_t *data, size_t size,
                             uint64_t memory, struct error *err);
void sidecar_close(struct sidecar *s);

/* The digest of symbol i (source, then repair symbols); false when that part is lost. */
bool sidecar_digest(const struct sidecar *s, uint64_t i, uint64_t *out);

#endif
