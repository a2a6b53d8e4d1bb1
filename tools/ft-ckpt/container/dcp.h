/*
 * dcp.h: a folder that torch.distributed.checkpoint wrote.
 *
 * .metadata (a pickle) names tensors, their chunks and where each chunk lies: a torch
 * zip archive at an offset of a __RANK_N.distcp file.
 */
#ifndef CKPT_CONTAINER_DCP_H
#define CKPT_CONTAINER_DCP_H

#include "model/checkpoint.h"

struct dcp_item {
    const char *name; /* the flat name, arena */
    size_t name_size;
    const char *file; /* arena */
    uint64_t offset, length;
    const uint64_t *at; /* of a chunk: its first element in the tensor */
    uint32_t rank;
    struct checkpoint *part; /* the archive at that place */
    const uint8_t *data;
    size_t tensor; /* number in the checkpoint, or SIZE_MAX: an object */
};

struct dcp {
    struct dcp_item *items; /* arena; in the order of storage_data */
    size_t count;
    const struct value *plan; /* flat name to path, or NULL */
    const struct checkpoint_pickle *metadata;
};

MUST_CHECK bool dcp_load(struct checkpoint *c, const struct open_options *options,
                         struct error *err);

#endif
