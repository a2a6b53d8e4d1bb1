/*
 * tree.h: walk the object a pickle describes; tensors and leaves go to the checkpoint.
 *
 * The walk is iterative.  It refuses cycles, nesting beyond PICKLE_DEPTH_MAX, a dict
 * that names a key twice and bytes that hold another pickle.
 */
#ifndef CKPT_MODEL_TREE_H
#define CKPT_MODEL_TREE_H

#include "model/checkpoint.h"
#include "model/names.h"

enum { TREE_VISITS_MAX = 8 << 20, TREE_PARTS_MAX = 6 };

/* How a container finds the octets behind a persistent id. */
struct storage_source {
    /*
     * Fill s->blob and s->nbytes of a storage whose key, type and numel are set.
     * Called once a key.
     */
    bool (*find)(struct storage_source *source, struct storage *s, struct error *err);
};

/* Tensors a pickle names by number (torch's tar format). */
struct tensor_source {
    struct tensor *tensors; /* arena */
    struct names keys;      /* owned by the container: numbers as text */
};

struct tree {
    struct checkpoint *c;
    const struct tensor_source *tensors; /* or NULL */
    struct storage_source *source;       /* NULL: persistent ids are refused */
    const struct open_options *options;
    struct names keys; /* owned: storage keys to storage numbers */
    bool torchscript;  /* classes of __torch__ are plain data here */
    bool big_endian;
    size_t visits;
};

/* Children of one value: each part is one child, or (no name) all items of a value. */
struct part {
    const char *name;
    struct value *value;
};

struct parts {
    struct part items[TREE_PARTS_MAX];
    size_t count;
};

void tree_clear(struct tree *t);

/*
 * Refuse the globals of a pickle that are dangerous, and those that are unknown
 * unless the options allow them as opaque objects.
 */
MUST_CHECK bool tree_check_globals(const struct tree *t,
                                   const struct checkpoint_pickle *p, struct error *err);

MUST_CHECK bool tree_walk(struct tree *t, struct value *root, struct error *err);

#endif
