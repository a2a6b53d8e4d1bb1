/* checkpoint.c: see checkpoint.h. */
#include "model/checkpoint.h"

#include "archive/spool.h"
#include "common/mem.h"
#include "common/num.h"
#include "container/envelope.h"
#include "fault.h"
#include "model/danger.h"
#include "model/describe.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

enum { RANK_MAX = 64, ZERO_COPIES_MAX = 64, SPOOL_FROM = 1 << 20 };
static const uint64_t expanded_max = UINT64_C(4) << 30;

const char *
format_name(enum format f)
{
    static const char *const names[] = {
        [FORMAT_TORCH_ZIP] = "torch-zip",
        [FORMAT_TORCH_LEGACY] = "torch-legacy",
        [FORMAT_TORCH_TAR] = "torch-tar",
        [FORMAT_TORCHSCRIPT] = "torchscript",
        [FORMAT_PT2] = "pt2",
        [FORMAT_BUNDLE] = "ptychopinn-bundle",
        [FORMAT_TAR] = "tar",
        [FORMAT_DCP] = "dcp",
        [FORMAT_PICKLE] = "pickle",
        [FORMAT_RAW] = "raw-storage",
        [FORMAT_SAFETENSORS] = "safetensors",
        [FORMAT_INDEX] = "safetensors-index",
        [FORMAT_NPY] = "npy",
        [FORMAT_NPZ] = "npz",
        [FORMAT_FTSV] = "ftsv",
        [FORMAT_ENVELOPE] = "ft-json",
    };

    return names[f];
}

const char *
span_kind_name(enum span_kind kind)
{
    static const char *const names[] = {
        [SPAN_HEADER] = "header",   [SPAN_PICKLE] = "pickle", [SPAN_TENSOR] = "tensor",
        [SPAN_PADDING] = "padding", [SPAN_SLACK] = "slack",   [SPAN_RECORD] = "record",
        [SPAN_ORPHAN] = "orphan",
    };

    return names[kind];
}

void
checkpoint_init(struct checkpoint *c, const char *path)
{
    *c = (struct checkpoint){.path = path, .total_size = UINT64_MAX};
    c->pickles_end = &c->pickles;
}

void
checkpoint_close(struct checkpoint *c)
{
    for (struct checkpoint *p = c->parts, *next; p; p = next) {
        next = p->next;
        checkpoint_close(p);
        free(p);
    }
    for (struct checkpoint_pickle *p = c->pickles; p; p = p->next)
        pickle_clear(&p->pickle);
    for (size_t i = 0; i < c->inflated_count; i++)
        buf_clear(&c->inflated[i]);
    free(c->inflated);
    for (size_t i = 0; i < c->spooled_count; i++)
        input_close(&c->spooled[i]);
    free(c->spooled);
    free(c->spans);
    free(c->storages);
    free(c->leaves);
    free(c->tensors);
    json_free(c->header);
    if (c->envelope)
        envelope_clear(c->envelope);
    if (c->safetensors)
        safetensors_clear(c->safetensors);
    zip_close(&c->zip);
    input_close(&c->input);
    arena_clear(&c->arena);
    *c = (struct checkpoint){0};
}

static struct path *
new_path(struct checkpoint *c, const struct path *parent, enum path_kind kind)
{
    struct path *p = arena_alloc(&c->arena, sizeof *p);

    p->parent = parent;
    p->kind = kind;
    return p;
}

const struct path *
path_text(struct checkpoint *c, const struct path *parent, const char *text, size_t size)
{
    struct path *p = new_path(c, parent, PATH_TEXT);

    p->text = text;
    p->size = size;
    return p;
}

const struct path *
path_index(struct checkpoint *c, const struct path *parent, int64_t index)
{
    struct path *p = new_path(c, parent, PATH_INDEX);

    p->index = index;
    return p;
}

/* A path is at most PICKLE_DEPTH_MAX deep, so a small array holds its steps. */
void
path_join(const struct path *path, struct buf *out)
{
    const struct path *steps[2 * PICKLE_DEPTH_MAX + 8];
    size_t n = 0;

    for (; path && n < sizeof steps / sizeof *steps; path = path->parent)
        steps[n++] = path;
    while (n-- > 0) {
        const struct path *p = steps[n];

        if (p->kind == PATH_TEXT)
            buf_put(out, p->text, p->size);
        else if (p->kind == PATH_INDEX)
            buf_printf(out, "%" PRId64, p->index);
        else
            describe_key(p->key, out);
        if (n > 0)
            buf_putc(out, '.');
    }
}

