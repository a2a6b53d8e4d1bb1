/* raw.c: see raw.h (torch/csrc/serialization.cpp). */
#include "container/raw.h"

#include "common/bytes.h"
#include "fault.h"

#include <inttypes.h>
#include <string.h>

bool
raw_load(struct checkpoint *c, const struct open_options *options, struct error *err)
{
    enum dtype dtype = dtype_by_name(options->raw_dtype, strlen(options->raw_dtype));
    uint64_t numel, left, *shape;
    struct storage *s;
    struct tensor *t;

    c->format = FORMAT_RAW;
    if (dtype_size(dtype) == 0)
        return fault(err, ERR_USAGE, "dtype-unknown",
                     "--dtype %s is not a type of whole octets", options->raw_dtype);
    if (c->size < 8)
        return fault(err, ERR_MALFORMED, "eof",
                     "unexpected EOF, expected %" PRIu64 " more bytes", 8 - c->size);
    numel = get_le64(c->data);
    left = c->size - 8;
    if (numel > INT64_MAX || numel > INT64_MAX / dtype_size(dtype))
        return fault(err, ERR_BOUNDS, "storage-size", "%" PRId64 " elements",
                     (int64_t)numel);
    if (numel * dtype_size(dtype) > left)
        return fault(err, ERR_MALFORMED, "eof",
                     "unexpected EOF, expected %" PRIu64 " more bytes",
                     numel * dtype_size(dtype) - left);
    if (numel * dtype_size(dtype) < left)
        return fault(err, ERR_MALFORMED, "trailing-data",
                     "%" PRIu64 " octets behind the %" PRIu64 " elements",
                     left - numel * dtype_size(dtype), numel);
    s = checkpoint_add_storage(c);
    *s = (struct storage){.dtype = dtype, .numel = numel, .nbytes = left};
    s->blob = (struct blob){.data = c->data + 8, .size = left, .mapped = c->mapped};
    t = checkpoint_add_tensor(c, NULL);
    shape = arena_alloc(&c->arena, sizeof *shape);
    shape[0] = numel;
    t->dtype = dtype;
    t->rank = 1;
    t->shape = shape;
    t->storage = s;
    s->users = 1;
    return tensor_measure(t, err);
}
