/* minisign: what it signs verifies, and nothing else does. */
#include "common/minisign.h"
#include "test.h"

#include <stdlib.h>
#include <string.h>

/* Made by minisign 0.11 -G -W, for this test alone. */
static const char secret_text[] =
    "untrusted comment: minisign encrypted secret key\n"
    "RWQAAEIyAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAACccsDtp58No4"
    "Lh0Cny2PkID/pS2SgcqjYFhqoMfhoZWEP7Kd9SEaSGiC+Sy4TSk92xaPlenQwP/"
    "SLuGvB0H8u2YdFLH9fnDCAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=\n";
static const char public_key[] =
    "RWQJxywO2nnw2miC+Sy4TSk92xaPlenQwP/SLuGvB0H8u2YdFLH9fnDC";

/* Made with it by minisign -S over "hello\n", and with -l (legacy). */
static const char prehashed[] = "untrusted comment: signature from minisign secret key\n"
                                "RUQJxywO2nnw2g9zjCUyZRCt7G7Qf73p9A4Rr8scuVc2UUvNhX5A2iTk"
                                "VNA98/bWLhyJ+h7nTYkNyX+1wTiw/UYsTn36bvlBzAg=\n"
                                "trusted comment: timestamp:1795266945	file:m	hashed\n"
                                "LigXu7h7hO5Kp1xaKRnMLw3I476yi37tMrywvlDc37lmEgaRq4iFO1tx"
                                "/orQRIVWAeDMQWmm/QAX+yR0vf5fAg==\n";
static const char legacy[] = "untrusted comment: signature from minisign secret key\n"
                             "RWQJxywO2nnw2n369jxVlUQcrkjG0tiligGPqe9KNUjAJVOVCnI8RevUXiH"
                             "/GfODrefgMqT/frEoH3Sjp0j6Z698t/fGjC8Kego=\n"
                             "trusted comment: timestamp:1795266945	file:m\n"
                             "iSkj73oGWyffmJxHJbLMuILlvk8bf59BLplQajjJUq2neQ9KLXp/"
                             "Ra0RaKJQgORt/xLipnDpBZgQmY6oesV5BA==\n";

static bool
verifies(const struct minisign_public *p, const char *data, const char *signature)
{
    char comment[MINISIGN_COMMENT_SIZE];
    struct error err = {0};

    return minisign_verify(p, data, strlen(data), signature, strlen(signature), comment,
                           &err);
}

static void
check_theirs(const struct minisign_public *p)
{
    char changed[MINISIGN_SIGNATURE_SIZE];

    CHECK(verifies(p, "hello\n", prehashed) && verifies(p, "hello\n", legacy));
    CHECK(!verifies(p, "hello", prehashed) && !verifies(p, "hello", legacy));
    for (size_t i = 0; i < strlen(prehashed); i++) {
        (void)snprintf(changed, sizeof changed, "%s", prehashed);
        changed[i] ^= 1;
        /* The untrusted comment may say anything; no other octet may change. */
        if (i > strcspn(prehashed, "\n") && i + 1 < strlen(prehashed))
            CHECK(!verifies(p, "hello\n", changed));
        changed[i] = '\0';
        CHECK(i + 1 == strlen(prehashed) || !verifies(p, "hello\n", changed));
    }
}

static void
check_ours(const struct minisign_public *p)
{
    const char *path = "minisign_test.key";
    char out[MINISIGN_SIGNATURE_SIZE], again[MINISIGN_SIGNATURE_SIZE];
    char comment[MINISIGN_COMMENT_SIZE];
    struct minisign_secret s;
    struct error err = {0};
    FILE *f = fopen(path, "w");

    CHECK(f && fputs(secret_text, f) >= 0 && fclose(f) == 0);
    CHECK(minisign_secret_open(&s, path, NULL, &err));
    CHECK(minisign_sign(&s, "abc", 3, true, "a comment", out, &err));
    CHECK(minisign_sign(&s, "abc", 3, true, "a comment", again, &err));
    CHECK(strcmp(out, again) == 0);
    CHECK(minisign_verify(p, "abc", 3, out, strlen(out), comment, &err));
    CHECK(strcmp(comment, "a comment") == 0);
    CHECK(!verifies(p, "abd", out));
    CHECK(minisign_sign(&s, "abc", 3, false, "", out, &err) && verifies(p, "abc", out));
    CHECK(!minisign_sign(&s, "abc", 3, true, "two\nlines", out, &err));
    minisign_secret_clear(&s);
    (void)remove(path);
}

int
main(void)
{
    struct minisign_public p;
    struct error err = {0};

    CHECK(minisign_public_open(&p, public_key, &err));
    CHECK(!minisign_public_open(&p, "no such file", &err));
    CHECK(minisign_public_open(&p, public_key, &err));
    check_theirs(&p);
    check_ours(&p);
    return test_failures != 0;
}
