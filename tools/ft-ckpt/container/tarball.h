/*
 * tarball.h: a tar archive of files, some of which are checkpoints (model.tar.gz).
 */
#ifndef CKPT_CONTAINER_TARBALL_H
#define CKPT_CONTAINER_TARBALL_H

#include "model/checkpoint.h"

MUST_CHECK bool tarball_load(struct checkpoint *c, const struct open_options *options,
                             struct error *err);

#endif
