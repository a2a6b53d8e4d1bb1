/*
 * weights.h: tensors of programs in safetensors files.
 */
#ifndef FTG_ENGINE_PROGRAM_WEIGHTS_H
#define FTG_ENGINE_PROGRAM_WEIGHTS_H

#include "engine/program/program.h"

#include "common/file.h"
#include "common/safetensors.h"

/* A file in memory. */
struct weights {
    struct input input; /* owned */
    struct safetensors tensors;
};

MUST_CHECK bool weights_open(struct weights *w, const char *path, struct error *err);
void weights_close(struct weights *w);

/*
 * Every tensor of the file becomes the data of the leaf with its name, dtype and shape;
 * a tensor without a leaf is refused.  The file must outlive the program's runs.
 */
MUST_CHECK bool weights_bind(const struct weights *w, struct program *p,
                             struct error *err);

/* Tensors that are described, in the library's own order, atomically. */
MUST_CHECK bool weights_write(const char *path, struct safetensors_tensor *list,
                              size_t count, struct error *err);
/* Contiguous tensors under their names, atomically. */
MUST_CHECK bool weights_save(const char *path, const char *const *names,
                             struct tensor *const *tensors, size_t count,
                             struct error *err);

#endif
