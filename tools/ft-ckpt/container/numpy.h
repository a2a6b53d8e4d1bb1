/*
 * numpy.h: .npy and .npz files as checkpoints.
 */
#ifndef CKPT_CONTAINER_NUMPY_H
#define CKPT_CONTAINER_NUMPY_H

#include "model/checkpoint.h"

bool numpy_is_npz(const struct zip *z);
MUST_CHECK bool numpy_load_npy(struct checkpoint *c, const struct open_options *options,
                               struct error *err);
/* c->zip is open. */
MUST_CHECK bool numpy_load_npz(struct checkpoint *c, const struct open_options *options,
                               struct error *err);

/*
 * str(numpy.dtype(descr)): "<M8[D]" is "datetime64[D]", "|b1" in a record is "?".
 * swaps gets a struct swap for each big-endian part; a simple type is named as if it
 * were little-endian.  false: records nested too deep, or too many big-endian parts.
 */
MUST_CHECK bool numpy_dtype_text(const char *descr, struct buf *out, struct buf *swaps);

/* One array, a whole npy file in memory, as a tensor of that name. */
MUST_CHECK bool numpy_add_array(struct checkpoint *c, const char *name, size_t name_size,
                                const uint8_t *data, uint64_t size, bool mapped,
                                const struct open_options *options, struct error *err);

#endif
