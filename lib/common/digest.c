#include "digest.h"

#include "mem.h"

#include <errno.h>
#include <fcntl.h>
#include <sodium.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#define XXH_STATIC_LINKING_ONLY /* the size of XXH3_state_t */
#include <xxhash.h>

enum { FILE_CHUNK = 1 << 18 };

struct digest {
    enum digest_kind kind;
    XXH3_state_t *xxh3; /* owned; NULL for the others */
    crypto_hash_sha256_state sha256;
    /* The library asks for its own alignment of this state. */
    crypto_generichash_state *blake2b; /* owned; NULL for the others */
};

static const struct {
    const char *name;
    size_t size;
} kinds[] = {
    [DIGEST_XXH3_64] = {"xxh3-64", 8},
    [DIGEST_XXH3_128] = {"xxh3-128", 16},
    [DIGEST_BLAKE2B] = {"blake2b-256", 32},
    [DIGEST_SHA256] = {"sha256", 32},
};

const char *
digest_name(enum digest_kind kind)
{
    return kinds[kind].name;
}

size_t
digest_size(enum digest_kind kind)
{
    return kinds[kind].size;
}

static void
reset(struct digest *d)
{
    switch (d->kind) {
    case DIGEST_XXH3_64: (void)XXH3_64bits_reset(d->xxh3); break;
    case DIGEST_XXH3_128: (void)XXH3_128bits_reset(d->xxh3); break;
    case DIGEST_BLAKE2B: (void)crypto_generichash_init(d->blake2b, NULL, 0, 32); break;
    case DIGEST_SHA256: (void)crypto_hash_sha256_init(&d->sha256); break;
    }
}

struct digest *
digest_new(enum digest_kind kind)
{
    struct digest *d = xcalloc(1, sizeof *d);

    d->kind = kind;
    if (kind == DIGEST_XXH3_64 || kind == DIGEST_XXH3_128)
        d->xxh3 = xaligned(64, sizeof *d->xxh3);
    if (kind == DIGEST_BLAKE2B) {
        /* Picks the fastest variant; its only failure, a lack of random numbers,
         * leaves the portable one, which gives the same digest. */
        int ignored = sodium_init();

        (void)ignored;
        d->blake2b = xaligned(64, crypto_generichash_statebytes());
    }
    reset(d);
    return d;
}

void
digest_update(struct digest *d, const void *data, size_t size)
{
    if (size == 0)
        return;
    switch (d->kind) {
    case DIGEST_XXH3_64: (void)XXH3_64bits_update(d->xxh3, data, size); break;
    case DIGEST_XXH3_128: (void)XXH3_128bits_update(d->xxh3, data, size); break;
    case DIGEST_BLAKE2B: (void)crypto_generichash_update(d->blake2b, data, size); break;
    case DIGEST_SHA256: (void)crypto_hash_sha256_update(&d->sha256, data, size); break;
    }
}

static void
store_xxh3_64(XXH64_hash_t hash, uint8_t *out)
{
    XXH64_canonical_t canonical;

    XXH64_canonicalFromHash(&canonical, hash);
    memcpy(out, canonical.digest, sizeof canonical.digest);
}

static void
store_xxh3_128(XXH128_hash_t hash, uint8_t *out)
{
    XXH128_canonical_t canonical;

    XXH128_canonicalFromHash(&canonical, hash);
    memcpy(out, canonical.digest, sizeof canonical.digest);
}

void
digest_final(struct digest *d, uint8_t out[static DIGEST_SIZE_MAX])
{
    switch (d->kind) {
    case DIGEST_XXH3_64: store_xxh3_64(XXH3_64bits_digest(d->xxh3), out); break;
    case DIGEST_XXH3_128: store_xxh3_128(XXH3_128bits_digest(d->xxh3), out); break;
    case DIGEST_BLAKE2B: (void)crypto_generichash_final(d->blake2b, out, 32); break;
    case DIGEST_SHA256: (void)crypto_hash_sha256_final(&d->sha256, out); break;
    }
    reset(d);
}

void
digest_free(struct digest *d)
{
    if (!d)
        return;
    free(d->xxh3);
    free(d->blake2b);
    free(d);
}

void
digest_of(enum digest_kind kind, const void *data, size_t size,
          uint8_t out[static DIGEST_SIZE_MAX])
{
    struct digest *d;

    if (kind == DIGEST_XXH3_64) {
        store_xxh3_64(XXH3_64bits(data, size), out);
    } else if (kind == DIGEST_XXH3_128) {
        store_xxh3_128(XXH3_128bits(data, size), out);
    } else {
        d = digest_new(kind);
        digest_update(d, data, size);
        digest_final(d, out);
        digest_free(d);
    }
}

void
hex_encode(const uint8_t *data, size_t n, char *out)
{
    static const char digits[] = "0123456789abcdef";

    for (size_t i = 0; i < n; i++) {
        *out++ = digits[data[i] >> 4];
        *out++ = digits[data[i] & 15];
    }
    *out = '\0';
}

static int
hex_value(char c)
{
    if (c >= '0' && c <= '9')
        return c - '0';
    return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

bool
hex_decode(const char *text, size_t n, uint8_t *out)
{
    for (size_t i = 0; i < n; i++) {
        int high = hex_value(text[2 * i]);
        int low = high < 0 ? -1 : hex_value(text[2 * i + 1]);

        if (low < 0)
            return false;
        out[i] = (uint8_t)(high << 4 | low);
    }
    return true;
}

void
digest_hex(enum digest_kind kind, const void *data, size_t size,
           char out[static DIGEST_HEX_SIZE])
{
    uint8_t value[DIGEST_SIZE_MAX];

    digest_of(kind, data, size, value);
    hex_encode(value, digest_size(kind), out);
}

bool
digest_file(enum digest_kind kind, const char *path, char out[static DIGEST_HEX_SIZE],
            struct error *err)
{
    struct digest *d = NULL;
    uint8_t value[DIGEST_SIZE_MAX];
    uint8_t *chunk = NULL;
    ssize_t got;
    bool ok = false;
    int fd = open(path, O_RDONLY | O_CLOEXEC);

    if (fd < 0) {
        (void)error_errno(err, "cannot open");
        goto done;
    }
    d = digest_new(kind);
    chunk = xaligned(64, FILE_CHUNK);
    while ((got = read(fd, chunk, FILE_CHUNK)) != 0) {
        if (got < 0 && errno == EINTR)
            continue;
        if (got < 0) {
            (void)error_errno(err, "cannot read");
            goto done;
        }
        digest_update(d, chunk, (size_t)got);
    }
    digest_final(d, value);
    hex_encode(value, digest_size(kind), out);
    ok = true;
done:
    free(chunk);
    digest_free(d);
    if (fd >= 0)
        (void)close(fd);
    return ok || error_in(err, path);
}
