/* ftsv.c: see ftsv.h. */
#include "container/ftsv.h"

#include "common/bytes.h"
#include "fault.h"
#include "model/names.h"
#include "pickle/utf8.h"

#include <inttypes.h>
#include <string.h>

static const enum dtype tags[] = {DTYPE_FLOAT64, DTYPE_FLOAT32, DTYPE_FLOAT16,
                                  DTYPE_BFLOAT16};

struct reader {
    struct checkpoint *c;
    uint64_t at;
    struct names names; /* owned */
    struct error *err;
};

int
ftsv_tag(enum dtype d)
{
    for (int i = 0; i < (int)COUNT_OF(tags); i++)
        if (tags[i] == d)
            return i;
    return -1;
}

static bool
corrupt(struct reader *r, const char *what)
{
    (void)fault(r->err, ERR_MALFORMED, "ftsv-Corrupt", "%s", what);
    return error_at_byte(r->err, r->at);
}

/* A count of things of at least `size` octets each, which must still fit. */
static bool
take_count(struct reader *r, uint64_t size, uint64_t *out, const char *what)
{
    if (r->c->size - r->at < 8)
        return corrupt(r, "the file ends inside a tensor");
    *out = get_le64(r->c->data + r->at);
    if (*out > (r->c->size - r->at - 8) / size)
        return corrupt(r, what);
    r->at += 8;
    return true;
}

static bool
take_shape(struct reader *r, struct tensor *t)
{
    uint64_t rank = 0, *shape;

    if (!take_count(r, 8, &rank, "more dimensions than the file has octets"))
        return false;
    if (rank > 64)
        return corrupt(r, "more than 64 dimensions");
    shape = arena_alloc(&r->c->arena, (size_t)(rank + 1) * sizeof *shape);
    for (uint64_t i = 0; i < rank; i++, r->at += 8)
        shape[i] = get_le64(r->c->data + r->at);
    t->rank = (uint32_t)rank;
    t->shape = shape;
    return true;
}

static bool
take_data(struct reader *r, struct tensor *t)
{
    struct checkpoint *c = r->c;
    struct storage *s;

    if (r->at == c->size || c->data[r->at] >= COUNT_OF(tags))
        return corrupt(r, "an unknown dtype");
    t->dtype = tags[c->data[r->at++]];
    if (!tensor_measure(t, r->err))
        return error_subclass(r->err, "ftsv-Corrupt");
    if (t->nbytes > c->size - r->at)
        return corrupt(r, "the elements reach beyond the file");
    s = checkpoint_add_storage(c);
    *s = (struct storage){
        .dtype = t->dtype, .numel = t->numel, .nbytes = t->nbytes, .users = 1};
    s->blob =
        (struct blob){.data = c->data + r->at, .size = t->nbytes, .mapped = c->mapped};
    t->storage = s;
    r->at += t->nbytes;
    return true;
}

static bool
take_tensor(struct reader *r, uint64_t number)
{
    const char *key;
    uint64_t n = 0;
    struct tensor *t;

    if (!take_count(r, 1, &n, "a key reaches beyond the file"))
        return false;
    key = (const char *)r->c->data + r->at;
    if (!utf8_valid((const uint8_t *)key, (size_t)n))
        return corrupt(r, "a key is not UTF-8");
    if (!names_add(&r->names, key, (size_t)n, (size_t)number))
        return corrupt(r, "a key appears twice");
    r->at += n;
    t = checkpoint_add_tensor(r->c, path_text(r->c, NULL, key, (size_t)n));
    return take_shape(r, t) && take_data(r, t);
}

static bool
load(struct reader *r)
{
    const struct checkpoint *c = r->c;
    uint64_t count;

    if (c->size < FTSV_HEADER_SIZE)
        return fault(r->err, ERR_MALFORMED, "ftsv-InvalidMagic", "the file is too short");
    if (memcmp(c->data, "FTSV", 4) != 0)
        return fault(r->err, ERR_MALFORMED, "ftsv-InvalidMagic",
                     "the file does not begin with FTSV");
    if (get_le32(c->data + 4) == 0 || get_le32(c->data + 4) > FTSV_VERSION)
        return fault(r->err, ERR_VERSION, "ftsv-UnsupportedVersion",
                     "unsupported version %" PRIu32 " (max %d)", get_le32(c->data + 4),
                     FTSV_VERSION);
    r->at = 8;
    if (!take_count(r, FTSV_TENSOR_MIN, &count, "more tensors than the file can hold"))
        return false;
    for (uint64_t i = 0; i < count; i++)
        if (!take_tensor(r, i))
            return false;
    return r->at == c->size || corrupt(r, "octets behind the last tensor");
}

bool
ftsv_load(struct checkpoint *c, const struct open_options *options, struct error *err)
{
    struct reader r = {.c = c, .err = err};
    bool ok;

    (void)options;
    c->format = FORMAT_FTSV;
    ok = load(&r);
    names_clear(&r.names);
    return ok;
}
