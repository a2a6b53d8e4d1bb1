/* salvage.c: the intact tensors of a truncated torch file or npz. */
#include "judge/salvage.h"
#include "commands/commands.h"
#include "commands/targets.h"
#include "common/mem.h"
#include "write/write.h"

#include <stdlib.h>

struct options {
    const char *to;
};

static const struct cli_option options_table[] = {
    {"to", 0, CLI_TEXT, offsetof(struct options, to), "OUT",
     "write the intact tensors there (format by name)", NULL, 0, 0},
    CLI_OPTION_END,
};

static void
print(const struct salvage *s, bool json, FILE *out)
{
    struct json_out j;
    char name[256];

    if (json) {
        json_start(&j, out, JSON_PRETTY);
        json_object(&j, NULL);
        json_string(&j, "schema", "lockstep-salvage/1");
        json_u64(&j, "records", s->records);
        json_bool(&j, "complete", s->complete);
        json_u64(&j, "kept", s->kept);
        json_u64(&j, "lost", s->lost);
        json_array(&j, "tensors");
    }
    for (size_t i = 0; i < s->c.tensor_count; i++) {
        const struct tensor *t = &s->c.tensors[i];

        if (t->composite || t->meta)
            continue;
        if (json) {
            json_object(&j, NULL);
            json_string_n(&j, "name", t->name, t->name_size);
            json_bool(&j, "intact", s->intact[i]);
            json_end(&j);
        } else {
            (void)fprintf(out, "%s  %s\n", s->intact[i] ? "intact" : "lost  ",
                          targets_name(t->name, t->name_size, name, sizeof name));
        }
    }
    if (json) {
        json_end(&j);
        json_end(&j);
    } else {
        (void)fprintf(out, "%s: %zu records whole, %zu tensors intact, %zu lost\n",
                      s->c.path, s->records, s->kept, s->lost);
    }
}

static bool
write_intact(struct salvage *s, const char *to, struct error *err)
{
    size_t *list = xcalloc(s->c.tensor_count + 1, sizeof *list), n = 0;
    int format = write_format_by_name(to);
    struct write_notes notes = {0};
    struct out_file out = {0};
    struct selection selection;
    bool ok;

    for (size_t i = 0; i < s->c.tensor_count; i++)
        if (s->intact[i])
            list[n++] = i;
    selection = (struct selection){list, n};
    ok = format >= 0 ||
         error_set(err, ERR_USAGE, "no format is known by the name '%.200s'", to);
    ok = ok && out_open(&out, to, err) &&
         write_checkpoint(&s->c, &selection, (enum write_format)format, &out, &notes,
                          err) &&
         out_commit(&out, err);
    out_discard(&out);
    buf_clear(&notes.text);
    free(list);
    return ok;
}

static int
run(struct cli *cli, const void *options, struct error *err)
{
    const struct options *o = options;
    struct diagnostics d;
    struct salvage s;
    int status = CLI_ERROR;

    diagnostics_init(&d, MODE_STRICT, DIAGNOSTICS_DEFAULT_MAX);
    if (salvage_file(&s, cli->operands[0], &d, err) &&
        (!o->to || write_intact(&s, o->to, err))) {
        print(&s, cli->json, cli->out);
        status = s.lost > 0 || (s.c.format == FORMAT_NPZ && !s.complete);
    }
    salvage_clear(&s);
    diagnostics_clear(&d);
    return status;
}

const struct cli_command command_salvage = {
    .name = "salvage",
    .operands = "FILE",
    .summary = "intact tensors of a truncated torch file or npz",
    .details =
        "A record counts when its length and checksum are right.  Exit status 1 when "
        "tensors\nare, or may be, lost.",
    .examples = "  ft-ckpt salvage --to rescued.safetensors broken.pt\n",
    .options = options_table,
    .options_size = sizeof(struct options),
    .common = CLI_JSON | CLI_OUTPUT,
    .min_operands = 1,
    .max_operands = 1,
    .run = run,
};
