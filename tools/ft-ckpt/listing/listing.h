/*
 * listing.h: a checkpoint as JSON (schema lockstep-checkpoint/1).
 */
#ifndef CKPT_LISTING_H
#define CKPT_LISTING_H

#include "common/json_out.h"
#include "model/checkpoint.h"

struct listing_options {
    bool digests; /* "sha256" of each tensor, which reads the data */
    unsigned threads;
    const char *file; /* its name, when several are listed; or NULL */
};

/* One object, all members of it. */
MUST_CHECK bool listing_write(struct checkpoint *c, const struct listing_options *options,
                              struct json_out *j, struct error *err);

/* "path": ["a", 0, {"key": ...}] */
void listing_path(struct json_out *j, const char *key, const struct path *path);

#endif
