/* The digest of a source, however it is computed, is what docs/FORMATS.md says. */
#include "common/mem.h"
#include "digest/blake2b_lanes.h"
#include "digest/source_digest.h"
#include "test.h"

#include <stdlib.h>
#include <string.h>

static void
test_lanes(void)
{
    static const size_t sizes[] = {128, 256, 1024, 65536};
    const struct blake2b_lanes *lanes = blake2b_lanes_select();
    uint8_t *data = malloc(16 * 65536), got[16][32], expected[DIGEST_SIZE_MAX];

    for (size_t i = 0; i < (size_t)16 * 65536; i++)
        data[i] = (uint8_t)(i * 131 + (i >> 8) * 17 + 7);
    for (size_t k = 0; lanes && k < sizeof sizes / sizeof *sizes; k++) {
        lanes->hash(data, sizes[k], got);
        for (size_t lane = 0; lane < lanes->lanes; lane++) {
            digest_of(DIGEST_BLAKE2B, data + lane * sizes[k], sizes[k], expected);
            CHECK(memcmp(got[lane], expected, 32) == 0);
        }
    }
    free(data);
}

/* A tree by its definition, in pieces of the stream that are not those of the tree. */
static void
test_tree(uint64_t size)
{
    uint8_t *data = xcalloc(size, 1), expected[DIGEST_SIZE_MAX], piece[DIGEST_SIZE_MAX];
    struct digest *over = digest_new(DIGEST_BLAKE2B);
    struct source_digest got, streamed;
    struct source_hasher *h = source_hasher_new(size);

    for (uint64_t i = 0; i < size; i += 97)
        data[i] = (uint8_t)(i * 31 >> 7);
    memset(data + size / 4, 0, size / 3); /* whole groups of pieces of zeros */
    for (uint64_t at = 0; at < size; at += SOURCE_PIECE) {
        digest_of(DIGEST_BLAKE2B, data + at,
                  size - at < SOURCE_PIECE ? size - at : SOURCE_PIECE, piece);
        digest_update(over, piece, 32);
    }
    digest_final(over, expected);
    digest_free(over);
    source_digest_of(data, size, &got);
    CHECK(got.tree);
    CHECK(memcmp(got.blake2b, expected, 32) == 0);
    for (uint64_t at = 0; at < size; at += 3 * SOURCE_PIECE)
        source_hasher_update(h, data + at,
                             size - at < 3 * SOURCE_PIECE ? size - at : 3 * SOURCE_PIECE);
    source_hasher_final(h, &streamed);
    source_hasher_free(h);
    CHECK(source_digest_equal(&got, &streamed));
    free(data);
}

int
main(void)
{
    struct source_digest flat;
    uint8_t expected[DIGEST_SIZE_MAX];

    test_lanes();
    test_tree(SOURCE_FLAT_MAX + 1);
    test_tree(SOURCE_FLAT_MAX + 12 * SOURCE_PIECE + 5);
    source_digest_of((const uint8_t *)"abc", 3, &flat);
    digest_of(DIGEST_BLAKE2B, "abc", 3, expected);
    CHECK(!flat.tree && memcmp(flat.blake2b, expected, 32) == 0);
    return test_failures != 0;
}
