/*
 * ftsv.h: FrankenTorch's native state dict.
 *
 * "FTSV", u32 version, u64 count; per tensor u64 key length, key, u64 rank, the
 * sizes as u64, u8 dtype (0 f64, 1 f32, 2 f16, 3 bf16), elements.  Little-endian,
 * no alignment, keys in byte order.
 */
#ifndef CKPT_CONTAINER_FTSV_H
#define CKPT_CONTAINER_FTSV_H

#include "model/checkpoint.h"

enum { FTSV_VERSION = 1, FTSV_HEADER_SIZE = 16, FTSV_TENSOR_MIN = 17 };

MUST_CHECK bool ftsv_load(struct checkpoint *c, const struct open_options *options,
                          struct error *err);

/* The tag of a dtype, or -1. */
int ftsv_tag(enum dtype d);

#endif
