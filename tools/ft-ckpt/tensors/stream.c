/* stream.c: see stream.h. */
#include "tensors/stream.h"

#include "archive/paging.h"

#include <string.h>

enum { WINDOW = 4 << 20 }; /* octets read before their pages go back */

bool
stream_is_empty(const struct tensor *t)
{
    return t->composite || t->meta || !t->storage;
}

static bool
is_contiguous(const struct tensor *t)
{
    uint64_t step = 1;

    if (t->numel <= 1 || !t->stride)
        return true;
    for (uint32_t i = t->rank; i-- > 0;) {
        if (t->shape[i] != 1 && t->stride[i] != step)
            return false;
        step *= t->shape[i];
    }
    return true;
}

/* Do the elements lie in the order they are read in? */
static bool
is_ordered(const struct tensor *t)
{
    uint64_t last = UINT64_MAX;

    for (uint32_t i = 0; t->stride && i < t->rank; i++) {
        if (t->shape[i] == 1)
            continue;
        if (t->stride[i] > last || t->stride[i] == 0)
            return false;
        last = t->stride[i];
    }
    return !t->fortran;
}

/* Keep what was inflated, so that aliases do not inflate it again. */
static bool
load(struct checkpoint *c, struct storage *s, struct error *err)
{
    const uint8_t *data = NULL;

    if (!checkpoint_blob(c, &s->blob, &data, &s->blob.mapped, err))
        return false;
    s->blob.data = data;
    return true;
}

bool
stream_begin(struct stream *s, struct checkpoint *c, const struct tensor *t,
             struct error *err)
{
    *s = (struct stream){.tensor = t};
    if (stream_is_empty(t) || t->nbytes == 0) {
        s->tensor = NULL;
        return true;
    }
    if (!load(c, t->storage, err))
        return false;
    s->data = t->storage->blob.data;
    s->mapped = t->storage->blob.mapped;
    s->conj = t->conj && dtype_kind(t->dtype) == DTYPE_KIND_COMPLEX;
    s->neg = t->neg && dtype_kind(t->dtype) != DTYPE_KIND_BOOL &&
             dtype_kind(t->dtype) != DTYPE_KIND_OPAQUE;
    s->released = s->data;
    s->ordered = is_ordered(t);
    if (s->mapped)
        paging_whole(s->data, t->storage->nbytes);
    if (!s->conj && !s->neg)
        stream_as_stored(s);
    return true;
}

/* Runs of octets need no gathering. */
void
stream_as_stored(struct stream *s)
{
    const struct tensor *t = s->tensor;

    s->conj = s->neg = false;
    if (!t || s->direct || !is_contiguous(t) || t->fortran || t->swap_count > 0 ||
        (t->storage->big_endian && dtype_unit(t->dtype) > 1))
        return;
    stream_begin_octets(s, s->data + t->offset * t->element_size, t->nbytes, s->mapped);
    s->tensor = t;
}

void
stream_begin_octets(struct stream *s, const uint8_t *data, uint64_t size, bool mapped)
{
    *s = (struct stream){.data = data, .length = size, .direct = true, .mapped = mapped};
    s->released = data;
    if (mapped)
        paging_whole(data, size);
}

/* Reverse each unit of an element. */
static void
swap_units(uint8_t *p, size_t size, size_t unit)
{
    for (size_t i = 0; i + unit <= size; i += unit)
        for (size_t a = i, b = i + unit - 1; a < b; a++, b--) {
            uint8_t x = p[a];

            p[a] = p[b];
            p[b] = x;
        }
}

/* Two's complement, or the sign bit, of a little-endian number. */
static void
negate_unit(uint8_t *p, size_t unit, bool is_float)
{
    unsigned carry = 1;

    if (is_float) {
        p[unit - 1] ^= 0x80;
        return;
    }
    for (size_t i = 0; i < unit; i++) {
        carry += (uint8_t)~p[i];
        p[i] = (uint8_t)carry;
        carry >>= 8;
    }
}

/* Carry out what torch put off: conjugation turns the sign of each second component. */
static void
resolve(const struct stream *s, uint8_t *p, size_t size)
{
    enum dtype_kind kind = dtype_kind(s->tensor->dtype);
    size_t unit = dtype_unit(s->tensor->dtype);
    bool is_float = kind == DTYPE_KIND_FLOAT || kind == DTYPE_KIND_COMPLEX;

    for (size_t i = 0; i * unit < size; i++)
        if (s->neg != (s->conj && i % 2 == 1))
            negate_unit(p + i * unit, unit, is_float);
}

/* Element strides of a tensor without any: C order, or Fortran's. */
static void
own_strides(const struct tensor *t, uint64_t *stride)
{
    uint64_t step = 1;

    for (uint32_t k = 0; k < t->rank; k++) {
        uint32_t i = t->fortran ? k : t->rank - 1 - k;

        stride[i] = t->stride ? t->stride[i] : step;
        step *= t->shape[i];
    }
}

/* Copy elements in C order; whole innermost rows where they are dense. */
static size_t
gather(struct stream *s)
{
    const struct tensor *t = s->tensor;
    size_t size = t->element_size, room = STREAM_CHUNK / size * size, used = 0;
    uint64_t left = t->nbytes - s->done, stride[64];
    uint8_t *out;

    own_strides(t, stride);
    if (left < room)
        room = (size_t)left;
    s->buffer.size = 0;
    out = buf_reserve(&s->buffer, room);
    while (used < room) {
        uint64_t at = t->offset;
        uint32_t last = t->rank;

        for (uint32_t i = 0; i < t->rank; i++)
            at += s->index[i] * stride[i];
        s->at = at * size;
        if (size == 4)
            memcpy(out + used, s->data + at * 4, 4);
        else
            memcpy(out + used, s->data + at * size, size);
        used += size;
        while (last-- > 0) {
            if (++s->index[last] < t->shape[last])
                break;
            s->index[last] = 0;
        }
    }
    if (t->storage->big_endian)
        swap_units(out, used, dtype_unit(t->dtype));
    if (s->conj || s->neg)
        resolve(s, out, used);
    for (size_t at = 0; t->swap_count > 0 && at < used; at += size)
        for (size_t i = 0; i < t->swap_count; i++)
            swap_units(out + at + t->swaps[i].offset,
                       (size_t)t->swaps[i].unit * t->swaps[i].count, t->swaps[i].unit);
    return used;
}

/* Forget the pages behind the reader; they are clean and can be read again. */
static void
release(struct stream *s, const uint8_t *upto, size_t least)
{
    if (upto <= s->released || (size_t)(upto - s->released) < least)
        return;
    paging_forget(s->released, (uint64_t)(upto - s->released));
    s->released = upto;
}

bool
stream_next(struct stream *s, const uint8_t **chunk, size_t *size)
{
    *size = 0;
    if (s->direct) {
        uint64_t left = s->length - s->done;

        if (s->mapped)
            release(s, s->data + s->done, WINDOW);
        *chunk = s->data + s->done;
        *size = left < STREAM_CHUNK ? (size_t)left : STREAM_CHUNK;
    } else if (s->tensor && s->done < s->tensor->nbytes) {
        *size = gather(s);
        *chunk = s->buffer.data;
        if (s->mapped && s->ordered)
            release(s, s->data + s->at, WINDOW);
    }
    s->done += *size;
    return *size > 0;
}

void
stream_end(struct stream *s)
{
    if (s->direct && s->mapped && s->done > 0)
        release(s, s->data + s->done, 1);
    buf_clear(&s->buffer);
    *s = (struct stream){0};
}
