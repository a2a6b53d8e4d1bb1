/* scan.c: is a checkpoint safe to load? */
#include "judge/scan.h"
#include "commands/commands.h"
#include "commands/targets.h"
#include "common/term.h"

#include <inttypes.h>
#include <string.h>

struct options {
    const char *dtype;
};

static const struct cli_option options_table[] = {
    TARGETS_DTYPE(struct options),
    CLI_OPTION_END,
};

struct state {
    const char *dtype;
    bool unsafe, malformed, first;
    struct json_out j;
};

static void
print_json(const struct scan *s, const char *path, struct json_out *j)
{
    json_object(j, NULL);
    json_string(j, "schema", "lockstep-scan/1");
    json_string(j, "file", path);
    json_string(j, "verdict", scan_verdict_name(s->verdict));
    if (s->refusal.class != ERR_NONE) {
        json_object(j, "refusal");
        json_string(j, "class", error_class_name(s->refusal.class));
        json_string(j, "reason", s->refusal.subclass);
        json_string(j, "at", s->refusal.at);
        json_string(j, "message", s->refusal.message);
        json_end(j);
    }
    json_array(j, "globals");
    for (size_t i = 0; i < s->count; i++) {
        const struct scan_finding *f = &s->findings[i];

        json_object(j, NULL);
        json_string(j, "global", f->global);
        json_string(j, "verdict", verdict_name(f->verdict));
        json_string(j, "opcode", f->opcode);
        json_u64(j, "offset", f->at);
        json_string(j, "member", f->member);
        if (f->why)
            json_string(j, "why", f->why);
        json_end(j);
    }
    json_end(j);
    json_end(j);
}

static void
print_text(const struct scan *s, const char *path, FILE *out)
{
    bool bad = s->verdict >= SCAN_UNSAFE;
    char name[256];

    (void)fprintf(out, "%s: %s%s%s\n", path, term_on(out, bad ? TERM_BAD : TERM_GOOD),
                  scan_verdict_name(s->verdict),
                  term_off(out, bad ? TERM_BAD : TERM_GOOD));
    for (size_t i = 0; i < s->count; i++) {
        const struct scan_finding *f = &s->findings[i];

        if (f->verdict == VERDICT_ALLOWED)
            continue;
        (void)fprintf(out, "  %-9s %s  (%s at byte %" PRIu64 "%s%s)%s%s\n",
                      verdict_name(f->verdict),
                      targets_name(f->global, strlen(f->global), name, sizeof name),
                      f->opcode, f->at, f->member[0] ? " of " : "", f->member,
                      f->why ? ": " : "", f->why ? f->why : "");
    }
    if (s->refusal.class != ERR_NONE)
        (void)fprintf(out, "  refused   %s%s%s: %s\n", s->refusal.subclass,
                      s->refusal.at[0] ? " at " : "", s->refusal.at, s->refusal.message);
}

static bool
scan_one(struct cli *cli, const char *path, void *context, struct error *err)
{
    struct state *state = context;
    struct diagnostics d;
    struct scan s;
    bool ok;

    diagnostics_init(&d, MODE_STRICT, DIAGNOSTICS_DEFAULT_MAX);
    ok = scan_file(&s, path, state->dtype, &d, err);
    if (ok) {
        if (cli->json)
            print_json(&s, path, &state->j);
        else
            print_text(&s, path, cli->out);
        state->unsafe |= s.verdict == SCAN_UNSAFE;
        state->malformed |= s.verdict == SCAN_MALFORMED;
    }
    scan_clear(&s);
    diagnostics_clear(&d);
    return ok;
}

static int
run(struct cli *cli, const void *options, struct error *err)
{
    const struct options *o = options;
    struct state state = {.dtype = o->dtype};
    int status;

    json_start(&state.j, cli->out, JSON_LINE);
    status = targets_each(cli, scan_one, &state, err);
    if (status != 0)
        return status;
    return state.unsafe ? 1 : state.malformed ? 3 : 0;
}

const struct cli_command command_scan = {
    .name = "scan",
    .operands = "FILE...",
    .summary = "is it safe to load? names every danger",
    .details = "Exit status 1: a loader could be made to run something; 3: refused for "
               "another reason.\nNothing of the file is executed.",
    .examples = "  ft-ckpt scan downloads/*.pt\n",
    .options = options_table,
    .options_size = sizeof(struct options),
    .common = CLI_JSON | CLI_OUTPUT,
    .min_operands = 1,
    .max_operands = SIZE_MAX,
    .run = run,
};
