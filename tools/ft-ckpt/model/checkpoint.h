/*
 * checkpoint.h: what a checkpoint holds, whatever its format.
 *
 * Tensors with their place in the object tree, the storages their elements lie in
 * (several tensors may share one: aliases and views), the other leaves of the tree,
 * and where in the file every octet belongs.  Data stays where it is until someone
 * asks for it (stream.h).  Everything lives in the checkpoint's arena; strings that
 * are borrowed from the file live as long as the checkpoint.
 */
#ifndef CKPT_MODEL_CHECKPOINT_H
#define CKPT_MODEL_CHECKPOINT_H

#include "archive/zip.h"
#include "common/arena.h"
#include "common/diagnostic.h"
#include "common/dtype.h"
#include "common/file.h"
#include "common/json_in.h"
#include "common/safetensors.h"
#include "pickle/machine.h"

enum format {
    FORMAT_TORCH_ZIP,
    FORMAT_TORCH_LEGACY,
    FORMAT_TORCH_TAR,
    FORMAT_TORCHSCRIPT,
    FORMAT_PT2,
    FORMAT_BUNDLE,
    FORMAT_TAR,
    FORMAT_DCP,
    FORMAT_PICKLE,
    FORMAT_RAW,
    FORMAT_SAFETENSORS,
    FORMAT_INDEX,
    FORMAT_NPY,
    FORMAT_NPZ,
    FORMAT_FTSV,
    FORMAT_ENVELOPE,
};

const char *format_name(enum format f); /* "torch-zip", as the listings spell it */

/* A step into the object tree; parent NULL: below the root. */
enum path_kind { PATH_TEXT, PATH_INDEX, PATH_KEY /* any other dict key */ };

struct path {
    const struct path *parent;
    enum path_kind kind;
    size_t size;
    union {
        const char *text;
        int64_t index;
        const struct value *key;
    };
};

/* Octets of the file, or of a compressed member that is inflated when needed. */
struct blob {
    const uint8_t *data; /* borrowed; NULL: still to be inflated */
    uint64_t size;
    const struct zip *zip; /* where data comes from when it is NULL */
    const struct zip_entry *entry;
    uint64_t skip; /* octets of the entry before data */
    /* another way to make data when it is NULL: all of it into out */
    bool (*fill)(const struct blob *blob, uint8_t *out, struct error *err);
    const void *context; /* of fill */
    bool mapped;         /* in a file mapping: pages may be given back */
};

struct storage {
    const char *key; /* NULL: the format does not name storages */
    size_t key_size;
    bool key_is_number; /* of torch's tar format */
    const char *type;   /* "FloatStorage", or NULL */
    const char *location;
    enum dtype dtype;
    bool untyped;
    bool big_endian;
    uint64_t numel; /* elements of its own dtype; octets when untyped */
    uint64_t nbytes;
    struct blob blob;
    uint32_t number;            /* scratch of whoever numbers storages */
    uint32_t users;             /* tensors that lie in it */
    const struct storage *root; /* of a view: the storage it is part of */
    uint64_t root_at;
};

/* Big-endian numbers inside an element: count of unit octets from offset on. */
struct swap {
    uint32_t offset, unit, count;
};

struct tensor {
    const struct path *path;
    const char *name; /* arena: the path joined with dots; may hold NUL */
    size_t name_size;
    enum dtype dtype;
    const char *dtype_text; /* how the format spells a dtype of its own, or NULL */
    uint32_t element_size;  /* octets; 0 below one octet */
    uint32_t rank;
    const uint64_t *shape;   /* NULL: none (a nested tensor) */
    const uint64_t *stride;  /* in elements, or NULL: contiguous */
    uint64_t offset;         /* in elements */
    uint64_t numel, nbytes;  /* logical */
    struct storage *storage; /* NULL: no data of its own */
    const char *layout;      /* "strided", "torch.sparse_coo", "nested", or NULL */
    const char *device;
    const char *type; /* class of a tensor with attributes, or NULL */
    bool requires_grad, parameter, meta, composite, conj, neg;
    bool has_metadata; /* conj and neg were stored */
    int8_t coalesced;  /* -1: not said */
    struct {
        const char *scheme; /* "per_tensor_affine", or NULL */
        double scale;
        int64_t zero_point, axis;
    } quant;
    const char *member; /* of a bundle, or the shard of an index; else NULL */
    const char *descr;  /* npy */
    bool fortran;
    const struct swap *swaps; /* octets of each element to reverse, or NULL */
    size_t swap_count;
    uint8_t npy_version[2];
    uint32_t header_size;
    uint64_t begin, end; /* safetensors: data_offsets */
};

struct leaf {
    const struct path *path;
    const struct value *value;
};

