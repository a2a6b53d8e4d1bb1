/*
 * The formats are those of minisign 0.12:
 *   public key   "Ed", key id, Ed25519 key
 *   secret key   "Ed", "Sc" or two zeros, "B2", salt, scrypt's two limits, then key id,
 *                key and checksum, which scrypt's output is added to when encrypted
 *   signature    "ED" or "Ed", key id, signature; trusted comment; signature of both
 */
#include "minisign.h"

#include "file.h"

#include <sodium.h>
#include <stdio.h>
#include <string.h>

enum {
    PUBLIC_SIZE = 2 + 8 + 32,
    SECRET_BODY = 8 + 64 + 32,
    SECRET_SIZE = 2 + 2 + 2 + 32 + 8 + 8 + SECRET_BODY,
    SIGNATURE_OCTETS = 2 + 8 + 64,
    FILE_MAX = 1 << 16,
    SCRYPT_MEMORY_MAX = 1 << 30
};
static const char untrusted_mark[] = "untrusted comment: ";
static const char trusted_mark[] = "trusted comment: ";

static bool
decode(const char *text, size_t n, uint8_t *out, size_t size)
{
    size_t got = 0;

    return sodium_base642bin(out, size, text, n, NULL, &got, NULL,
                             sodium_base64_VARIANT_ORIGINAL) == 0 &&
           got == size;
}

/* The next line without its end; NULL at the end of the text. */
static const char *
take_line(const char **text, const char *end, size_t *n)
{
    const char *line = *text, *stop;

    if (line >= end)
        return NULL;
    stop = memchr(line, '\n', (size_t)(end - line));
    *n = (size_t)((stop ? stop : end) - line);
    *text = (stop ? stop : end) + 1;
    while (*n > 0 && line[*n - 1] == '\r')
        (*n)--;
    return line;
}

/* The base64 line behind an untrusted comment. */
static bool
read_key_file(const char *path, uint8_t *out, size_t size, struct error *err)
{
    struct input in;
    const char *text, *end, *line;
    size_t n = 0;
    bool ok = false;

    if (!input_open(&in, path, FILE_MAX, err))
        return false;
    text = (const char *)in.data;
    end = text ? text + in.size : NULL;
    line = text ? take_line(&text, end, &n) : NULL;
    if (line && n >= sizeof untrusted_mark - 1 &&
        memcmp(line, untrusted_mark, sizeof untrusted_mark - 1) == 0) {
        line = take_line(&text, end, &n);
        ok = line && decode(line, n, out, size);
    }
    input_close(&in);
    return ok || error_set(err, ERR_MALFORMED, "not a minisign key") ||
           error_in(err, path);
}

bool
minisign_public_open(struct minisign_public *out, const char *file_or_key,
                     struct error *err)
{
    uint8_t key[PUBLIC_SIZE];

    if (!decode(file_or_key, strlen(file_or_key), key, sizeof key) &&
        !read_key_file(file_or_key, key, sizeof key, err))
        return false;
    if (memcmp(key, "Ed", 2) != 0)
        return error_set(err, ERR_UNSUPPORTED, "not an Ed25519 key");
    memcpy(out->id, key + 2, sizeof out->id);
    memcpy(out->key, key + 10, sizeof out->key);
    return true;
}

static uint64_t
little_endian(const uint8_t *p)
{
    uint64_t value = 0;

    for (int i = 7; i >= 0; i--)
        value = value << 8 | p[i];
    return value;
}

static bool
decrypt(uint8_t body[static SECRET_BODY], const uint8_t *header, const char *password,
        struct error *err)
{
    uint64_t operations = little_endian(header + 38), memory = little_endian(header + 46);
    uint8_t stream[SECRET_BODY];

    if (!password)
        return error_set(err, ERR_USAGE,
                         "the secret key is encrypted (give its password file)");
    if (memory > SCRYPT_MEMORY_MAX)
        return error_set(err, ERR_LIMIT, "the key's scrypt wants more than 1 GiB");
    if (crypto_pwhash_scryptsalsa208sha256(stream, sizeof stream, password,
                                           strlen(password), header + 6, operations,
                                           (size_t)memory) != 0)
        return error_set(err, ERR_MEMORY, "scrypt could not be computed");
    for (size_t i = 0; i < sizeof stream; i++)
        body[i] ^= stream[i];
    sodium_memzero(stream, sizeof stream);
    return true;
}

/* BLAKE2b-256 over the algorithm, the id and the key. */
static bool
checksum_holds(const uint8_t body[static SECRET_BODY])
{
    crypto_generichash_state state;
    uint8_t sum[32];

    (void)crypto_generichash_init(&state, NULL, 0, sizeof sum);
    (void)crypto_generichash_update(&state, (const uint8_t *)"Ed", 2);
    (void)crypto_generichash_update(&state, body, 72);
    (void)crypto_generichash_final(&state, sum, sizeof sum);
    return sodium_memcmp(sum, body + 72, sizeof sum) == 0;
}

bool
minisign_secret_open(struct minisign_secret *out, const char *path, const char *password,
                     struct error *err)
{
    uint8_t file[SECRET_SIZE], *body = file + SECRET_SIZE - SECRET_BODY;
    bool ok = false;

