/* spans.c: see spans.h. */
#include "spans.h"

#include "common/bytes.h"
#include "common/mem.h"

#include <stdlib.h>
#include <string.h>

static void
add(struct checkpoint *c, uint64_t at, uint64_t end, enum span_kind kind,
    const char *name)
{
    checkpoint_add_span(c, at, end - at, kind, name, strlen(name));
}

static bool
is_used(const struct checkpoint *c, const struct zip_entry *e)
{
    for (size_t i = 0; i < c->storage_count; i++)
        if (c->storages[i]->blob.entry == e)
            return true;
    return c->format == FORMAT_NPZ;
}

static bool
ends_with(const char *name, const char *suffix)
{
    size_t n = strlen(name), m = strlen(suffix);

    return n >= m && strcmp(name + n - m, suffix) == 0;
}

static enum span_kind
kind_of(const struct checkpoint *c, const struct zip_entry *e)
{
    if (is_used(c, e))
        return SPAN_TENSOR;
    if (ends_with(e->name, ".pkl") || ends_with(e->name, ".dill"))
        return SPAN_PICKLE;
    return strstr(e->name, "/data/") && c->format == FORMAT_TORCH_ZIP ? SPAN_ORPHAN
                                                                      : SPAN_RECORD;
}

/* The writer's padding is an extra field of the local header. */
static void
add_entry(struct checkpoint *c, const struct zip_entry *e)
{
    const uint8_t *p = c->data + e->header_at;
    uint64_t extra_at = e->header_at + 30 + get_le16(p + 26), padding_at = e->data_at;

    for (uint64_t at = extra_at; at + 4 <= e->data_at;
         at += 4u + get_le16(c->data + at + 2))
        if (c->data[at] == 'F' && c->data[at + 1] == 'B') {
            padding_at = at + 4;
            break;
        }
    add(c, e->header_at, padding_at, SPAN_HEADER, "local header");
    if (padding_at < e->data_at)
        add(c, padding_at, e->data_at, SPAN_PADDING, "alignment");
    add(c, e->data_at, e->data_at + e->stored_size, kind_of(c, e), e->name);
    add(c, e->data_at + e->stored_size, e->end_at, SPAN_HEADER, "data descriptor");
}

static int
compare_spans(const void *a, const void *b)
{
    const struct span *x = a, *y = b;

    return x->at < y->at ? -1 : x->at > y->at;
}

/* Sort, merge aliases, and name what is left over. */
static void
complete(struct checkpoint *c)
{
    size_t n = c->span_count;
    uint64_t at = 0;

    if (n > 1)
        qsort(c->spans, n, sizeof *c->spans, compare_spans);
    for (size_t i = 0; i < n; i++) {
        struct span s = c->spans[i];

        if (s.at > at)
            add(c, at, s.at, SPAN_HEADER, "structure");
        at = s.at + s.size > at ? s.at + s.size : at;
    }
    if (at < c->size)
        add(c, at, c->size, n > 0 ? SPAN_ORPHAN : SPAN_RECORD, "rest");
    qsort(c->spans, c->span_count, sizeof *c->spans, compare_spans);
}

static void
add_storages(struct checkpoint *c)
{
    for (size_t i = 0; i < c->storage_count; i++) {
        const struct storage *s = c->storages[i];
        uint64_t at;

        if (s->root || !s->blob.data || s->blob.data < c->data ||
            s->blob.data >= c->data + c->size)
            continue;
        at = (uint64_t)(s->blob.data - c->data);
        add(c, at, at + s->blob.size, SPAN_TENSOR, s->key ? s->key : "data");
    }
}

void
spans_make(struct checkpoint *c)
{
    if (c->zip.count > 0) {
        for (size_t i = 0; i < c->zip.count; i++)
            add_entry(c, &c->zip.entries[i]);
        add(c, c->zip.directory_at, c->size, SPAN_HEADER, "central directory");
    } else {
        for (const struct checkpoint_pickle *p = c->pickles; p; p = p->next)
            add(c, p->at, p->at + p->size, SPAN_PICKLE, p->name);
        if (c->format == FORMAT_SAFETENSORS)
            add(c, 0, 8 + c->header_size, SPAN_HEADER, "header");
        add_storages(c);
    }
    complete(c);
}

struct range {
    uint64_t begin, end;
};

static int
compare_ranges(const void *a, const void *b)
{
    const struct range *x = a, *y = b;

    return x->begin < y->begin ? -1 : x->begin > y->begin;
}

uint64_t
spans_unreached(const struct checkpoint *c, const struct storage *s)
{
    struct range *ranges = xcalloc(s->users + 1, sizeof *ranges);
    uint64_t reached = 0, at = 0;
    size_t n = 0;

    for (size_t i = 0; i < c->tensor_count && n < s->users; i++) {
        const struct tensor *t = &c->tensors[i];
        uint64_t last = t->offset;

        if (t->storage != s || t->numel == 0)
            continue;
        for (uint32_t k = 0; k < t->rank && t->stride; k++)
            last += (t->shape[k] - 1) * t->stride[k];
        if (!t->stride)
            last += t->numel - 1;
        ranges[n++] =
            (struct range){t->offset * t->element_size,
                           t->element_size ? (last + 1) * t->element_size : t->nbytes};
    }
    if (n > 1)
        qsort(ranges, n, sizeof *ranges, compare_ranges);
    for (size_t i = 0; i < n; i++) {
        uint64_t from = ranges[i].begin > at ? ranges[i].begin : at;

        if (ranges[i].end > from) {
            reached += ranges[i].end - from;
            at = ranges[i].end;
        }
    }
    free(ranges);
    return s->nbytes > reached ? s->nbytes - reached : 0;
}