/* A part of the file and what it is for. */
enum span_kind {
    SPAN_HEADER,
    SPAN_PICKLE,
    SPAN_TENSOR,
    SPAN_PADDING,
    SPAN_SLACK,
    SPAN_RECORD,
    SPAN_ORPHAN
};

struct span {
    uint64_t at, size;
    enum span_kind kind;
    const char *name; /* arena */
};

const char *span_kind_name(enum span_kind kind);

/* A pickle the checkpoint holds: its values are kept for its leaves. */
struct checkpoint_pickle {
    struct pickle pickle;
    const char *name; /* "data.pkl" */
    uint64_t at;
    const uint8_t *data;
    size_t size;
    struct checkpoint_pickle *next;
};

struct member {
    const char *name;
    uint64_t size;
    uint32_t crc;
    uint16_t method;
    const struct zip *zip;         /* or NULL: */
    const struct zip_entry *entry; /* of a zip */
    const uint8_t *data;           /* of a tar */
};

struct checkpoint {
    struct arena arena;
    enum format format;
    const char *path;
    const uint8_t *data; /* the container's octets, borrowed from input */
    uint64_t size;
    struct input input;      /* owned */
    bool mapped;             /* data lies in a mapping of a file */
    const char *compression; /* of the whole file: "gzip", "zstd"; or NULL */
    struct zip zip;          /* owned; of zip containers */
    struct tensor *tensors;  /* owned, grows */
    size_t tensor_count, tensor_capacity;
    struct leaf *leaves; /* owned, grows */
    size_t leaf_count, leaf_capacity;
    struct storage **storages; /* owned, grows; in order of first use */
    size_t storage_count, storage_capacity;
    struct span *spans; /* owned, grows */
    size_t span_count, span_capacity;
    struct checkpoint_pickle *pickles, **pickles_end;
    struct checkpoint *parts, *next; /* owned: members, shards; a list */
    struct json_doc *header;         /* owned: JSON the format holds, or NULL */
    struct safetensors *safetensors; /* arena; cleared on close */
    struct buf *inflated;            /* owned: memory behind compressed members */
    size_t inflated_count;
    struct input *spooled; /* owned: the same of large ones, mapped */
    size_t spooled_count;
    /* what single formats say about themselves */
    const char *archive, *byteorder, *version; /* torch zips; version also pt2 */
    const struct value *sys_info;              /* legacy */
    uint64_t header_size;                      /* safetensors */
    struct member *members;                    /* arena */
    size_t member_count;
    const char *role;                 /* of a part: its member or shard name */
    unsigned nesting;                 /* of a part: archives around it */
    struct envelope *envelope;        /* arena; cleared on close */
    const struct dcp *dcp;            /* arena */
    const struct torchscript *script; /* arena */
    uint64_t total_size;              /* index; UINT64_MAX: not said */
};

struct open_options {
    struct diagnostics *diagnostics; /* mode, and where recoveries go */
    const char *raw_dtype;           /* --dtype of raw storages, or NULL */
    bool opaque;                     /* list unknown globals instead of refusing */
};

void checkpoint_init(struct checkpoint *c, const char *path);
void checkpoint_close(struct checkpoint *c);

const struct path *path_text(struct checkpoint *c, const struct path *parent,
                             const char *text, size_t size);
const struct path *path_index(struct checkpoint *c, const struct path *parent,
                              int64_t index);
/* Joined with dots into out. */
void path_join(const struct path *path, struct buf *out);

/* A zeroed tensor at path, its name filled; valid until the next call. */
struct tensor *checkpoint_add_tensor(struct checkpoint *c, const struct path *path);
void checkpoint_add_leaf(struct checkpoint *c, const struct path *path,
                         const struct value *value);
struct storage *checkpoint_add_storage(struct checkpoint *c);
void checkpoint_add_span(struct checkpoint *c, uint64_t at, uint64_t size,
                         enum span_kind kind, const char *name, size_t name_size);

/* The octets of a blob, inflated when need be; *mapped (or NULL): they lie in a file. */
MUST_CHECK bool checkpoint_blob(struct checkpoint *c, const struct blob *blob,
                                const uint8_t **out, bool *mapped, struct error *err);

/* Run a pickle of the checkpoint strictly and keep it; it must use all of data. */
MUST_CHECK bool checkpoint_run_pickle(struct checkpoint *c, const char *name,
                                      const uint8_t *data, uint64_t size, bool whole,
                                      struct checkpoint_pickle **out, struct error *err);

/*
 * shape[0] * ... with overflow checked; false: more than fits.  Also sets numel,
 * nbytes and, for strided tensors in a storage, refuses to reach outside of it.
 */
MUST_CHECK bool tensor_measure(struct tensor *t, struct error *err);

#endif
