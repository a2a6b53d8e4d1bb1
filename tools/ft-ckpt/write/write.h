/*
 * write.h: a checkpoint out, in any format it can be written in.
 *
 * Data is streamed; memory stays flat.  Equal content gives equal bytes.  What a
 * format cannot hold is refused, or said in a note when nothing is lost but structure.
 */
#ifndef CKPT_WRITE_H
#define CKPT_WRITE_H

#include "common/file.h"
#include "model/checkpoint.h"

enum write_format { WRITE_TORCH, WRITE_SAFETENSORS, WRITE_NPZ, WRITE_NPY, WRITE_FTSV };

/* Which tensors, in which order. */
struct selection {
    const size_t *tensors; /* borrowed; numbers in the checkpoint */
    size_t count;
};

struct write_notes {
    struct buf text; /* owned; lines */
    size_t aliases;  /* tensors written again though they share storage */
};

/* The format a file name stands for (".pt", ".safetensors", ...); -1: none. */
int write_format_by_name(const char *path);
extern const char *const write_format_names[]; /* by enum write_format; NULL ends */

MUST_CHECK bool write_checkpoint(struct checkpoint *c, const struct selection *selection,
                                 enum write_format format, struct out_file *out,
                                 struct write_notes *notes, struct error *err);

/* Every tensor with data, in listing order; *space is owned by the caller. */
void write_select_all(const struct checkpoint *c, struct selection *out, size_t **space);

/* One writer each; `selection` holds tensors with data and unique names. */
MUST_CHECK bool write_torch(struct checkpoint *c, const struct selection *selection,
                            struct out_file *out, struct error *err);
MUST_CHECK bool write_safetensors(struct checkpoint *c, const struct selection *selection,
                                  struct out_file *out, struct error *err);
MUST_CHECK bool write_npz(struct checkpoint *c, const struct selection *selection,
                          struct out_file *out, struct error *err);
MUST_CHECK bool write_npy(struct checkpoint *c, const struct tensor *t,
                          struct out_file *out, struct error *err);
MUST_CHECK bool write_ftsv(struct checkpoint *c, const struct selection *selection,
                           struct out_file *out, struct error *err);

#endif
