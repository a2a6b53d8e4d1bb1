/* temp.c: see temp.h.  Runs are merged with a heap of the next record of each. */
#include "engine/temp.h"

#include "common/mem.h"
#include "common/temporary.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { STREAM_BUFFER = 16 * 1024 };

bool
temp_open(FILE **out, struct error *err)
{
    int fd = temporary_unnamed("fp-groupby", "/tmp", err);

    *out = fd >= 0 ? fdopen(fd, "w+b") : NULL;
    if (*out) {
        (void)setvbuf(*out, NULL, _IOFBF, STREAM_BUFFER);
    } else if (fd >= 0) {
        (void)error_errno(err, "cannot make a temporary file");
        (void)close(fd);
    }
    return *out != NULL;
}

bool
temp_write(FILE *f, const void *data, size_t n, struct error *err)
{
    return n == 0 || fwrite(data, 1, n, f) == n ||
           error_errno(err, "cannot write a temporary file");
}

bool
run_put(FILE *f, const struct buf *key, const struct buf *text, struct error *err)
{
    const uint64_t sizes[2] = {key->size, text->size};

    return temp_write(f, sizes, sizeof sizes, err) &&
           temp_write(f, key->data, key->size, err) &&
           temp_write(f, text->data, text->size, err);
}

bool
run_rewind(struct run *r, struct error *err)
{
    off_t end;

    if (fflush(r->file) != 0 || fseeko(r->file, 0, SEEK_END) != 0 ||
        (end = ftello(r->file)) < 0 || fseeko(r->file, 0, SEEK_SET) != 0)
        return error_errno(err, "cannot write a temporary file");
    r->left = (uint64_t)end;
    r->ended = false;
    return run_next(r, err);
}

static bool
read_octets(struct run *r, void *out, uint64_t n, struct error *err)
{
    if (n > r->left)
        return error_set(err, ERR_IO, "a temporary file is damaged");
    r->left -= n;
    return fread(out, 1, n, r->file) == n ||
           error_errno(err, "cannot read a temporary file");
}

static bool
read_text(struct run *r, struct buf *out, uint64_t size, struct error *err)
{
    out->size = 0;
    if (size > r->left)
        return error_set(err, ERR_IO, "a temporary file is damaged");
    if (!read_octets(r, buf_reserve(out, size + 1), size, err))
        return false;
    out->size = size;
    return true;
}

bool
run_next(struct run *r, struct error *err)
{
    uint64_t sizes[2];

    r->ended = r->left == 0;
    return r->ended || (read_octets(r, sizes, sizeof sizes, err) &&
                        read_text(r, &r->key, sizes[0], err) &&
                        read_text(r, &r->text, sizes[1], err));
}

void
run_close(struct run *r)
{
    if (r->file)
        (void)fclose(r->file);
    buf_clear(&r->key);
    buf_clear(&r->text);
    *r = (struct run){0};
}

static bool
comes_before(const struct run *a, const struct run *b)
{
    size_t n = a->key.size < b->key.size ? a->key.size : b->key.size;
    int order = memcmp(a->key.data, b->key.data, n);

    return order ? order < 0 : a->key.size < b->key.size;
}

/* Let heap[at] sink to its place among n. */
static void
sink(struct run **heap, size_t at, size_t n)
{
    for (;;) {
        size_t least = at;

        for (size_t k = 2 * at + 1; k <= 2 * at + 2; k++)
            if (k < n && comes_before(heap[k], heap[least]))
                least = k;
        if (least == at)
            return;

        struct run *swap = heap[at];

        heap[at] = heap[least];
        heap[least] = swap;
        at = least;
    }
}

bool
run_merge(struct run *runs, size_t n_runs, FILE *out, struct error *err)
{
    struct run **heap = xcalloc(n_runs + 1, sizeof *heap);
    size_t n = 0;
    bool ok = true;

    for (size_t i = 0; ok && i < n_runs; i++) {
        ok = run_rewind(&runs[i], err);
        if (!runs[i].ended)
            heap[n++] = &runs[i];
    }
    for (size_t i = n; i-- > 0;)
        sink(heap, i, n);
    while (ok && n > 0) {
        struct run *first = heap[0];

        ok = fwrite(first->text.data, 1, first->text.size, out) == first->text.size ||
             error_errno(err, "cannot write");
        ok = ok && run_next(first, err);
        if (first->ended)
            heap[0] = heap[--n];
        sink(heap, 0, n);
    }
    free(heap);
    return ok;
}
