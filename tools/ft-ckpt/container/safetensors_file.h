/*
 * safetensors_file.h: a safetensors file as a checkpoint.
 */
#ifndef CKPT_CONTAINER_SAFETENSORS_FILE_H
#define CKPT_CONTAINER_SAFETENSORS_FILE_H

#include "common/safetensors.h"
#include "model/checkpoint.h"

MUST_CHECK bool safetensors_file_load(struct checkpoint *c,
                                      const struct open_options *options,
                                      struct error *err);

#endif
