/*
 * listing_parts.h: the pieces of a listing.  For listing.c and listing_format.c.
 */
#ifndef CKPT_LISTING_LISTING_PARTS_H
#define CKPT_LISTING_LISTING_PARTS_H

#include "listing/listing.h"
#include "tensors/digests.h"

struct writer {
    struct checkpoint *c;
    const struct listing_options *options;
    struct json_out *j;
    struct digests digests; /* of c, when asked for */
    struct error *err;
};

void listing_sizes(struct json_out *j, const char *key, const uint64_t *sizes,
                   uint32_t n);
/* The digest of tensor i, or null; nothing when digests are not asked for. */
void listing_digest(struct writer *w, const char *key, const struct digests *d, size_t i);
MUST_CHECK bool listing_tensors(struct writer *w);
void listing_leaves(struct json_out *j, const struct checkpoint *c);
void listing_globals(struct json_out *j, const char *key,
                     const struct checkpoint_pickle *p);
/* Globals an object was made from though their meaning is not known. */
void listing_opaque(struct json_out *j, const struct checkpoint_pickle *p);
/* The pickle that holds the object: data.pkl, or a legacy stream's fourth. */
const struct checkpoint_pickle *listing_main_pickle(const struct checkpoint *c);

/* The chunks of tensor `number` of a distributed checkpoint. */
MUST_CHECK bool listing_chunks(struct writer *w, size_t number);
MUST_CHECK bool listing_format(struct writer *w);

#endif
