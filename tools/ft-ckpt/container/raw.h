/*
 * raw.h: one storage as THPStorage_writeFileRaw(save_size=true) writes it: i64 numel,
 * little-endian, then the octets, and nothing else.
 */
#ifndef CKPT_CONTAINER_RAW_H
#define CKPT_CONTAINER_RAW_H

#include "model/checkpoint.h"

MUST_CHECK bool raw_load(struct checkpoint *c, const struct open_options *options,
                         struct error *err);

#endif
