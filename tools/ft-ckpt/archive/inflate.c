/* inflate.c: see inflate.h. */
#define ZLIB_CONST
#include "archive/inflate.h"

#include "archive/paging.h"
#include "common/mem.h"
#include "fault.h"

#include <stdlib.h>
#include <zlib.h>

/* zlib counts input in 32 bits. */
enum { INPUT_STEP = 1 << 30, INPUT_WINDOW = 1 << 20, OUTPUT_STEP = 1 << 18 };
enum { GROWN_ALWAYS = 64 << 20, RATIO_MAX = 100 };

static bool
broken(struct error *err, const char *what)
{
    return fault(err, ERR_MALFORMED, "zip-malformed", "deflate data %s", what);
}

/* Inflate into the reserved space until it is full or the stream ends. */
static int
fill(z_stream *s, const uint8_t *data, uint64_t size, struct buf *out, uint64_t want)
{
    uint64_t fed = 0;
    int status = Z_OK;

    while (status == Z_OK && out->size < want) {
        uint64_t room = want - out->size;

        if (s->avail_in == 0 && fed < size) {
            uint64_t step = size - fed < INPUT_STEP ? size - fed : INPUT_STEP;

            s->next_in = data + fed;
            s->avail_in = (uInt)step;
            fed += step;
        }
        s->avail_out = (uInt)(room < INPUT_STEP ? room : INPUT_STEP);
        s->next_out = buf_reserve(out, s->avail_out);
        room = s->avail_out;
        status = inflate(s, Z_NO_FLUSH);
        out->size += (size_t)(room - s->avail_out);
        if (status == Z_BUF_ERROR)
            break;
    }
    return status;
}

bool
inflate_prefix(const uint8_t *data, uint64_t size, uint64_t total, uint64_t want,
               struct buf *out, struct error *err)
{
    z_stream s = {0};
    uint8_t extra;
    int status;
    bool ok;

    buf_clear(out);
    if (inflateInit2(&s, -MAX_WBITS) != Z_OK)
        return error_set(err, ERR_MEMORY, "zlib cannot start");
    status = fill(&s, data, size, out, want);
    ok = out->size == want && (status == Z_OK || status == Z_STREAM_END);
    if (ok && want == total) {
        s.next_out = &extra;
        s.avail_out = 1;
        if (status != Z_STREAM_END)
            status = inflate(&s, Z_NO_FLUSH);
        ok = status == Z_STREAM_END && s.avail_out == 1 && s.total_in == size;
    }
    (void)inflateEnd(&s);
    return ok || broken(err, "is damaged or of another size than announced");
}

uint64_t
inflate_limit(uint64_t size)
{
    return size > GROWN_ALWAYS / RATIO_MAX ? size * RATIO_MAX : GROWN_ALWAYS;
}

bool
inflate_all(const uint8_t *data, uint64_t size, unsigned kind, inflate_sink *sink,
            void *context, struct error *err)
{
    uint8_t *chunk = xcalloc(1, OUTPUT_STEP);
    z_stream s = {0};
    uint64_t fed = 0;
    int status = Z_OK;
    bool ok = true;

    if (inflateInit2(&s, kind & INFLATE_GZIP ? 16 + MAX_WBITS : -MAX_WBITS) != Z_OK) {
        free(chunk);
        return error_set(err, ERR_MEMORY, "zlib cannot start");
    }
    while (ok && status == Z_OK) {
        if (s.avail_in == 0 && fed < size) {
            uint64_t step = size - fed < INPUT_WINDOW ? size - fed : INPUT_WINDOW;

            if (kind & INFLATE_MAPPED && fed > 0)
                paging_forget(s.next_in - INPUT_WINDOW, INPUT_WINDOW);
            s.next_in = data + fed;
            s.avail_in = (uInt)step;
            fed += step;
        }
        s.next_out = chunk;
        s.avail_out = OUTPUT_STEP;
        status = inflate(&s, Z_NO_FLUSH);
        ok = sink(context, chunk, OUTPUT_STEP - s.avail_out, err);
    }
    if (ok && status != Z_STREAM_END)
        ok = fault(
            err, ERR_MALFORMED, kind & INFLATE_GZIP ? "compressed" : "zip-malformed",
            "%s data is damaged or cut short", kind & INFLATE_GZIP ? "gzip" : "deflate");
    if (ok && s.total_in != size)
        ok = fault(err, ERR_MALFORMED,
                   kind & INFLATE_GZIP ? "trailing-data" : "zip-malformed",
                   "bytes behind the end of the compressed data");
    (void)inflateEnd(&s);
    free(chunk);
    return ok;
}