/* Room for one more element of a growing array. */
static void *
grow(void *array, size_t count, size_t *capacity, size_t size)
{
    if (count < *capacity)
        return array;
    *capacity = *capacity ? 2 * *capacity : 64;
    return xrealloc(array, *capacity, size);
}

struct tensor *
checkpoint_add_tensor(struct checkpoint *c, const struct path *path)
{
    struct buf name = {0};
    struct tensor *t;

    c->tensors = grow(c->tensors, c->tensor_count, &c->tensor_capacity, sizeof *t);
    t = &c->tensors[c->tensor_count++];
    path_join(path, &name);
    *t = (struct tensor){.path = path, .coalesced = -1, .name_size = name.size};
    t->name = arena_strndup(&c->arena, name.data ? (char *)name.data : "", name.size);
    buf_clear(&name);
    return t;
}

void
checkpoint_add_leaf(struct checkpoint *c, const struct path *path,
                    const struct value *value)
{
    c->leaves = grow(c->leaves, c->leaf_count, &c->leaf_capacity, sizeof *c->leaves);
    c->leaves[c->leaf_count++] = (struct leaf){path, value};
}

struct storage *
checkpoint_add_storage(struct checkpoint *c)
{
    struct storage *s = arena_alloc(&c->arena, sizeof *s);

    c->storages =
        grow(c->storages, c->storage_count, &c->storage_capacity, sizeof(*c->storages));
    c->storages[c->storage_count++] = s;
    return s;
}

void
checkpoint_add_span(struct checkpoint *c, uint64_t at, uint64_t size, enum span_kind kind,
                    const char *name, size_t name_size)
{
    if (size == 0)
        return;
    c->spans = grow(c->spans, c->span_count, &c->span_capacity, sizeof *c->spans);
    c->spans[c->span_count++] =
        (struct span){at, size, kind, arena_strndup(&c->arena, name, name_size)};
}

/* A large deflated member lies in a temporary file rather than in memory. */
static bool
spool_blob(struct checkpoint *c, const struct blob *blob, const uint8_t **out,
           struct error *err)
{
    struct input in = {0};
    struct spool s;
    bool ok = spool_open(&s, blob->entry->size, err) &&
              zip_inflate(blob->zip, blob->entry, spool_write, &s, err);

    if (!spool_close(&s, ok, &in, err))
        return false;
    c->spooled = xrealloc(c->spooled, c->spooled_count + 1, sizeof *c->spooled);
    c->spooled[c->spooled_count++] = in;
    *out = in.data + blob->skip;
    return true;
}

/* To memory. */
static bool
inflate_blob(struct checkpoint *c, const struct blob *blob, const uint8_t **out,
             struct error *err)
{
    struct buf space = {0};
    const uint8_t *content = NULL;
    bool ok;

    if (blob->fill) {
        content = buf_reserve(&space, (size_t)blob->size);
        space.size = (size_t)blob->size;
        ok = blob->fill(blob, space.data, err);
    } else {
        ok =
            zip_content(blob->zip, blob->entry, blob->entry->size, &space, &content, err);
    }
    if (!ok) {
        buf_clear(&space);
        return false;
    }
    c->inflated = xrealloc(c->inflated, c->inflated_count + 1, sizeof *c->inflated);
    c->inflated[c->inflated_count++] = space;
    *out = content + blob->skip;
    return true;
}

bool
checkpoint_blob(struct checkpoint *c, const struct blob *blob, const uint8_t **out,
                bool *mapped, struct error *err)
{
    bool is_large = false;

    if (mapped)
        *mapped = blob->mapped;
    if (blob->data || blob->size == 0 || (!blob->entry && !blob->fill)) {
        *out = blob->data;
        return true;
    }
    if (!blob->fill)
        is_large = blob->entry->size > SPOOL_FROM;
    if (mapped)
        *mapped = is_large;
    return is_large ? spool_blob(c, blob, out, err) : inflate_blob(c, blob, out, err);
}

bool
checkpoint_run_pickle(struct checkpoint *c, const char *name, const uint8_t *data,
                      uint64_t size, bool whole, struct checkpoint_pickle **out,
                      struct error *err)
{
    struct checkpoint_pickle *p = arena_alloc(&c->arena, sizeof *p);

