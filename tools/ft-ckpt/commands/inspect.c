/* inspect.c: every octet of a file, shared storage, and what was left unused. */
#include "commands/commands.h"
#include "commands/targets.h"
#include "common/term.h"
#include "container/open.h"
#include "judge/spans.h"

#include <inttypes.h>
#include <string.h>

struct options {
    const char *dtype;
};

static const struct cli_option options_table[] = {
    TARGETS_DTYPE(struct options),
    CLI_OPTION_END,
};

static void
put_aliases(struct json_out *j, const struct checkpoint *c, const struct spans_users *u)
{
    json_array(j, "storages");
    for (size_t i = 0; i < c->storage_count; i++) {
        const struct storage *s = c->storages[i];

        json_object(j, NULL);
        if (s->key)
            json_string_n(j, "key", s->key, s->key_size);
        json_u64(j, "nbytes", s->nbytes);
        json_u64(j, "unreached", spans_unreached(u, c, i));
        json_array(j, "tensors");
        for (size_t k = u->first[i]; k < u->first[i + 1]; k++)
            json_string_n(j, NULL, u->tensors[k]->name, u->tensors[k]->name_size);
        json_end(j);
        json_end(j);
    }
    json_end(j);
}

static void
print_json(const struct checkpoint *c, const struct spans_users *u,
           const struct diagnostics *d, FILE *out)
{
    struct json_out j;

    json_start(&j, out, JSON_PRETTY);
    json_object(&j, NULL);
    json_string(&j, "schema", "lockstep-inspect/1");
    json_string(&j, "format", format_name(c->format));
    json_u64(&j, "size", c->size);
    json_u64(&j, "tensors", c->tensor_count);
    json_u64(&j, "leaves", c->leaf_count);
    json_array(&j, "spans");
    for (size_t i = 0; i < c->span_count; i++) {
        json_object(&j, NULL);
        json_u64(&j, "at", c->spans[i].at);
        json_u64(&j, "size", c->spans[i].size);
        json_string(&j, "kind", span_kind_name(c->spans[i].kind));
        json_string(&j, "name", c->spans[i].name);
        json_end(&j);
    }
    json_end(&j);
    put_aliases(&j, c, u);
    diagnostics_write(d, &j);
    json_end(&j);
}

static void
print_spans(const struct checkpoint *c, FILE *out)
{
    struct term_table *table = term_table_new();
    char name[256];

    term_column(table, "AT", TERM_RIGHT);
    term_column(table, "SIZE", TERM_RIGHT);
    term_column(table, "KIND", TERM_LEFT);
    term_column(table, "NAME", TERM_LEFT);
    for (size_t i = 0; i < c->span_count; i++) {
        const struct span *s = &c->spans[i];

        term_cell(table, "%" PRIu64, s->at);
        term_cell(table, "%" PRIu64, s->size);
        term_cell_style(table, s->kind == SPAN_ORPHAN ? TERM_BAD : TERM_PLAIN, "%s",
                        span_kind_name(s->kind));
        term_cell(table, "%s", targets_name(s->name, strlen(s->name), name, sizeof name));
    }
    term_table_print(table, out);
}

static void
print_text(const struct checkpoint *c, const struct spans_users *u,
           const struct diagnostics *d, FILE *out)
{
    uint64_t totals[SPAN_ORPHAN + 1] = {0};
    char name[256];

    print_spans(c, out);
    for (size_t i = 0; i < c->span_count; i++)
        totals[c->spans[i].kind] += c->spans[i].size;
    (void)fprintf(out, "%s: %s, %" PRIu64 " octets:", c->path, format_name(c->format),
                  c->size);
    for (enum span_kind k = SPAN_HEADER; k <= SPAN_ORPHAN; k++)
        if (totals[k] > 0)
            (void)fprintf(out, " %s %" PRIu64, span_kind_name(k), totals[k]);
    (void)fputc('\n', out);
    for (size_t i = 0; i < c->storage_count; i++) {
        const struct storage *s = c->storages[i];
        uint64_t unreached = spans_unreached(u, c, i);

        if (s->users < 2 && unreached == 0)
            continue;
        (void)fprintf(out, "storage %s: %" PRIu64 " octets, %" PRIu64 " of no tensor:",
                      s->key ? s->key : "-", s->nbytes, unreached);
        for (size_t k = u->first[i]; k < u->first[i + 1]; k++)
            (void)fprintf(out, " %s",
                          targets_name(u->tensors[k]->name, u->tensors[k]->name_size,
                                       name, sizeof name));
        (void)fputc('\n', out);
    }
    targets_print_diagnostics(d, out);
}

static bool
inspect_one(struct cli *cli, const char *path, void *context, struct error *err)
{
    const struct options *o = context;
    struct diagnostics d;
    struct open_options open = {.diagnostics = &d, .raw_dtype = o->dtype, .opaque = true};
    struct checkpoint c;
    bool ok;

    diagnostics_init(&d, MODE_HARDENED, DIAGNOSTICS_DEFAULT_MAX);
    ok = checkpoint_open(&c, path, &open, err);
    if (ok) {
        struct spans_users users;

        spans_make(&c);
        spans_users_make(&users, &c);
        if (cli->json)
            print_json(&c, &users, &d, cli->out);
        else
            print_text(&c, &users, &d, cli->out);
        spans_users_clear(&users);
    }
    checkpoint_close(&c);
    diagnostics_clear(&d);
    return ok;
}

static int
run(struct cli *cli, const void *options, struct error *err)
{
    struct options o = *(const struct options *)options;

    return targets_each(cli, inspect_one, &o, err);
}

const struct cli_command command_inspect = {
    .name = "inspect",
    .operands = "FILE...",
    .summary = "every octet: header, tensor, padding, orphan; shared storage",
    .details =
        "Tolerant: unknown classes are opaque, orphan records are warnings.  What is "
        "unsafe\nis still refused.",
    .examples = "  ft-ckpt inspect model.pt\n",
    .options = options_table,
    .options_size = sizeof(struct options),
    .common = CLI_JSON | CLI_OUTPUT,
    .min_operands = 1,
    .max_operands = SIZE_MAX,
    .run = run,
};
