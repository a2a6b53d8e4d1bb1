/* ls.c: the tensors of checkpoints. */
#include "commands/commands.h"
#include "commands/targets.h"
#include "common/term.h"
#include "container/open.h"
#include "listing/listing.h"

#include <inttypes.h>
#include <string.h>

struct options {
    const char *dtype;
    bool no_digests, all, opaque;
};

static const struct cli_option options_table[] = {
    {"all", 'a', CLI_FLAG, offsetof(struct options, all), NULL,
     "also list leaves that are no tensors", NULL, 0, 0},
    TARGETS_DTYPE(struct options),
    {"no-digests", 0, CLI_FLAG, offsetof(struct options, no_digests), NULL,
     "with --json: leave out sha256, so that no tensor is read", NULL, 0, 0},
    {"opaque", 0, CLI_FLAG, offsetof(struct options, opaque), NULL,
     "list objects of unknown classes instead of refusing", NULL, 0, 0},
    CLI_OPTION_END,
};

static void
put_tensor(struct term_table *table, const struct tensor *t)
{
    char size[TERM_SIZE_TEXT], name[256];
    struct buf shape = {0};

    targets_shape(t, &shape);
    term_size(t->nbytes, size);
    term_cell(table, "%s", targets_name(t->name, t->name_size, name, sizeof name));
    term_cell(table, "%s", t->dtype_text ? t->dtype_text : dtype_name(t->dtype));
    term_cell(table, "%s", buf_string(&shape));
    term_cell(table, "%s", t->composite || t->meta ? "-" : size);
    term_cell(table, "%s%s%s", t->parameter ? "parameter " : "",
              t->storage && t->storage->users > 1 ? "shared " : "",
              t->composite ? t->layout
              : t->meta    ? "meta"
                           : "");
    buf_clear(&shape);
}

static void
put_leaf(struct term_table *table, const struct leaf *leaf)
{
    struct buf text = {0};
    char name[256];

    path_join(leaf->path, &text);
    term_cell(table, "%s",
              targets_name((const char *)text.data, text.size, name, sizeof name));
    term_cell(table, "%s", targets_leaf_type(leaf->value));
    text.size = 0;
    targets_leaf_text(leaf->value, &text);
    term_cell(table, "%s", buf_string(&text));
    term_cell(table, "%s", "");
    term_cell(table, "%s", "");
    buf_clear(&text);
}

static void
print_table(const struct checkpoint *c, bool leaves, FILE *out)
{
    struct term_table *table = term_table_new();
    char size[TERM_SIZE_TEXT];
    uint64_t total = 0;

    term_column(table, "NAME", TERM_LEFT);
    term_column(table, "TYPE", TERM_LEFT);
    term_column(table, leaves ? "SHAPE, VALUE" : "SHAPE", TERM_LEFT);
    term_column(table, "SIZE", TERM_RIGHT);
    term_column(table, "NOTE", TERM_LEFT);
    for (size_t i = 0; i < c->tensor_count; i++) {
        put_tensor(table, &c->tensors[i]);
        if (!c->tensors[i].composite && !c->tensors[i].meta)
            total += c->tensors[i].nbytes;
    }
    for (size_t i = 0; leaves && i < c->leaf_count; i++)
        put_leaf(table, &c->leaves[i]);
    term_table_print(table, out);
    term_size(total, size);
    (void)fprintf(out, "%s: %s, %zu tensors, %s\n", c->path, format_name(c->format),
                  c->tensor_count, size);
}

static bool
list_one(struct cli *cli, const char *path, void *context, struct error *err)
{
    const struct options *o = context;
    struct diagnostics diagnostics;
    struct open_options open = {
        .diagnostics = &diagnostics, .raw_dtype = o->dtype, .opaque = o->opaque};
    struct listing_options listing = {.digests = !o->no_digests,
                                      .threads = (unsigned)cli->threads};
    bool several = cli->operand_count > 1 || strcmp(path, cli->operands[0]) != 0;
    struct checkpoint c;
    struct json_out j;
    bool ok;

    diagnostics_init(&diagnostics, cli->mode, (size_t)cli->max_diagnostics);
    ok = checkpoint_open(&c, path, &open, err);
    if (several)
        listing.file = path;
    if (ok && cli->json) {
        json_start(&j, cli->out, JSON_PRETTY);
        ok = listing_write(&c, &listing, &j, err);
    } else if (ok) {
        print_table(&c, o->all, cli->out);
        targets_print_diagnostics(&diagnostics, cli->out);
    }
    checkpoint_close(&c);
    diagnostics_clear(&diagnostics);
    return ok;
}

static int
run(struct cli *cli, const void *options, struct error *err)
{
    struct options o = *(const struct options *)options;

    return targets_each(cli, list_one, &o, err);
}

const struct cli_command command_ls = {
    .name = "ls",
    .operands = "FILE...",
    .summary = "list tensors: name, dtype, shape, size",
    .details =
        "A FILE may be a folder: a distributed checkpoint, or files to list one by "
        "one.\nThe table reads no tensor data; --json also digests each tensor.",
    .examples = "  ft-ckpt ls model.pt\n"
                "  ft-ckpt ls --json model.safetensors\n"
                "  ft-ckpt ls --dtype float32 weights.storage\n",
    .options = options_table,
    .options_size = sizeof(struct options),
    .common = CLI_JSON | CLI_MODE | CLI_OUTPUT | CLI_THREADS,
    .min_operands = 1,
    .max_operands = SIZE_MAX,
    .run = run,
};