    if (size > PICKLE_SIZE_MAX && whole)
        return fault(err, ERR_LIMIT, "resource-limit",
                     "%s has %" PRIu64 " octets, more than the limit of %d", name, size,
                     PICKLE_SIZE_MAX);
    p->name = name;
    p->data = data;
    p->at = c->data && data >= c->data && data < c->data + c->size
                ? (uint64_t)(data - c->data)
                : 0;
    *c->pickles_end = p;
    c->pickles_end = &p->next;
    if (!pickle_run(&p->pickle, data, (size_t)size, PICKLE_STRICT, err))
        return danger_prefer(name, data, (size_t)size, p->at, err);
    p->size = p->pickle.size;
    if (whole && p->pickle.size != size) {
        (void)fault(err, ERR_MALFORMED, "pickle-trailing-data",
                    "%s: %" PRIu64 " octets behind STOP", name, size - p->pickle.size);
        (void)error_at_byte(err, p->pickle.size);
        (void)danger_prefer(name, data, (size_t)size, p->at, err);
        return err->class != ERR_UNSAFE &&
               danger_prefer(name, data + p->pickle.size, (size_t)size - p->pickle.size,
                             p->at + p->pickle.size, err);
    }
    *out = p;
    return true;
}

static bool
count_elements(struct tensor *t, struct error *err)
{
    unsigned bits = t->dtype ? dtype_bits(t->dtype) : t->element_size * 8;
    uint64_t total;

    if (t->rank > RANK_MAX)
        return fault(err, ERR_BOUNDS, "tensor-bounds", "%u dimensions, more than %d",
                     t->rank, RANK_MAX);
    t->numel = 1;
    for (uint32_t i = 0; i < t->rank; i++)
        if (t->shape[i] == 0)
            t->numel = 0;
    for (uint32_t i = 0; i < t->rank && t->numel > 0; i++)
        if (__builtin_mul_overflow(t->numel, t->shape[i], &t->numel) ||
            t->numel > INT64_MAX)
            return fault(err, ERR_BOUNDS, "tensor-bounds", "the shape overflows");
    if (__builtin_mul_overflow(t->numel, (uint64_t)bits, &total) ||
        total > (uint64_t)INT64_MAX)
        return fault(err, ERR_BOUNDS, "tensor-bounds", "the size overflows");
    t->nbytes = (total + 7) / 8;
    t->element_size = bits / 8;
    return true;
}

/* The largest element index a strided tensor touches must lie in its storage. */
static bool
check_reach(const struct tensor *t, struct error *err)
{
    uint64_t capacity, last = t->offset;
    bool expanded = false;

    if (t->numel == 0)
        return true;
    if (t->element_size == 0) {
        if (t->offset == 0 && !t->stride && t->nbytes <= t->storage->nbytes)
            return true;
        return fault(err, ERR_BOUNDS, "tensor-bounds",
                     "a view of a type below one octet");
    }
    capacity = t->storage->nbytes / t->element_size;
    for (uint32_t i = 0; i < t->rank && t->stride; i++) {
        uint64_t step;

        if (__builtin_mul_overflow(t->shape[i] - 1, t->stride[i], &step) ||
            __builtin_add_overflow(last, step, &last))
            return fault(err, ERR_BOUNDS, "tensor-bounds", "the strides overflow");
        expanded |= t->stride[i] == 0 && t->shape[i] > 1;
    }
    if (!t->stride && __builtin_add_overflow(last, t->numel - 1, &last))
        return fault(err, ERR_BOUNDS, "tensor-bounds", "the offset overflows");
    if (last >= capacity)
        return fault(err, ERR_BOUNDS, "tensor-bounds",
                     "element %" PRIu64 " of a storage of %" PRIu64 " elements", last,
                     capacity);
    if (t->nbytes > expanded_max && t->nbytes / ZERO_COPIES_MAX > t->storage->nbytes)
        return fault(err, ERR_LIMIT, "resource-limit",
                     "%" PRIu64 " octets made of %" PRIu64 " by %s strides", t->nbytes,
                     t->storage->nbytes, expanded ? "zero" : "overlapping");
    return true;
}

bool
tensor_measure(struct tensor *t, struct error *err)
{
    char name[160];

    if (count_elements(t, err) && (!t->storage || check_reach(t, err)))
        return true;
    return error_at(err, "tensor '%s'",
                    fault_text(t->name, t->name_size, name, sizeof name));
}
