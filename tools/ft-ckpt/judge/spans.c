/* spans.c: see spans.h. */
#include "judge/spans.h"

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
ends_with(const char *name, const char *suffix)
{
    size_t n = strlen(name), m = strlen(suffix);

    return n >= m && strcmp(name + n - m, suffix) == 0;
}

static enum span_kind
kind_of(const struct checkpoint *c, const struct zip_entry *e, bool used)
{
    if (used || c->format == FORMAT_NPZ)
        return SPAN_TENSOR;
    if (ends_with(e->name, ".pkl") || ends_with(e->name, ".dill"))
        return SPAN_PICKLE;
    return strstr(e->name, "/data/") && c->format == FORMAT_TORCH_ZIP ? SPAN_ORPHAN
                                                                      : SPAN_RECORD;
}

/* The writer's padding is an extra field of the local header. */
static void
add_entry(struct checkpoint *c, const struct zip_entry *e, bool used)
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
    add(c, e->data_at, e->data_at + e->stored_size, kind_of(c, e, used), e->name);
    add(c, e->data_at + e->stored_size, e->end_at, SPAN_HEADER, "data descriptor");
}

static int
compare_spans(const void *a, const void *b)
{
    const struct span *x = a, *y = b;

    return x->at < y->at ? -1 : x->at > y->at;
}

static bool
is_zero(const uint8_t *p, uint64_t n)
{
    while (n > 0 && p[n - 1] == 0)
        n--;
    return n == 0;
}

/* What follows all that has a place: a format's own end, zeros, or nobody's octets. */
static void
add_rest(struct checkpoint *c, uint64_t at)
{
    switch ((int)c->format) {
    case FORMAT_ENVELOPE: add(c, at, c->size, SPAN_RECORD, "envelope"); return;
    case FORMAT_INDEX: add(c, at, c->size, SPAN_RECORD, "index"); return;
    case FORMAT_FTSV:
    case FORMAT_RAW: add(c, at, c->size, SPAN_HEADER, "structure"); return;
    case FORMAT_NPY:
        if (at == 0) {
            add(c, at, c->size, SPAN_HEADER, "structure");
            return;
        }
        break;
    default: break;
    }
    if (is_zero(c->data + at, c->size - at))
        add(c, at, c->size, SPAN_SLACK, "zeros");
    else
        add(c, at, c->size, SPAN_ORPHAN, "rest");
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
        add_rest(c, at);
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

static void
add_member(struct checkpoint *c, const struct member *m)
{
    uint64_t at = (uint64_t)(m->data - c->data);

    add(c, at, at + m->size, SPAN_RECORD, m->name);
}

static void
add_entries(struct checkpoint *c)
{
    const struct zip_entry *first = c->zip.entries;
    bool *used = xcalloc(c->zip.count, sizeof *used);

    for (size_t i = 0; i < c->storage_count; i++) {
        const struct blob *b = &c->storages[i]->blob;

        if (b->entry && b->zip == &c->zip)
            used[b->entry - first] = true;
    }
    for (size_t i = 0; i < c->zip.count; i++)
        add_entry(c, &first[i], used[i]);
    free(used);
}

void
spans_make(struct checkpoint *c)
{
    if (c->zip.count > 0) {
        add_entries(c);
        add(c, c->zip.directory_at, c->size, SPAN_HEADER, "central directory");
    } else {
        for (const struct checkpoint_pickle *p = c->pickles; p; p = p->next)
            add(c, p->at, p->at + p->size, SPAN_PICKLE, p->name);
        if (c->format == FORMAT_SAFETENSORS)
            add(c, 0, 8 + c->header_size, SPAN_HEADER, "header");
        for (size_t i = 0; i < c->member_count; i++)
            if (c->members[i].data)
                add_member(c, &c->members[i]);
        add_storages(c);
    }
    complete(c);
}

/* Tensors of a bundle's parts lie in storages of those. */
static bool
is_own(const struct checkpoint *c, const struct storage *s)
{
    return s && s->number < c->storage_count && c->storages[s->number] == s;
}

void
spans_users_make(struct spans_users *u, struct checkpoint *c)
{
    size_t n = c->storage_count;

    u->first = xcalloc(n + 2, sizeof *u->first);
    u->tensors = xcalloc(c->tensor_count + 1, sizeof(*u->tensors));
    for (size_t i = 0; i < n; i++)
        c->storages[i]->number = (uint32_t)i;
    /* counting sort: numbers, then where each storage's begin, then the tensors */
    for (size_t i = 0; i < c->tensor_count; i++)
        if (is_own(c, c->tensors[i].storage))
            u->first[c->tensors[i].storage->number + 2]++;
    for (size_t i = 2; i <= n + 1; i++)
        u->first[i] += u->first[i - 1];
    for (size_t i = 0; i < c->tensor_count; i++)
        if (is_own(c, c->tensors[i].storage))
            u->tensors[u->first[c->tensors[i].storage->number + 1]++] = &c->tensors[i];
}

void
spans_users_clear(struct spans_users *u)
{
    free(u->first);
    free(u->tensors);
    *u = (struct spans_users){0};
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

/* The octets a tensor may touch; false: none. */
static bool
range_of(const struct tensor *t, struct range *r)
{
    uint64_t last = t->offset;

    if (t->numel == 0)
        return false;
    for (uint32_t k = 0; k < t->rank && t->stride; k++)
        last += (t->shape[k] - 1) * t->stride[k];
    if (!t->stride)
        last += t->numel - 1;
    *r = (struct range){t->offset * t->element_size,
                        t->element_size ? (last + 1) * t->element_size : t->nbytes};
    return true;
}

uint64_t
spans_unreached(const struct spans_users *u, const struct checkpoint *c, size_t number)
{
    size_t from = u->first[number], count = u->first[number + 1] - from, n = 0;
    struct range *ranges = xcalloc(count + 1, sizeof *ranges);
    uint64_t nbytes = c->storages[number]->nbytes, reached = 0, at = 0;

    for (size_t i = 0; i < count; i++)
        n += range_of(u->tensors[from + i], &ranges[n]);
    if (n > 1)
        qsort(ranges, n, sizeof *ranges, compare_ranges);
    for (size_t i = 0; i < n; i++) {
        uint64_t begin = ranges[i].begin > at ? ranges[i].begin : at;

        if (ranges[i].end > begin) {
            reached += ranges[i].end - begin;
            at = ranges[i].end;
        }
    }
    free(ranges);
    return nbytes > reached ? nbytes - reached : 0;
}