    if (sodium_init() < 0)
        return error_set(err, ERR_INTERNAL, "libsodium cannot be used");
    if (!read_key_file(path, file, sizeof file, err))
        return false;
    if (memcmp(file, "Ed", 2) != 0 || memcmp(file + 4, "B2", 2) != 0)
        (void)error_set(err, ERR_UNSUPPORTED,
                        "not an Ed25519 key with a BLAKE2b checksum");
    else if (memcmp(file + 2, "Sc", 2) == 0)
        ok = decrypt(body, file, password, err);
    else if (memcmp(file + 2, "\0\0", 2) == 0)
        ok = true;
    else
        (void)error_set(err, ERR_UNSUPPORTED, "unknown key derivation");
    /* Keys that are not encrypted carry no checksum. */
    if (ok && file[2] == 'S' && !checksum_holds(body)) {
        ok = false;
        (void)error_set(err, ERR_CHECKSUM, "wrong password, or a damaged key");
    }
    if (ok) {
        memcpy(out->id, body, sizeof out->id);
        memcpy(out->key, body + 8, sizeof out->key);
    }
    sodium_memzero(file, sizeof file);
    return ok || error_in(err, path);
}

void
minisign_secret_clear(struct minisign_secret *s)
{
    sodium_memzero(s, sizeof *s);
}

/* What is signed: the data, or its hash. */
static const void *
message(const void *data, size_t *size, bool prehashed, uint8_t hash[static 64])
{
    if (!prehashed)
        return data ? data : "";
    (void)crypto_generichash(hash, 64, data, *size, NULL, 0);
    *size = 64;
    return hash;
}

bool
minisign_sign(const struct minisign_secret *s, const void *data, size_t size,
              bool prehashed, const char *trusted_comment,
              char out[static MINISIGN_SIGNATURE_SIZE], struct error *err)
{
    uint8_t first[SIGNATURE_OCTETS], both[64 + MINISIGN_COMMENT_SIZE], second[64];
    uint8_t hash[64];
    char a[128], b[128];
    size_t n = strlen(trusted_comment);
    const void *what;

    if (sodium_init() < 0)
        return error_set(err, ERR_INTERNAL, "libsodium cannot be used");
    if (n >= MINISIGN_COMMENT_SIZE || strpbrk(trusted_comment, "\r\n"))
        return error_set(err, ERR_LIMIT,
                         "a trusted comment is one line of at most %d octets",
                         MINISIGN_COMMENT_SIZE - 1);
    memcpy(first, prehashed ? "ED" : "Ed", 2);
    memcpy(first + 2, s->id, sizeof s->id);
    what = message(data, &size, prehashed, hash);
    (void)crypto_sign_detached(first + 10, NULL, what, size, s->key);
    memcpy(both, first + 10, 64);
    memcpy(both + 64, trusted_comment, n);
    (void)crypto_sign_detached(second, NULL, both, 64 + n, s->key);
    (void)sodium_bin2base64(a, sizeof a, first, sizeof first,
                            sodium_base64_VARIANT_ORIGINAL);
    (void)sodium_bin2base64(b, sizeof b, second, sizeof second,
                            sodium_base64_VARIANT_ORIGINAL);
    (void)snprintf(out, MINISIGN_SIGNATURE_SIZE,
                   "%ssignature from a lockstep secret key\n%s\n%s%s\n%s\n",
                   untrusted_mark, a, trusted_mark, trusted_comment, b);
    return true;
}

struct parts {
    uint8_t first[SIGNATURE_OCTETS], second[64];
    const char *comment; /* borrowed; not terminated */
    size_t comment_size;
};

static bool
take_parts(const char *text, size_t size, struct parts *out)
{
    const char *end = text + size, *line;
    size_t n = 0;

    line = take_line(&text, end, &n);
    if (!line || n < sizeof untrusted_mark - 1 ||
        memcmp(line, untrusted_mark, sizeof untrusted_mark - 1) != 0)
        return false;
    line = take_line(&text, end, &n);
    if (!line || !decode(line, n, out->first, sizeof out->first))
        return false;
    line = take_line(&text, end, &n);
    if (!line || n < sizeof trusted_mark - 1 ||
        memcmp(line, trusted_mark, sizeof trusted_mark - 1) != 0)
        return false;
    out->comment = line + sizeof trusted_mark - 1;
    out->comment_size = n - (sizeof trusted_mark - 1);
    line = take_line(&text, end, &n);
    return line && out->comment_size < MINISIGN_COMMENT_SIZE &&
           decode(line, n, out->second, sizeof out->second);
}

bool
minisign_verify(const struct minisign_public *p, const void *data, size_t size,
                const char *signature, size_t signature_size,
                char trusted_comment[static MINISIGN_COMMENT_SIZE], struct error *err)
{
    uint8_t both[64 + MINISIGN_COMMENT_SIZE], hash[64];
    struct parts s;
    const void *what;
    bool prehashed;

    if (sodium_init() < 0)
        return error_set(err, ERR_INTERNAL, "libsodium cannot be used");
    if (!take_parts(signature, signature_size, &s))
        return error_set(err, ERR_MALFORMED, "not a minisign signature");
    prehashed = memcmp(s.first, "ED", 2) == 0;
    if (!prehashed && memcmp(s.first, "Ed", 2) != 0)
        return error_set(err, ERR_UNSUPPORTED, "unknown signature algorithm");
    if (sodium_memcmp(s.first + 2, p->id, sizeof p->id) != 0)
        return error_set(err, ERR_MISMATCH, "signed with another key") ||
               error_subclass(err, "key");
    what = message(data, &size, prehashed, hash);
    memcpy(both, s.first + 10, 64);
    memcpy(both + 64, s.comment, s.comment_size);
    if (crypto_sign_verify_detached(s.first + 10, what, size, p->key) != 0)
        return error_set(err, ERR_MISMATCH, "the signature is not of this content") ||
               error_subclass(err, "signature");
    if (crypto_sign_verify_detached(s.second, both, 64 + s.comment_size, p->key) != 0)
        return error_set(err, ERR_MISMATCH, "the trusted comment was changed") ||
               error_subclass(err, "signature");
    memcpy(trusted_comment, s.comment, s.comment_size);
    trusted_comment[s.comment_size] = '\0';
    return true;
}
