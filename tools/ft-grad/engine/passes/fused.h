/*
 * fused.h: a group of element-wise operators run as one, block by block.
 *
 * What the operators of a group hand to each other exists for one block at a time.
 * Backward, a block is run again to have it; so nothing of it is kept in between.
 */
#ifndef FTG_ENGINE_PASSES_FUSED_H
#define FTG_ENGINE_PASSES_FUSED_H

#include "engine/program/program.h"

/* Run the group; NULL on failure, with the tape's error. */
struct tensor *fused_run(struct tape *t, const struct program_op *group,
                         struct tensor *const *in);

#endif
