/* hash.c: a digest of every tensor, and one root over all. */
#include "commands/commands.h"
#include "commands/targets.h"
#include "container/open.h"
#include "judge/manifest.h"

struct options {
    const char *dtype;
    int algorithm;
    bool root;
};

static const char *const algorithms[] = {"blake2b", "sha256", "xxh3", NULL};
static const enum digest_kind kinds[] = {DIGEST_BLAKE2B, DIGEST_SHA256, DIGEST_XXH3_64};

static const struct cli_option options_table[] = {
    {"algorithm", 'a', CLI_CHOICE, offsetof(struct options, algorithm), "NAME",
     "blake2b (default), sha256 or xxh3", algorithms, 0, 0},
    {"root", 'r', CLI_FLAG, offsetof(struct options, root), NULL, "print the root only",
     NULL, 0, 0},
    TARGETS_DTYPE(struct options),
    CLI_OPTION_END,
};

static void
print(const struct checkpoint *c, const struct digests *d, bool root_only, FILE *out)
{
    uint8_t root[DIGESTS_ROOT_SIZE];
    char hex[DIGEST_HEX_SIZE], name[256];

    for (size_t i = 0; i < c->tensor_count && !root_only; i++) {
        if (!d->present[i])
            continue;
        hex_encode(d->of[i], digest_size(d->kind), hex);
        (void)fprintf(
            out, "%s  %s\n", hex,
            targets_name(c->tensors[i].name, c->tensors[i].name_size, name, sizeof name));
    }
    digests_root(d, c, root);
    hex_encode(root, sizeof root, hex);
    (void)fprintf(out, "%s  %s%s\n", hex, root_only ? "" : "root of ", c->path);
}

static bool
hash_one(struct cli *cli, const char *path, void *context, struct error *err)
{
    const struct options *o = context;
    struct diagnostics diagnostics;
    struct open_options open = {
        .diagnostics = &diagnostics, .raw_dtype = o->dtype, .opaque = true};
    struct digests d = {0};
    struct checkpoint c;
    bool ok;

    diagnostics_init(&diagnostics, MODE_STRICT, DIAGNOSTICS_DEFAULT_MAX);
    ok = checkpoint_open(&c, path, &open, err) &&
         (digests_make(&d, &c, kinds[o->algorithm], (unsigned)cli->threads, err) ||
          error_in(err, path));
    if (ok && cli->json)
        manifest_write(&c, &d, cli->out);
    else if (ok)
        print(&c, &d, o->root, cli->out);
    digests_clear(&d);
    checkpoint_close(&c);
    diagnostics_clear(&diagnostics);
    return ok;
}

static int
run(struct cli *cli, const void *options, struct error *err)
{
    struct options o = *(const struct options *)options;

    return targets_each(cli, hash_one, &o, err);
}

const struct cli_command command_hash = {
    .name = "hash",
    .operands = "FILE...",
    .summary = "digest every tensor; one root over all",
    .details =
        "The root depends on names, dtypes, shapes and values alone: it is the same "
        "for the\nsame content in any format.",
    .examples = "  ft-ckpt hash model.pt\n"
                "  ft-ckpt hash --root model.pt model.safetensors\n"
                "  ft-ckpt hash --json -a xxh3 model.pt > model.digests\n",
    .options = options_table,
    .options_size = sizeof(struct options),
    .common = CLI_JSON | CLI_OUTPUT | CLI_THREADS,
    .min_operands = 1,
    .max_operands = SIZE_MAX,
    .run = run,
};
