/* globals.c: what weights_only=True would refuse. */
#include "commands/commands.h"
#include "commands/targets.h"
#include "container/open.h"
#include "judge/preflight.h"

#include <inttypes.h>

struct state {
    bool refused;
    struct json_out j;
};

static void
print_json(const struct preflight *p, const char *path, struct json_out *j)
{
    json_object(j, NULL);
    json_string(j, "schema", "lockstep-globals/1");
    json_string(j, "file", path);
    json_bool(j, "weights_only", p->accepted);
    json_array(j, "refused");
    for (size_t i = 0; i < p->count; i++) {
        json_object(j, NULL);
        json_string(j, "global", p->refused[i].name);
        json_bool(j, "blocked", p->refused[i].blocked);
        json_end(j);
    }
    json_end(j);
    if (p->opcode) {
        json_string(j, "opcode", p->opcode);
        json_u64(j, "offset", p->opcode_at);
    }
    if (p->format)
        json_string(j, "format", p->format);
    json_end(j);
}

static void
print_text(const struct preflight *p, const char *path, FILE *out)
{
    size_t allowable = 0;

    (void)fprintf(out, "%s: weights_only=True of torch 2.6 %s it\n", path,
                  p->accepted ? "loads" : "refuses");
    if (p->format)
        (void)fprintf(out, "  %s\n", p->format);
    if (p->opcode)
        (void)fprintf(
            out, "  opcode %s at byte %" PRIu64 " (save again with pickle_protocol=2)\n",
            p->opcode, p->opcode_at);
    for (size_t i = 0; i < p->count; i++) {
        (void)fprintf(out, "  %s%s\n", p->refused[i].name,
                      p->refused[i].blocked ? " (can never be allowed)" : "");
        allowable += !p->refused[i].blocked;
    }
    if (allowable == 0)
        return;
    (void)fputs("only if you trust the file:\n", out);
    for (size_t i = 0; i < p->count; i++)
        if (!p->refused[i].blocked)
            (void)fprintf(out, "  from %.*s import %s\n",
                          (int)(p->refused[i].attribute - p->refused[i].name - 1),
                          p->refused[i].name, p->refused[i].attribute);
    (void)fputs("  torch.serialization.add_safe_globals([", out);
    for (size_t i = 0, n = 0; i < p->count; i++)
        if (!p->refused[i].blocked)
            (void)fprintf(out, "%s%s", n++ ? ", " : "", p->refused[i].attribute);
    (void)fputs("])\n", out);
}

static bool
check_one(struct cli *cli, const char *path, void *context, struct error *err)
{
    struct state *state = context;
    struct diagnostics d;
    struct open_options options = {.diagnostics = &d, .opaque = true};
    struct preflight p;
    struct checkpoint c;
    bool ok;

    diagnostics_init(&d, MODE_STRICT, DIAGNOSTICS_DEFAULT_MAX);
    ok = checkpoint_open(&c, path, &options, err) || err->class == ERR_UNSAFE;
    if (ok) {
        *err = (struct error){0};
        (void)preflight_make(&p, &c);
        if (cli->json)
            print_json(&p, path, &state->j);
        else
            print_text(&p, path, cli->out);
        state->refused |= !p.accepted;
        preflight_clear(&p);
    }
    checkpoint_close(&c);
    diagnostics_clear(&d);
    return ok;
}

static int
run(struct cli *cli, const void *options, struct error *err)
{
    struct state state = {0};
    int status;

    (void)options;
    json_start(&state.j, cli->out, JSON_LINE);
    status = targets_each(cli, check_one, &state, err);
    return status != 0 ? status : state.refused ? 1 : 0;
}

const struct cli_command command_globals = {
    .name = "globals",
    .operands = "FILE...",
    .summary = "what weights_only=True of torch 2.6 would refuse",
    .details =
        "Prints the shortest add_safe_globals list.  Exit status 1 when something is "
        "refused.",
    .examples = "  ft-ckpt globals lightning.ckpt\n",
    .common = CLI_JSON | CLI_OUTPUT,
    .min_operands = 1,
    .max_operands = SIZE_MAX,
    .run = run,
};
