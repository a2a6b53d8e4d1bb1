/* verify.c: does the data agree with the file's own claims, or with a manifest? */
#include "judge/verify.h"
#include "commands/commands.h"
#include "commands/targets.h"
#include "common/term.h"
#include "container/open.h"
#include "judge/manifest.h"

#include <inttypes.h>

struct options {
    const char *manifest, *dtype;
    bool no_crc;
};

static const struct cli_option options_table[] = {
    {"manifest", 'm', CLI_TEXT, offsetof(struct options, manifest), "FILE",
     "also compare with the digests that hash --json wrote", NULL, 0, 0},
    {"no-crc", 0, CLI_FLAG, offsetof(struct options, no_crc), NULL,
     "the writer left the checksums out: do not compare them", NULL, 0, 0},
    TARGETS_DTYPE(struct options),
    CLI_OPTION_END,
};

static void
print(struct cli *cli, const struct checkpoint *c, const struct verify_report *r)
{
    char size[TERM_SIZE_TEXT];
    struct json_out j;

    if (cli->json) {
        json_start(&j, cli->out, JSON_LINE);
        json_object(&j, NULL);
        json_string(&j, "schema", "lockstep-verify/1");
        json_string(&j, "file", c->path);
        json_string(&j, "format", format_name(c->format));
        json_bool(&j, "intact", true);
        json_u64(&j, "tensors", c->tensor_count);
        json_u64(&j, "checksums", r->entries);
        json_u64(&j, "octets", r->octets);
        json_end(&j);
        return;
    }
    term_size(r->octets, size);
    (void)fprintf(cli->out,
                  "%s: intact (%s, %zu tensors, %" PRIu64 " checksums over %s)\n",
                  c->path, format_name(c->format), c->tensor_count, r->entries, size);
}

static bool
verify_one(struct cli *cli, const char *path, void *context, struct error *err)
{
    const struct options *o = context;
    struct diagnostics d;
    struct open_options open = {.diagnostics = &d, .raw_dtype = o->dtype};
    struct verify_options options = {o->no_crc, (unsigned)cli->threads};
    struct verify_report report = {0};
    struct checkpoint c;
    bool ok;

    diagnostics_init(&d, MODE_STRICT, DIAGNOSTICS_DEFAULT_MAX);
    ok = checkpoint_open(&c, path, &open, err) &&
         verify_checkpoint(&c, &options, &report, err) &&
         (!o->manifest || manifest_check(&c, o->manifest, (unsigned)cli->threads, err));
    if (ok)
        print(cli, &c, &report);
    else
        (void)error_in(err, path);
    checkpoint_close(&c);
    diagnostics_clear(&d);
    return ok;
}

static int
run(struct cli *cli, const void *options, struct error *err)
{
    struct options o = *(const struct options *)options;
    int status = targets_each(cli, verify_one, &o, err);

    return status;
}

const struct cli_command command_verify = {
    .name = "verify",
    .operands = "FILE...",
    .summary = "check structure, checksums, indices, shards, digests",
    .examples = "  ft-ckpt verify model.pt\n"
                "  ft-ckpt hash --json model.pt > model.digests\n"
                "  ft-ckpt verify --manifest model.digests model.safetensors\n",
    .options = options_table,
    .options_size = sizeof(struct options),
    .common = CLI_JSON | CLI_OUTPUT | CLI_THREADS,
    .min_operands = 1,
    .max_operands = SIZE_MAX,
    .run = run,
};
