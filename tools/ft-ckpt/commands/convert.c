/* convert.c: the same tensors in another format. */
#include "commands/commands.h"
#include "commands/targets.h"
#include "container/open.h"
#include "write/write.h"

#include <stdlib.h>

struct options {
    int to;
    const char *dtype;
};

static const char *const formats[] = {"by-name", "torch", "safetensors", "npz",
                                      "npy",     "ftsv",  NULL};

static const struct cli_option options_table[] = {
    {"to", 0, CLI_CHOICE, offsetof(struct options, to), "FORMAT",
     "torch, safetensors, npz, npy or ftsv (default: by OUT's name)", formats, 0, 0},
    TARGETS_DTYPE(struct options),
    CLI_OPTION_END,
};

static bool
convert(const char *from, const char *to, enum write_format format,
        const struct options *o, FILE *report, struct error *err)
{
    struct diagnostics d;
    struct open_options open = {.diagnostics = &d, .raw_dtype = o->dtype, .opaque = true};
    struct selection all;
    struct write_notes notes = {0};
    struct out_file out = {0};
    struct checkpoint c;
    size_t *space = NULL;
    bool ok;

    diagnostics_init(&d, MODE_STRICT, DIAGNOSTICS_DEFAULT_MAX);
    ok = checkpoint_open(&c, from, &open, err);
    if (ok) {
        write_select_all(&c, &all, &space);
        ok = out_open(&out, to, err) &&
             (write_checkpoint(&c, &all, format, &out, &notes, err) ||
              error_in(err, from)) &&
             out_commit(&out, err);
        out_discard(&out);
    }
    if (ok && notes.text.size > 0 && report)
        (void)fwrite(notes.text.data, 1, notes.text.size, report);
    buf_clear(&notes.text);
    free(space);
    checkpoint_close(&c);
    diagnostics_clear(&d);
    return ok;
}

static int
run(struct cli *cli, const void *options, struct error *err)
{
    const struct options *o = options;
    const char *to = cli->operands[1];
    int format = o->to ? o->to - 1 : write_format_by_name(to);
    bool is_stdout = to[0] == '-' && to[1] == '\0';

    if (format < 0) {
        (void)error_set(err, ERR_USAGE, "no format is known by the name '%.200s' (--to)",
                        to);
        return CLI_ERROR;
    }
    return convert(cli->operands[0], to, (enum write_format)format, o,
                   is_stdout ? NULL : cli->out, err)
               ? 0
               : CLI_ERROR;
}

const struct cli_command command_convert = {
    .name = "convert",
    .operands = "FILE OUT",
    .summary = "write the tensors in another format",
    .details = "Shared storage stays shared where the format can; what is written "
               "differently is said.\nEqual content gives equal bytes.",
    .examples = "  ft-ckpt convert model.pt model.safetensors\n"
                "  ft-ckpt convert model.safetensors model.npz\n",
    .options = options_table,
    .options_size = sizeof(struct options),
    .min_operands = 2,
    .max_operands = 2,
    .run = run,
};
