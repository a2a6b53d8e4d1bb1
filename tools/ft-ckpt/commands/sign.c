/* sign.c: sign the digests of a checkpoint, and check such a signature. */
#include "commands/commands.h"
#include "common/mem.h"
#include "common/minisign.h"
#include "container/open.h"
#include "fault.h"
#include "judge/manifest.h"

#include <stdlib.h>
#include <string.h>

struct options {
    const char *key, *password_file, *manifest;
};

enum { PASSWORD_MAX = 1024, MANIFEST_MAX = 1 << 30, SIGNATURE_MAX = 1 << 16 };

static const struct cli_option sign_options[] = {
    {"key", 'k', CLI_TEXT, offsetof(struct options, key), "FILE", "minisign secret key",
     NULL, 0, 0},
    {"password-file", 0, CLI_TEXT, offsetof(struct options, password_file), "FILE",
     "its first line is the key's password", NULL, 0, 0},
    CLI_OPTION_END,
};

static const struct cli_option check_options[] = {
    {"key", 'k', CLI_TEXT, offsetof(struct options, key), "FILE",
     "minisign public key, a file or the key itself", NULL, 0, 0},
    {"manifest", 'm', CLI_TEXT, offsetof(struct options, manifest), "FILE",
     "the signed digests (default: FILE.digests)", NULL, 0, 0},
    CLI_OPTION_END,
};

static bool
read_password(const char *path, char out[static PASSWORD_MAX], struct error *err)
{
    struct input in;
    size_t n = 0;

    if (!input_open(&in, path, 1 << 16, err))
        return false;
    while (n < in.size && n + 1 < PASSWORD_MAX && in.data[n] != '\n' &&
           in.data[n] != '\r')
        n++;
    if (n > 0)
        memcpy(out, in.data, n);
    out[n] = '\0';
    input_close(&in);
    return n > 0 || error_set(err, ERR_MALFORMED, "no password in it") ||
           error_in(err, path);
}

/* The manifest of the content as text; freed by the caller. */
static bool
make_manifest(const char *path, unsigned threads, char **text, size_t *size,
              struct error *err)
{
    struct diagnostics diagnostics;
    struct open_options open = {.diagnostics = &diagnostics, .opaque = true};
    struct digests d = {0};
    struct checkpoint c;
    FILE *stream = NULL;
    bool ok;

    diagnostics_init(&diagnostics, MODE_STRICT, DIAGNOSTICS_DEFAULT_MAX);
    ok = checkpoint_open(&c, path, &open, err) &&
         (digests_make(&d, &c, DIGEST_BLAKE2B, threads, err) || error_in(err, path));
    if (ok) {
        stream = open_memstream(text, size);
        ok = stream || error_errno(err, "no memory stream");
    }
    if (ok) {
        manifest_write(&c, &d, stream);
        ok = fclose(stream) == 0 || error_errno(err, "cannot write to memory");
    }
    digests_clear(&d);
    checkpoint_close(&c);
    diagnostics_clear(&diagnostics);
    return ok;
}

static bool
sign_text(const struct options *o, const char *text, size_t size, char *signature,
          struct error *err)
{
    char password[PASSWORD_MAX] = "";
    struct minisign_secret secret;
    bool ok;

    if (o->password_file && !read_password(o->password_file, password, err))
        return false;
    ok = minisign_secret_open(&secret, o->key, o->password_file ? password : NULL, err) &&
         minisign_sign(&secret, text, size, true, "ft-ckpt digests", signature, err);
    minisign_secret_clear(&secret);
    return ok;
}

static int
run_sign(struct cli *cli, const void *options, struct error *err)
{
    const struct options *o = options;
    char signature[MINISIGN_SIGNATURE_SIZE];
    char *text = NULL, *manifest, *target;
    size_t size = 0;
    bool ok;

    if (!o->key) {
        (void)error_set(err, ERR_USAGE, "--key is needed");
        return CLI_ERROR;
    }
    manifest = xasprintf("%s.digests", cli->operands[0]);
    target = xasprintf("%s.minisig", manifest);
    ok = make_manifest(cli->operands[0], (unsigned)cli->threads, &text, &size, err) &&
         sign_text(o, text, size, signature, err) && out_put(manifest, text, size, err) &&
         out_put(target, signature, strlen(signature), err);
    if (ok)
        (void)fprintf(cli->out, "%s\n%s\n", manifest, target);
    free(text);
    free(target);
    free(manifest);
    return ok ? 0 : CLI_ERROR;
}

/* The manifest is what was signed. */
static bool
check_signature(const struct options *o, const char *manifest, struct error *err)
{
    char comment[MINISIGN_COMMENT_SIZE];
    char *path = xasprintf("%s.minisig", manifest);
    struct minisign_public key;
    struct input text = {0}, signature = {0};
    bool ok;

    ok = minisign_public_open(&key, o->key, err) &&
         input_open(&text, manifest, MANIFEST_MAX, err) &&
         input_open(&signature, path, SIGNATURE_MAX, err) &&
         (minisign_verify(&key, text.data, text.size, (const char *)signature.data,
                          signature.size, comment, err) ||
          error_in(err, path));
    input_close(&signature);
    input_close(&text);
    free(path);
    return ok;
}

static bool
check_content(const char *path, const char *manifest, unsigned threads, struct error *err)
{
    struct diagnostics diagnostics;
    struct open_options open = {.diagnostics = &diagnostics, .opaque = true};
    struct checkpoint c;
    bool ok;

    diagnostics_init(&diagnostics, MODE_STRICT, DIAGNOSTICS_DEFAULT_MAX);
    ok = checkpoint_open(&c, path, &open, err) &&
         (manifest_check(&c, manifest, threads, err) || error_in(err, path));
    checkpoint_close(&c);
    diagnostics_clear(&diagnostics);
    return ok;
}

static int
run_check(struct cli *cli, const void *options, struct error *err)
{
    const struct options *o = options;
    const char *path = cli->operands[0];
    char *manifest;
    bool ok;

    if (!o->key) {
        (void)error_set(err, ERR_USAGE, "--key is needed");
        return CLI_ERROR;
    }
    manifest = o->manifest ? xstrdup(o->manifest) : xasprintf("%s.digests", path);
    ok = check_signature(o, manifest, err) &&
         check_content(path, manifest, (unsigned)cli->threads, err);
    if (ok)
        (void)fprintf(cli->out, "%s: signed, and every tensor is as signed\n", path);
    free(manifest);
    return ok ? 0 : CLI_ERROR;
}

const struct cli_command command_sign = {
    .name = "sign",
    .operands = "FILE",
    .summary = "sign the digests of a checkpoint (Ed25519, minisign's format)",
    .details = "Writes FILE.digests and FILE.digests.minisig; minisign -V accepts them.",
    .examples = "  ft-ckpt sign -k minisign.key model.pt\n",
    .options = sign_options,
    .options_size = sizeof(struct options),
    .common = CLI_THREADS,
    .min_operands = 1,
    .max_operands = 1,
    .run = run_sign,
};

const struct cli_command command_check = {
    .name = "check",
    .operands = "FILE",
    .summary = "check such a signature against the content, in any format",
    .details = "Exit status 1 when it does not hold.",
    .examples = "  ft-ckpt check -k minisign.pub model.pt\n"
                "  ft-ckpt check -k minisign.pub -m model.pt.digests model.safetensors\n",
    .options = check_options,
    .options_size = sizeof(struct options),
    .common = CLI_THREADS,
    .min_operands = 1,
    .max_operands = 1,
    .run = run_check,
};
