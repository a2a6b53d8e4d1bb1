/*
 * torch_zip.h: what torch.save writes since 1.6, and TorchScript archives.
 */
#ifndef CKPT_CONTAINER_TORCH_ZIP_H
#define CKPT_CONTAINER_TORCH_ZIP_H

#include "model/checkpoint.h"

/* What a TorchScript archive holds beside its tensors; code is listed, never run. */
struct torchscript {
    const char **code; /* "code/__torch__.py", ...; sorted */
    size_t code_count;
    const struct zip_entry **extra; /* extra/ files */
    size_t extra_count;
    struct checkpoint *constants;
};

/* c->zip is open. */
MUST_CHECK bool torch_zip_load(struct checkpoint *c, const struct open_options *options,
                               struct error *err);

/* Does the archive look like one (a data.pkl below a directory)? */
bool torch_zip_is(const struct zip *z);

#endif
