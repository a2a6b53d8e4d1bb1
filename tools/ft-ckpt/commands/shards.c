/* shards.c: check, merge and split sharded checkpoints. */
#include "write/shards.h"
#include "commands/commands.h"
#include "commands/targets.h"
#include "container/open.h"
#include "write/write.h"

#include <stdlib.h>
#include <string.h>

struct options {
    uint64_t max_size;
};

static const struct options defaults = {.max_size = UINT64_C(5) << 30};

static const struct cli_option options_table[] = {
    {"max-size", 0, CLI_SIZE, offsetof(struct options, max_size), "SIZE",
     "split: octets of data in a shard (default 5G)", NULL, 0, 0},
    CLI_OPTION_END,
};

static bool
merge(struct checkpoint *c, const char *to, struct error *err)
{
    struct write_notes notes = {0};
    struct out_file out = {0};
    struct selection all;
    size_t *space = NULL;
    bool ok;

    write_select_all(c, &all, &space);
    ok = out_open(&out, to, err) &&
         write_checkpoint(c, &all, WRITE_SAFETENSORS, &out, &notes, err) &&
         out_commit(&out, err);
    out_discard(&out);
    buf_clear(&notes.text);
    free(space);
    return ok;
}

static bool
act(struct cli *cli, const struct options *o, struct checkpoint *c, struct error *err)
{
    const char *action = cli->operands[0];
    size_t shards = 0, count = 0;

    for (const struct checkpoint *p = c->parts; p; p = p->next)
        shards++;
    if (strcmp(action, "check") == 0) {
        (void)fprintf(cli->out, "%s: %zu shards, %zu tensors, both ways\n", c->path,
                      shards, c->tensor_count);
        return true;
    }
    if (strcmp(action, "merge") == 0)
        return merge(c, cli->operands[2], err);
    if (!shards_split(c, cli->operands[2], o->max_size, &count, err))
        return false;
    (void)fprintf(cli->out, "%s: %zu shards\n", cli->operands[2], count);
    return true;
}

static bool
usage(const struct cli *cli, struct error *err)
{
    const char *action = cli->operands[0];
    bool check = strcmp(action, "check") == 0;

    if (!check && strcmp(action, "merge") != 0 && strcmp(action, "split") != 0)
        return error_set(err, ERR_USAGE, "'%.40s' is not check, merge or split", action);
    if (cli->operand_count != (check ? 2u : 3u))
        return error_set(err, ERR_USAGE, "shards %s takes %s", action,
                         check ? "an index" : "two operands");
    return true;
}

static int
run(struct cli *cli, const void *options, struct error *err)
{
    struct diagnostics d;
    struct open_options open = {.diagnostics = &d, .opaque = true};
    struct checkpoint c;
    bool ok;

    if (!usage(cli, err))
        return CLI_ERROR;
    diagnostics_init(&d, MODE_STRICT, DIAGNOSTICS_DEFAULT_MAX);
    ok = checkpoint_open(&c, cli->operands[1], &open, err) && act(cli, options, &c, err);
    checkpoint_close(&c);
    diagnostics_clear(&d);
    return ok ? 0 : CLI_ERROR;
}

const struct cli_command command_shards = {
    .name = "shards",
    .operands = "check INDEX | merge INDEX OUT | split FILE FOLDER",
    .summary = "check, merge or split sharded safetensors",
    .examples = "  ft-ckpt shards check model.safetensors.index.json\n"
                "  ft-ckpt shards merge model.safetensors.index.json model.safetensors\n"
                "  ft-ckpt shards split --max-size 2G model.safetensors shards/\n",
    .options = options_table,
    .options_size = sizeof(struct options),
    .defaults = &defaults,
    .common = CLI_OUTPUT,
    .min_operands = 2,
    .max_operands = 3,
    .run = run,
};
