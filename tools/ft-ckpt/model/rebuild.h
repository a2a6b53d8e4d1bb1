/*
 * rebuild.h: what torch._utils._rebuild_* would make of its arguments.
 *
 * Every argument is checked as torch should: types, counts, signs, ranks, and that
 * no element lies outside of its storage.
 */
#ifndef CKPT_MODEL_REBUILD_H
#define CKPT_MODEL_REBUILD_H

#include "model/tree.h"

/*
 * If v is a tensor, add it to the checkpoint at path and put what lies below it
 * (components, attributes) into parts; else leave *is_tensor false.
 */
MUST_CHECK bool rebuild_tensor(struct tree *t, struct value *v, const struct path *path,
                               struct parts *parts, bool *is_tensor, struct error *err);

/* As rebuild_tensor, for the persistent id of a whole tensor. */
MUST_CHECK bool rebuild_numbered(struct tree *t, const struct value *v,
                                 const struct path *path, bool *is_tensor,
                                 struct error *err);

/* The storage a persistent id names; out may be NULL. */
MUST_CHECK bool rebuild_storage(struct tree *t, const struct value *v,
                                struct storage **out, struct error *err);

/* ("storage", type, key, location, numel[, view]): all but the key's text into s. */
MUST_CHECK bool rebuild_parse_id(const struct value *id, struct storage *s,
                                 struct error *err);

/* A tuple of non-negative integers as an array in the checkpoint's arena. */
MUST_CHECK bool rebuild_sizes(struct tree *t, const struct value *v, const uint64_t **out,
                              uint32_t *count, struct error *err);

/* The dtype a global names ("torch.float32"), else DTYPE_NONE. */
enum dtype rebuild_dtype(const struct value *v);

/* The dtype behind "FloatStorage"; untyped storages are DTYPE_UINT8. */
MUST_CHECK bool rebuild_storage_type(const struct global *g, struct storage *s,
                                     struct error *err);

#endif
