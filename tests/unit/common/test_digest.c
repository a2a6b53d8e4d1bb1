/* Digests of known strings, in one piece and in many. */
#include "common/digest.h"

#include "test.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* Values of xxhsum -H3, xxhsum -H128, b2sum -l 256 and sha256sum. */
static const struct {
    enum digest_kind kind;
    const char *text, *hex;
} known[] = {
    {DIGEST_XXH3_64, "", "2d06800538d394c2"},
    {DIGEST_XXH3_64, "abc", "78af5f94892f3950"},
    {DIGEST_XXH3_128, "", "99aa06d3014798d86001c324468d497f"},
    {DIGEST_XXH3_128, "abc", "06b05ab6733a618578af5f94892f3950"},
    {DIGEST_BLAKE2B, "",
     "0e5751c026e543b2e8ab2eb06099daa1d1e5df47778f7787faab45cdf12fe3a8"},
    {DIGEST_BLAKE2B, "abc",
     "bddd813c634239723171ef3fee98579b94964e3bb1cb3e427262c8c068d52319"},
    {DIGEST_SHA256, "",
     "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"},
    {DIGEST_SHA256, "abc",
     "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"},
};

static void
test_known(void)
{
    char hex[DIGEST_HEX_SIZE];

    for (size_t i = 0; i < COUNT_OF(known); i++) {
        digest_hex(known[i].kind, known[i].text, strlen(known[i].text), hex);
        CHECK(strcmp(hex, known[i].hex) == 0);
        CHECK(strlen(hex) == 2 * digest_size(known[i].kind));
    }
    CHECK(strcmp(digest_name(DIGEST_BLAKE2B), "blake2b-256") == 0);
}

static void
test_streamed(void)
{
    static uint8_t data[5000];

    for (size_t i = 0; i < sizeof data; i++)
        data[i] = (uint8_t)(i * i + i / 7);
    for (enum digest_kind kind = DIGEST_XXH3_64; kind <= DIGEST_SHA256; kind++) {
        struct digest *d = digest_new(kind);
        uint8_t whole[DIGEST_SIZE_MAX], parts[DIGEST_SIZE_MAX];

        digest_of(kind, data, sizeof data, whole);
        for (int round = 0; round < 2; round++) { /* final() starts anew */
            for (size_t i = 0, n = 1; i < sizeof data; i += n, n = n * 2 + 1) {
                n = n < sizeof data - i ? n : sizeof data - i;
                digest_update(d, data + i, n);
            }
            digest_final(d, parts);
            CHECK(memcmp(whole, parts, digest_size(kind)) == 0);
        }
        digest_free(d);
    }
}

static void
test_file(void)
{
    char name[] = "/tmp/test_digest.XXXXXX", hex[DIGEST_HEX_SIZE];
    struct error err = {0};
    int fd = mkstemp(name);

    CHECK(fd >= 0 && write(fd, "abc", 3) == 3);
    CHECK(digest_file(DIGEST_SHA256, name, hex, &err));
    CHECK(strcmp(hex, known[7].hex) == 0);
    (void)close(fd);
    (void)unlink(name);
    CHECK(!digest_file(DIGEST_SHA256, name, hex, &err));
    CHECK(err.class == ERR_IO && strcmp(err.path, name) == 0);
}

static void
test_hex(void)
{
    uint8_t out[3] = {0};

    CHECK(hex_decode("00aFff", 2, out) == false);
    CHECK(hex_decode("00afff", 3, out) && out[1] == 0xaf && out[2] == 0xff);
    CHECK(!hex_decode("0g", 1, out));
    CHECK(!hex_decode("g0", 1, out));
}

int
main(void)
{
    test_known();
    test_streamed();
    test_file();
    test_hex();
    return test_failures != 0;
}
