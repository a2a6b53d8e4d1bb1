#include "source_digest.h"

#include "blake2b_lanes.h"
#include "common/json_out.h"
#include "common/mem.h"
#include "files/mapping.h"

#include <stdlib.h>
#include <string.h>
#include <xxhash.h>

enum { AT_ONCE = 1 << 20 }; /* octets of a mapping, then others may go */

struct source_hasher {
    bool tree;
    struct digest *blake2b; /* owned; of the source or of the pieces' digests */
    struct digest *xxh3;    /* owned */
    uint8_t zeros[DIGEST_SIZE_MAX];
    bool zeros_known;
};

bool
source_digest_equal(const struct source_digest *a, const struct source_digest *b)
{
    return a->tree == b->tree && memcmp(a->blake2b, b->blake2b, sizeof a->blake2b) == 0 &&
           memcmp(a->xxh3, b->xxh3, sizeof a->xxh3) == 0;
}

const char *
source_digest_key(const struct source_digest *d)
{
    return d->tree ? "blake2b_256_tree" : "blake2b_256";
}

void
source_digest_write(struct json_out *j, const char *key, const struct source_digest *d)
{
    char hex[DIGEST_HEX_SIZE];

    json_object(j, key);
    hex_encode(d->blake2b, sizeof d->blake2b, hex);
    json_string(j, source_digest_key(d), hex);
    hex_encode(d->xxh3, sizeof d->xxh3, hex);
    json_string(j, "xxh3_128", hex);
    json_end(j);
}

struct source_hasher *
source_hasher_new(uint64_t total)
{
    struct source_hasher *h = xcalloc(1, sizeof *h);

    h->tree = total > SOURCE_FLAT_MAX;
    h->blake2b = digest_new(DIGEST_BLAKE2B);
    h->xxh3 = digest_new(DIGEST_XXH3_128);
    return h;
}

static bool
all_zero(const uint8_t *data, size_t size)
{
    return data[0] == 0 && memcmp(data, data + 1, size - 1) == 0;
}

/* The digest of a piece of zeros, which holes are made of. */
static const uint8_t *
digest_of_zeros(struct source_hasher *h)
{
    uint8_t *zeros;

    if (!h->zeros_known) {
        zeros = xcalloc(1, SOURCE_PIECE);
        digest_of(DIGEST_BLAKE2B, zeros, SOURCE_PIECE, h->zeros);
        free(zeros);
        h->zeros_known = true;
    }
    return h->zeros;
}

static void
update_pieces(struct source_hasher *h, const uint8_t *data, size_t size)
{
    const struct blake2b_lanes *lanes = blake2b_lanes_select();
    size_t at = 0, group = lanes ? lanes->lanes * SOURCE_PIECE : 0;
    uint8_t digest[DIGEST_SIZE_MAX], several[16][32];

    for (; lanes && size - at >= group; at += group) {
        if (all_zero(data + at, group))
            for (size_t i = 0; i < lanes->lanes; i++)
                memcpy(several[i], digest_of_zeros(h), sizeof several[i]);
        else
            lanes->hash(data + at, SOURCE_PIECE, several);
        digest_update(h->blake2b, several, 32 * lanes->lanes);
    }
    for (; at < size; at += SOURCE_PIECE) {
        size_t n = size - at < SOURCE_PIECE ? size - at : SOURCE_PIECE;

        digest_of(DIGEST_BLAKE2B, data + at, n, digest);
        digest_update(h->blake2b, digest, 32);
    }
}

void
source_hasher_update(struct source_hasher *h, const uint8_t *data, size_t size)
{
    digest_update(h->xxh3, data, size);
    if (h->tree)
        update_pieces(h, data, size);
    else
        digest_update(h->blake2b, data, size);
}

void
source_hasher_final(struct source_hasher *h, struct source_digest *out)
{
    uint8_t digest[DIGEST_SIZE_MAX];

    *out = (struct source_digest){.tree = h->tree};
    digest_final(h->blake2b, digest);
    memcpy(out->blake2b, digest, sizeof out->blake2b);
    digest_final(h->xxh3, digest);
    memcpy(out->xxh3, digest, sizeof out->xxh3);
}

void
source_hasher_free(struct source_hasher *h)
{
    digest_free(h->blake2b);
    digest_free(h->xxh3);
    free(h);
}

void
source_digest_of(const uint8_t *data, uint64_t size, struct source_digest *out)
{
    struct source_hasher *h = source_hasher_new(size);

    for (uint64_t at = 0; at < size; at += AT_ONCE) {
        size_t n = size - at < AT_ONCE ? (size_t)(size - at) : AT_ONCE;

        source_hasher_update(h, data + at, n);
        mapping_touched(n);
    }
    source_hasher_final(h, out);
    source_hasher_free(h);
}

uint64_t
symbol_digest(const uint8_t *symbol, size_t T)
{
    return XXH3_64bits(symbol, T);
}
