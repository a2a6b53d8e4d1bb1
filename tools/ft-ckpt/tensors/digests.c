/* digests.c: see digests.h. */
#include "tensors/digests.h"

#include "common/bytes.h"
#include "common/cpu.h"
#include "common/mem.h"
#include "common/pool.h"
#include "tensors/blake2b.h"
#include "tensors/stream.h"

#include <pthread.h>
#include <stdlib.h>
#include <string.h>

enum { PAIRS_FROM = 4 };

struct work {
    struct digests *d;
    struct checkpoint *c;
    pthread_mutex_t lock; /* inflating and *err are for one at a time */
    struct error *err;
    bool failed, stored;
    size_t *order; /* owned: numbers of the tensors with data, largest first */
};

const char *
digests_dtype(const struct tensor *t)
{
    return t->dtype != DTYPE_NONE ? dtype_name(t->dtype)
           : t->descr             ? t->descr
           : t->dtype_text        ? t->dtype_text
                                  : "";
}

static bool
open_stream(struct work *w, size_t i, struct stream *s)
{
    bool ok;

    (void)pthread_mutex_lock(&w->lock);
    ok = !w->failed && stream_begin(s, w->c, &w->c->tensors[i], w->err);
    w->failed |= !ok;
    (void)pthread_mutex_unlock(&w->lock);
    if (ok && w->stored)
        stream_as_stored(s);
    return ok;
}

static void
digest_tensor(void *context, size_t i)
{
    struct work *w = context;
    struct digest *digest;
    struct stream s;
    const uint8_t *chunk;
    size_t n;

    i = w->order[i];
    if (!open_stream(w, i, &s))
        return;
    digest = digest_new(w->d->kind);
    while (stream_next(&s, &chunk, &n))
        digest_update(digest, chunk, n);
    digest_final(digest, w->d->of[i]);
    digest_free(digest);
    stream_end(&s);
    w->d->present[i] = true;
}

#ifdef __x86_64__
struct lane {
    struct stream stream;
    struct blake2b state;
    const uint8_t *chunk;
    size_t left; /* of the chunk */
};

/* More octets, unless there are none. */
static bool
refill(struct lane *l)
{
    return l->left > 0 || stream_next(&l->stream, &l->chunk, &l->left);
}

static void
finish_lane(struct work *w, size_t i, struct lane *l)
{
    for (; refill(l); l->left = 0)
        blake2b_update(&l->state, l->chunk, l->left);
    blake2b_final(&l->state, w->d->of[i]);
    stream_end(&l->stream);
    w->d->present[i] = true;
}

/* Two tensors of similar size at a time: see blake2b.h. */
static void
digest_two(void *context, size_t pair)
{
    struct work *w = context;
    size_t i = w->order[2 * pair], j = w->order[2 * pair + 1];
    struct lane a = {0}, b = {0};

    if (!open_stream(w, i, &a.stream))
        return;
    if (!open_stream(w, j, &b.stream)) {
        stream_end(&a.stream);
        return;
    }
    blake2b_init(&a.state);
    blake2b_init(&b.state);
    while (refill(&a) && refill(&b)) {
        size_t n = a.left < b.left ? a.left : b.left;

        blake2b_update_two(&a.state, a.chunk, &b.state, b.chunk, n);
        a.chunk += n;
        a.left -= n;
        b.chunk += n;
        b.left -= n;
    }
    finish_lane(w, i, &a);
    finish_lane(w, j, &b);
}
#endif

struct sized {
    uint64_t size;
    size_t number;
};

/* Largest first, then in listing order. */
static int
compare_sizes(const void *a, const void *b)
{
    const struct sized *x = a, *y = b;

    if (x->size != y->size)
        return x->size > y->size ? -1 : 1;
    return x->number < y->number ? -1 : x->number > y->number;
}

/* The tensors with data, so that threads end together and neighbours are alike. */
static size_t
sort_by_size(struct work *w)
{
    struct sized *list = xcalloc(w->c->tensor_count + 1, sizeof *list);
    size_t n = 0;

    for (size_t i = 0; i < w->c->tensor_count; i++)
        if (!stream_is_empty(&w->c->tensors[i]))
            list[n++] = (struct sized){w->c->tensors[i].nbytes, i};
    if (n > 0)
        qsort(list, n, sizeof *list, compare_sizes);
    w->order = xcalloc(n + 1, sizeof *w->order);
    for (size_t i = 0; i < n; i++)
        w->order[i] = list[i].number;
    free(list);
    return n;
}

