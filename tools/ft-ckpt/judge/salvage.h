/*
 * salvage.h: what is still whole in a torch zip or npz whose end is missing.
 *
 * The central directory is lost, so local headers are walked from the front; a record
 * counts only when its length and checksum are right: those of the data descriptor
 * behind it, or of its local header.
 */
#ifndef CKPT_JUDGE_SALVAGE_H
#define CKPT_JUDGE_SALVAGE_H

#include "model/checkpoint.h"

struct salvage {
    struct checkpoint c; /* its tensors; those that are lost have no data */
    bool *intact;        /* owned: one a tensor */
    size_t kept, lost;
    size_t records; /* whole ones */
    bool complete;  /* the records end where a central directory begins */
};

MUST_CHECK bool salvage_file(struct salvage *s, const char *path, struct diagnostics *d,
                             struct error *err);
/* The same of octets in memory, which must outlive *s. */
MUST_CHECK bool salvage_octets(struct salvage *s, const uint8_t *data, uint64_t size,
                               struct diagnostics *d, struct error *err);
void salvage_clear(struct salvage *s);

#endif
