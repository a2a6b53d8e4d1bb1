#include "commands.h"
#include "common/json_out.h"
#include "common/term.h"
#include "container/checkup.h"

#include <inttypes.h>

static const struct checkup_options defaults = {.memory = 256 << 20};

static const struct cli_option options[] = {
    {.name = "sidecar",
     .letter = 's',
     .type = CLI_TEXT,
     .offset = offsetof(struct checkup_options, sidecar),
     .metavar = "FILE",
     .help = "the sidecar, when it is not FILE.rq (one FILE only)"},
    {.name = "memory",
     .letter = 'm',
     .type = CLI_SIZE,
     .offset = offsetof(struct checkup_options, memory),
     .metavar = "SIZE",
     .min = 1 << 20,
     .help = "working memory for a set; more goes to disk (default 256M)"},
    CLI_OPTION_END,
};

/* Lost symbols as ranges of octets of the protected file. */
static void
write_ranges(struct json_out *j, const struct checkup *c)
{
    const struct layout *l = &c->sidecar.head.layout;
    uint64_t symbols = layout_source_symbols(l);

    json_array(j, "damaged_ranges");
    for (uint64_t i = 0; i < symbols; i++) {
        uint64_t from = i, end;

        if (c->at[i] != SYMBOL_LOST)
            continue;
        while (i + 1 < symbols && c->at[i + 1] == SYMBOL_LOST)
            i++;
        end = (i + 1) * l->T < l->F ? (i + 1) * l->T : l->F;
        json_object(j, NULL);
        json_u64(j, "offset", from * l->T);
        json_u64(j, "octets", end - from * l->T);
        json_end(j);
    }
    json_end(j);
}

/* The files of a set that are not as they were, and those that were not there. */
static void
write_set(struct json_out *j, const struct set *s)
{
    json_array(j, "files");
    for (size_t i = 0; i < s->list.count; i++) {
        json_object(j, NULL);
        json_string(j, "path", s->list.file[i].path);
        json_string(j, "state", set_state_name(s->member[i].state));
        if (s->member[i].found)
            json_string(j, "found", s->member[i].found);
        json_end(j);
    }
    json_end(j);
    json_array(j, "extra_files");
    for (size_t i = 0; i < s->extra.count; i++)
        json_string(j, NULL, s->extra.path[i]);
    json_end(j);
}

static void
print_set(struct cli *cli, const struct set *s)
{
    for (size_t i = 0; i < s->list.count; i++) {
        const struct set_member *m = &s->member[i];

        if (m->state != SET_INTACT)
            (void)fprintf(cli->out, "  %s: %s%s%s\n", s->list.file[i].path,
                          set_state_name(m->state), m->found ? " to " : "",
                          m->found ? m->found : "");
    }
    for (size_t i = 0; i < s->extra.count; i++)
        (void)fprintf(cli->out, "  %s: not of the set\n", s->extra.path[i]);
}

static void
print_json(struct cli *cli, const char *file, const struct checkup *c)
{
    const struct layout *l = &c->sidecar.head.layout;
    struct json_out j;

    json_start(&j, cli->out, JSON_LINE);
    json_object(&j, NULL);
    json_string(&j, "schema", "lockstep-verify/1");
    json_string(&j, "file", file);
    json_string(&j, "state", c->intact ? "intact" : "damaged");
    json_bool(&j, "repairable", c->intact || c->margin >= 0);
    json_u64(&j, "source_symbols", layout_source_symbols(l));
    json_u64(&j, "lost_symbols", c->lost);
    json_u64(&j, "moved_symbols", c->moved);
    json_u64(&j, "unreadable_octets", c->source.unreadable);
    json_u64(&j, "repair_symbols", c->sidecar.repairs);
    json_i64(&j, "margin", c->margin);
    write_ranges(&j, c);
    if (c->sidecar.head.is_set)
        write_set(&j, &c->set);
    json_object(&j, "sidecar");
    json_string(&j, "state", c->sidecar.whole ? "intact" : "damaged");
    json_u64(&j, "damaged_octets", c->sidecar.damaged_octets);
    json_u64(&j, "repair_symbols_lost", layout_repair_symbols(l) - c->sidecar.repairs);
    json_end(&j);
    json_end(&j);
}

static void
print_text(struct cli *cli, const char *file, const struct checkup *c)
{
    const struct layout *l = &c->sidecar.head.layout;
    uint64_t margin = (uint64_t)(c->margin >= 0 ? c->margin : -c->margin);

    if (c->intact)
        (void)fprintf(cli->out, "%s: intact", file);
    else if (c->source.fd < 0 && !c->sidecar.head.is_set)
        (void)fprintf(cli->out, "%s: missing", file);
    else
        (void)fprintf(cli->out, "%s: damaged: %" PRIu64 " of %" PRIu64 " symbol%s lost",
                      file, c->lost, layout_source_symbols(l),
                      term_plural(layout_source_symbols(l)));
    if (!c->intact) {
        if (c->moved > 0)
            (void)fprintf(cli->out, ", %" PRIu64 " moved", c->moved);
        (void)fprintf(cli->out,
                      c->margin >= 0
                          ? "; repairable, %" PRIu64 " repair symbol%s to spare"
                          : "; not repairable, %" PRIu64 " repair symbol%s short",
                      margin, term_plural(margin));
        if (l->Z > 1)
            (void)fprintf(cli->out, " in the worst block");
    }
    if (!c->sidecar.whole)
        (void)fprintf(cli->out,
                      "; sidecar damaged: %" PRIu64 " of %" PRIu64
                      " repair symbol%s lost",
                      layout_repair_symbols(l) - c->sidecar.repairs,
                      layout_repair_symbols(l), term_plural(layout_repair_symbols(l)));
    (void)fputc('\n', cli->out);
    print_set(cli, &c->set);
}

static int
run(struct cli *cli, const void *given, struct error *err)
{
    const struct checkup_options *o = given;
    int status = 0;

    if (o->sidecar && cli->operand_count > 1) {
        (void)error_set(err, ERR_USAGE, "--sidecar goes with one FILE only");
        return CLI_ERROR;
    }
    for (size_t i = 0; i < cli->operand_count; i++) {
        struct checkup c;

        if (!checkup_open(&c, cli->operands[i], o, err))
            return CLI_ERROR;
        if (cli->json)
            print_json(cli, cli->operands[i], &c);
        else
            print_text(cli, cli->operands[i], &c);
        if (!c.intact || !c.sidecar.whole)
            status = 1;
        checkup_close(&c);
    }
    return status;
}

const struct cli_command verify_command = {
    .name = "verify",
    .operands = "FILE...",
    .summary = "say whether FILE and its sidecar are intact",
    .details =
        "Exit status 0: both are intact.  1: damaged; the text says whether it can\n"
        "be repaired and how many repair symbols are to spare.\n",
    .examples = "rq-encode verify model.bin\n"
                "rq-encode verify --json model.bin | jq .damaged_ranges\n",
    .options = options,
    .options_size = sizeof(struct checkup_options),
    .defaults = &defaults,
    .common = CLI_JSON,
    .min_operands = 1,
    .max_operands = SIZE_MAX,
    .run = run,
};