static bool
make(struct digests *d, enum digest_kind kind, struct work *w, unsigned threads)
{
    size_t all = w->c->tensor_count, n, done = 0;

    *d = (struct digests){.kind = kind};
    d->of = xcalloc(all + 1, sizeof *d->of);
    d->present = xcalloc(all + 1, sizeof *d->present);
    w->d = d;
    threads = threads ? threads : 1;
    n = sort_by_size(w);
#ifdef __x86_64__
    /* with few tensors a thread for each is better */
    if (kind == DIGEST_BLAKE2B && n / threads >= PAIRS_FROM && cpu_supports(CPU_AVX512)) {
        pool_run(threads, n / 2, digest_two, w);
        done = n / 2 * 2;
    }
#endif
    w->order += done;
    pool_run(threads, n - done, digest_tensor, w);
    w->order -= done;
    free(w->order);
    return !w->failed;
}

bool
digests_make(struct digests *d, struct checkpoint *c, enum digest_kind kind,
             unsigned threads, struct error *err)
{
    struct work w = {.c = c, .err = err, .lock = PTHREAD_MUTEX_INITIALIZER};

    return make(d, kind, &w, threads);
}

bool
digests_make_stored(struct digests *d, struct checkpoint *c, enum digest_kind kind,
                    unsigned threads, struct error *err)
{
    struct work w = {
        .c = c, .err = err, .lock = PTHREAD_MUTEX_INITIALIZER, .stored = true};

    return make(d, kind, &w, threads);
}

void
digests_clear(struct digests *d)
{
    free(d->of);
    free(d->present);
    *d = (struct digests){0};
}

struct leaf_entry {
    const struct tensor *tensor;
    const uint8_t *digest;
    uint8_t hash[DIGEST_SIZE_MAX];
};

static int
compare_entries(const void *a, const void *b)
{
    const struct leaf_entry *x = a, *y = b;
    size_t n = x->tensor->name_size, m = y->tensor->name_size;
    int order = memcmp(x->tensor->name, y->tensor->name, n < m ? n : m);

    if (order != 0)
        return order;
    return n != m ? (n < m ? -1 : 1) : memcmp(x->hash, y->hash, DIGESTS_ROOT_SIZE);
}

static void
update_u64(struct digest *d, uint64_t x)
{
    uint8_t p[8];

    put_le64(p, x);
    digest_update(d, p, 8);
}

static void
update_text(struct digest *d, const char *text, size_t n)
{
    update_u64(d, n);
    digest_update(d, text, n);
}

/* Leaves begin with octet 0 and nodes with 1, so that neither can pose as the other. */
static void
hash_leaf(struct digest *d, struct leaf_entry *e, size_t digest_octets)
{
    const struct tensor *t = e->tensor;

    digest_update(d, "\0", 1);
    update_text(d, t->name, t->name_size);
    update_text(d, digests_dtype(t), strlen(digests_dtype(t)));
    update_u64(d, t->rank);
    for (uint32_t i = 0; i < t->rank; i++)
        update_u64(d, t->shape[i]);
    digest_update(d, e->digest, digest_octets);
    digest_final(d, e->hash);
}

void
digests_root(const struct digests *d, const struct checkpoint *c,
             uint8_t root[static DIGESTS_ROOT_SIZE])
{
    struct leaf_entry *leaves = xcalloc(c->tensor_count + 1, sizeof *leaves);
    struct digest *digest = digest_new(DIGEST_BLAKE2B);
    size_t n = 0;

    for (size_t i = 0; i < c->tensor_count; i++) {
        if (!d->present[i])
            continue;
        leaves[n] = (struct leaf_entry){.tensor = &c->tensors[i], .digest = d->of[i]};
        hash_leaf(digest, &leaves[n++], digest_size(d->kind));
    }
    qsort(leaves, n, sizeof *leaves, compare_entries);
    /* pair by pair; an odd one out moves up as it is */
    for (size_t width = n; width > 1; width = (width + 1) / 2)
        for (size_t i = 0; i < width; i += 2) {
            uint8_t *out = leaves[i / 2].hash;

            if (i + 1 == width) {
                memmove(out, leaves[i].hash, DIGESTS_ROOT_SIZE);
                continue;
            }
            digest_update(digest, "\1", 1);
            digest_update(digest, leaves[i].hash, DIGESTS_ROOT_SIZE);
            digest_update(digest, leaves[i + 1].hash, DIGESTS_ROOT_SIZE);
            digest_final(digest, out);
        }
    if (n == 0)
        digest_final(digest, leaves[0].hash);
    memcpy(root, leaves[0].hash, DIGESTS_ROOT_SIZE);
    digest_free(digest);
    free(leaves);
}
