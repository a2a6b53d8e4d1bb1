/*
 * bundle.h: zip archives whose members are checkpoints: torch.export's .pt2 and the
 * wts.h5.zip of PtychoPINN.
 */
#ifndef CKPT_CONTAINER_BUNDLE_H
#define CKPT_CONTAINER_BUNDLE_H

#include "model/checkpoint.h"

bool bundle_is_pt2(const struct zip *z);
bool bundle_is_ptycho(const struct zip *z);

/* c->zip is open. */
MUST_CHECK bool bundle_load(struct checkpoint *c, const struct open_options *options,
                            struct error *err);

/* A part of c with the tensors of data in it; borrowed from c. */
MUST_CHECK bool bundle_add_part(struct checkpoint *c, const char *role,
                                const uint8_t *data, uint64_t size, bool mapped,
                                const struct open_options *options,
                                struct checkpoint **out, struct error *err);

/* The tensors of a part also are those of c. */
void bundle_adopt(struct checkpoint *c, const struct checkpoint *part);

#endif
