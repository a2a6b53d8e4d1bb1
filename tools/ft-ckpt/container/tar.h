/*
 * tar.h: what torch.save wrote in its first releases (0.1): a tar archive of pickles.
 */
#ifndef CKPT_CONTAINER_TAR_H
#define CKPT_CONTAINER_TAR_H

#include "model/checkpoint.h"

bool tar_is(const uint8_t *data, uint64_t size);
/* Is the first member one of torch's?  data is a tar. */
bool tar_is_torch(const uint8_t *data);
MUST_CHECK bool tar_load(struct checkpoint *c, const struct open_options *options,
                         struct error *err);

#endif
