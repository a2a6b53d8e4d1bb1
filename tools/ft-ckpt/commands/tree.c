/* tree.c: containers inside containers. */
#include "commands/commands.h"
#include "commands/targets.h"
#include "common/term.h"
#include "container/open.h"

#include <inttypes.h>
#include <string.h>

enum { DEPTH_MAX = 8 };

static void
print_line(const struct checkpoint *c, const char *name, int depth, FILE *out)
{
    char size[TERM_SIZE_TEXT], text[256];

    term_size(c->size, size);
    (void)fprintf(out, "%*s%s  %s, %zu tensors, %zu leaves, %s\n", 2 * depth, "",
                  targets_name(name, strlen(name), text, sizeof text),
                  format_name(c->format), c->tensor_count, c->leaf_count, size);
}

static void
print_members(const struct checkpoint *c, int depth, FILE *out)
{
    char text[256];

    for (size_t i = 0; i < c->zip.count; i++) {
        const struct zip_entry *e = &c->zip.entries[i];

        (void)fprintf(out, "%*s%s  %" PRIu64 " octets%s\n", 2 * depth, "",
                      targets_name(e->name, e->name_size, text, sizeof text), e->size,
                      e->method == ZIP_DEFLATED ? ", deflated" : "");
    }
}

static void
print_tree(const struct checkpoint *c, const char *name, int depth, bool all, FILE *out)
{
    if (depth > DEPTH_MAX)
        return;
    print_line(c, name, depth, out);
    if (all)
        print_members(c, depth + 1, out);
    for (const struct checkpoint *p = c->parts; p; p = p->next)
        if (p->size > 0)
            print_tree(p, p->role ? p->role : "part", depth + 1, all, out);
}

struct options {
    const char *dtype;
    bool all;
};

static const struct cli_option options_table[] = {
    {"all", 'a', CLI_FLAG, offsetof(struct options, all), NULL,
     "every member of an archive", NULL, 0, 0},
    TARGETS_DTYPE(struct options),
    CLI_OPTION_END,
};

static bool
tree_one(struct cli *cli, const char *path, void *context, struct error *err)
{
    const struct options *o = context;
    struct diagnostics d;
    struct open_options open = {.diagnostics = &d, .raw_dtype = o->dtype, .opaque = true};
    struct checkpoint c;
    bool ok;

    diagnostics_init(&d, MODE_STRICT, DIAGNOSTICS_DEFAULT_MAX);
    ok = checkpoint_open(&c, path, &open, err);
    if (ok)
        print_tree(&c, path, 0, o->all, cli->out);
    checkpoint_close(&c);
    diagnostics_clear(&d);
    return ok;
}

static int
run(struct cli *cli, const void *options, struct error *err)
{
    struct options o = *(const struct options *)options;

    return targets_each(cli, tree_one, &o, err);
}

const struct cli_command command_tree = {
    .name = "tree",
    .operands = "FILE...",
    .summary = "containers inside containers",
    .examples = "  ft-ckpt tree --all wts.h5.zip\n",
    .options = options_table,
    .options_size = sizeof(struct options),
    .common = CLI_OUTPUT,
    .min_operands = 1,
    .max_operands = SIZE_MAX,
    .run = run,
};
