/* inflate.c: see inflate.h. */
#define ZLIB_CONST
#include "container/inflate.h"

#include "fault.h"

#include <zlib.h>

/* zlib counts input in 32 bits. */
enum { INPUT_STEP = 1 << 30 };

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

bool
inflate_gzip(const uint8_t *data, uint64_t size, uint64_t limit, struct buf *out,
             struct error *err)
{
    z_stream s = {0};
    int status = Z_OK;
    bool ok;

    buf_clear(out);
    if (inflateInit2(&s, 16 + MAX_WBITS) != Z_OK)
        return error_set(err, ERR_MEMORY, "zlib cannot start");
    while (status == Z_OK && out->size < limit) {
        uint64_t want = out->size + (1u << 20);

        status = fill(&s, data + s.total_in, size - s.total_in, out,
                      want < limit ? want : limit);
        s.avail_in = 0;
    }
    ok = status == Z_STREAM_END && s.total_in == size;
    (void)inflateEnd(&s);
    if (!ok && status == Z_OK)
        return fault(err, ERR_LIMIT, "resource-limit",
                     "gzip content of more than %llu octets", (unsigned long long)limit);
    return ok || broken(err, "is damaged");
}
