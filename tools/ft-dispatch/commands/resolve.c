/* resolve.c: which key each of many keysets goes to. */
#include "commands/commands.h"
#include "files/set_lines.h"
#include "profiles/frankentorch.h"

#include <errno.h>
#include <inttypes.h>
#include <string.h>

enum profile { PROFILE_TORCH, PROFILE_FRANKENTORCH };

struct resolve_options {
    const char *torch;
    int profile;
};

static const char *const profiles[] = {"torch", "frankentorch", NULL};

static const struct cli_option options[] = {
    {.name = "torch",
     .type = CLI_TEXT,
     .offset = offsetof(struct resolve_options, torch),
     .metavar = "VERSION",
     .help = "1.13 or 2.6 (default)"},
    {.name = "profile",
     .type = CLI_CHOICE,
     .offset = offsetof(struct resolve_options, profile),
     .metavar = "PROFILE",
     .choices = profiles,
     .help = "torch (default) or frankentorch, the six-key model"},
    CLI_OPTION_END,
};

/* --- torch --- */

struct torch_context {
    struct keyspace keys;
    /* {"selected_key":"K","backend_key": as far as it is the same for a key */
    char text[KEYS_MAX][64];
    uint8_t size[KEYS_MAX];
};

static bool
find_torch(const void *context, const char *name, size_t size, uint64_t *bits)
{
    const struct keyspace *k = &((const struct torch_context *)context)->keys;
    unsigned key = 0;

    /* An alias has no bits: in a set it is a mistake. */
    if (!key_find(k, name, size, &key) || key_is_alias(k, key) || key_is_marker(k, key))
        return false;
    *bits = k->bits[key];
    return true;
}

static void
put_bits(struct buf *out, uint64_t bits)
{
    static const char digits[] = "0123456789abcdef";
    uint8_t *to = buf_reserve(out, 16);

    for (unsigned i = 0; i < 16; i++)
        to[i] = (uint8_t)digits[bits >> (60 - 4 * i) & 15];
    out->size += 16;
}

static bool
answer_torch(const void *opaque, const struct set_line *line, struct buf *out,
             struct error *err)
{
    const struct torch_context *c = opaque;
    const struct keyspace *k = &c->keys;
    uint64_t unknown = keyset_unknown(k, line->keyset | line->included | line->excluded);
    uint64_t set = keyset_sub(k, line->keyset | line->included, line->excluded);
    unsigned key = keyset_key(k, set), backend = keyset_backend_key(k, set);
    unsigned slot = keyset_slot(k, set);

    if (unknown) {
        (void)error_set(err, ERR_UNSUPPORTED,
                        "dispatch keyset has unknown bitmask 0x%016" PRIx64, unknown);
        return error_subclass(err, "UnknownBits");
    }
    buf_put(out, "{\"keyset\":\"0x", 13);
    put_bits(out, set);
    buf_put(out, "\",\"selected_key\":\"", 18);
    buf_put(out, c->text[key], c->size[key]);
    buf_put(out, "\",\"backend_key\":\"", 17);
    buf_put(out, c->text[backend], c->size[backend]);
    buf_put(out, "\",\"table_index\":", 16);
    if (slot >= 100)
        buf_putc(out, (char)('0' + slot / 100));
    if (slot >= 10)
        buf_putc(out, (char)('0' + slot / 10 % 10));
    buf_putc(out, (char)('0' + slot % 10));
    buf_put(out, "}\n", 2);
    return true;
}

static bool
open_torch(struct torch_context *c, const char *version, struct error *err)
{
    if (!open_keys(&c->keys, version, err))
        return false;
    for (unsigned key = 0; key < c->keys.version->key_count; key++) {
        const char *name = key_name(&c->keys, key);

        c->size[key] = (uint8_t)strnlen(name, sizeof(c->text[key]) - 1);
        memcpy(c->text[key], name, c->size[key]);
    }
    return true;
}

/* --- FrankenTorch --- */

static bool
find_franken(const void *context, const char *name, size_t size, uint64_t *bits)
{
    enum franken_key key = FRANKEN_UNDEFINED;
    char text[40] = "";

    (void)context;
    if (size >= sizeof(text))
        return false;
    memcpy(text, name, size);
    if (!franken_key_find(text, &key))
        return false;
    *bits = franken_bit(key);
    return true;
}

static bool
answer_franken(const void *context, const struct set_line *line, struct buf *out,
               struct error *err)
{
    const enum mode *mode = context;
    struct diagnostics diagnostics;
    struct franken_decision d;
    bool ok;

    if (line->included || line->excluded)
        return error_set(err, ERR_UNSUPPORTED, "FrankenTorch knows no TLS");
    diagnostics_init(&diagnostics, *mode, DIAGNOSTICS_DEFAULT_MAX);
    ok = franken_resolve(line->keyset, &diagnostics, &d, err);
    diagnostics_clear(&diagnostics);
    if (!ok)
        return false;
    buf_printf(out,
               "{\"keyset\":\"0x%016" PRIx64 "\",\"selected_key\":\"%s\","
               "\"backend_key\":\"%s\",\"effective_key\":\"%s\",\"mode\":\"%s\","
               "\"fallback_used\":%s}\n",
               d.keyset_bits, franken_key_name(d.selected), franken_key_name(d.backend),
               franken_key_name(d.effective), mode_name(d.mode),
               d.fallback_used ? "true" : "false");
    return true;
}

static bool
answer_file(struct cli *cli, const struct set_profile *profile, const char *path,
            struct error *err)
{
    bool is_stdin = strcmp(path, "-") == 0;
    FILE *in = is_stdin ? stdin : fopen(path, "rb");
    bool ok;

    if (!in)
        return error_errno(err, "cannot open") || error_in(err, path);
    ok = set_lines_answer(in, cli->out, profile, err);
    if (!is_stdin)
        (void)fclose(in);
    return ok || error_in(err, path);
}

static int
run(struct cli *cli, const void *opaque, struct error *err)
{
    const struct resolve_options *o = opaque;
    struct torch_context context = {0};
    struct set_profile profile = {find_torch, answer_torch, &context};

    if (o->profile == PROFILE_FRANKENTORCH)
        profile = (struct set_profile){find_franken, answer_franken, &cli->mode};
    else if (!open_torch(&context, o->torch, err))
        return CLI_ERROR;
    if (cli->operand_count == 0)
        return answer_file(cli, &profile, "-", err) ? 0 : CLI_ERROR;
    for (size_t i = 0; i < cli->operand_count; i++)
        if (!answer_file(cli, &profile, cli->operands[i], err))
            return CLI_ERROR;
    return 0;
}

const struct cli_command command_resolve = {
    .name = "resolve",
    .operands = "[FILE...]",
    .summary = "say for each keyset of a JSON Lines stream where it dispatches",
    .details =
        "A line is {\"keyset\":\"0x..\"} or {\"keys\":[..]}, and may have \"included\" "
        "and\n"
        "\"excluded\".  The answer has the set after TLS, the selected key, the backend\n"
        "key and the slot.  An unknown bit, key or alias ends the run in either mode.\n",
    .examples = "  echo '{\"keys\":[\"CPU\",\"AutogradCPU\"]}' | ft-dispatch resolve\n",
    .options = options,
    .options_size = sizeof(struct resolve_options),
    .common = CLI_MODE | CLI_OUTPUT,
    .min_operands = 0,
    .max_operands = SIZE_MAX,
    .run = run,
};
