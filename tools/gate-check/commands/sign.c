#include "commands/commands.h"

#include "common/digest.h"
#include "common/file.h"
#include "common/json_in.h"
#include "common/mem.h"
#include "common/minisign.h"

#include <stdlib.h>
#include <string.h>

struct options {
    const char *key;
    const char *password_file;
    bool legacy;
    const char *output;
};

enum { PASSWORD_MAX = 1024 };

static const struct cli_option options_table[] = {
    {.name = "key",
     .letter = 'k',
     .type = CLI_TEXT,
     .offset = offsetof(struct options, key),
     .metavar = "FILE",
     .help = "minisign secret key, encrypted or not"},
    {.name = "password-file",
     .type = CLI_TEXT,
     .offset = offsetof(struct options, password_file),
     .metavar = "FILE",
     .help = "its first line is the key's password"},
    {.name = "legacy",
     .type = CLI_FLAG,
     .offset = offsetof(struct options, legacy),
     .help = "sign the content itself, not its BLAKE2b-512"},
    {.name = "output",
     .letter = 'o',
     .type = CLI_TEXT,
     .offset = offsetof(struct options, output),
     .metavar = "FILE",
     .help = "the signature (default: RESULT.minisig)"},
    CLI_OPTION_END};

static bool
read_password(const char *path, char out[static PASSWORD_MAX], struct error *err)
{
    struct input in;
    const char *text;
    size_t n;

    if (!input_open(&in, path, 1 << 16, err))
        return false;
    text = (const char *)in.data;
    for (n = 0; n < in.size && n + 1 < PASSWORD_MAX && text[n] != '\n' && text[n] != '\r';
         n++)
        out[n] = text[n];
    out[n] = '\0';
    input_close(&in);
    return n > 0 || error_set(err, ERR_MALFORMED, "no password in it") ||
           error_in(err, path);
}

/* Only a whole gate result is signed; the comment repeats its verdict. */
static bool
make_comment(const struct input *in, char out[static MINISIGN_COMMENT_SIZE],
             struct error *err)
{
    struct json_doc *doc;
    const char *schema, *verdict, *gate;
    char digest[DIGEST_HEX_SIZE];
    bool ok;

    if (!json_parse(&doc, (const char *)in->data, in->size, NULL, err))
        return false;
    ok = json_want_string(doc, json_root(doc), "schema", &schema, err) &&
         json_want_string(doc, json_root(doc), "gate", &gate, err) &&
         json_want_string(doc, json_root(doc), "verdict", &verdict, err);
    if (ok && strcmp(schema, "lockstep-gate-result/1") != 0)
        ok = json_fail(doc, json_root(doc), err, ERR_VERSION,
                       "schema '%s' is not 'lockstep-gate-result/1'", schema);
    if (ok && strlen(gate) + strlen(verdict) > 100)
        ok = json_fail(doc, json_root(doc), err, ERR_LIMIT, "an over-long verdict");
    if (ok) {
        digest_hex(DIGEST_BLAKE2B, in->data, in->size, digest);
        (void)snprintf(out, MINISIGN_COMMENT_SIZE, "gate:%s\tverdict:%s\tblake2b_256:%s",
                       gate, verdict, digest);
    }
    json_free(doc);
    return ok;
}

static bool
sign(const char *path, const struct options *o, const char *output, struct error *err)
{
    char comment[MINISIGN_COMMENT_SIZE], signature[MINISIGN_SIGNATURE_SIZE];
    char password[PASSWORD_MAX];
    struct minisign_secret secret;
    struct input in;
    bool ok;

    if (o->password_file && !read_password(o->password_file, password, err))
        return false;
    if (!minisign_secret_open(&secret, o->key, o->password_file ? password : NULL, err))
        return false;
    ok = input_open(&in, path, 64 << 20, err);
    if (ok) {
        ok = (make_comment(&in, comment, err) || error_in(err, path)) &&
             minisign_sign(&secret, in.data, in.size, !o->legacy, comment, signature,
                           err) &&
             out_put(output, signature, strlen(signature), err);
        input_close(&in);
    }
    minisign_secret_clear(&secret);
    return ok;
}

static int
run(struct cli *cli, const void *options, struct error *err)
{
    const struct options *o = options;
    char *beside = xasprintf("%s.minisig", cli->operands[0]);
    const char *output = o->output ? o->output : beside;
    bool ok;

    if (!o->key)
        ok = error_set(err, ERR_USAGE, "sign needs --key FILE");
    else
        ok = sign(cli->operands[0], o, output, err);
    if (ok && strcmp(output, "-") != 0)
        (void)fprintf(cli->out, "%s: signed\n", output);
    free(beside);
    return ok ? 0 : CLI_ERROR;
}

const struct cli_command command_sign = {
    .name = "sign",
    .operands = "RESULT.json",
    .summary = "sign a gate result in minisign's format",
    .details =
        "The result names the BLAKE2b of every input it judged, so the signature binds\n"
        "them; packet --require-signature checks both.  minisign -V accepts it.\n",
    .examples = "  gate-check sign -k minisign.key parity_gate_result.json\n"
                "  minisign -V -p minisign.pub -m parity_gate_result.json\n",
    .options = options_table,
    .options_size = sizeof(struct options),
    .min_operands = 1,
    .max_operands = 1,
    .run = run,
};
