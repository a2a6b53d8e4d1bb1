/* keys.c: the dispatch keys of a torch version, in order of priority. */
#include "cases/shape.h"
#include "commands/commands.h"
#include "common/term.h"

#include <inttypes.h>

struct keys_options {
    const char *torch;
    bool sets;
};

static const struct cli_option options[] = {
    {.name = "torch",
     .type = CLI_TEXT,
     .offset = offsetof(struct keys_options, torch),
     .metavar = "VERSION",
     .help = "1.13 or 2.6 (default)"},
    {.name = "sets",
     .type = CLI_FLAG,
     .offset = offsetof(struct keys_options, sets),
     .help = "the named sets instead"},
    CLI_OPTION_END,
};

static const char *
kind_of(const struct keyspace *k, unsigned key)
{
    if (key_is_alias(k, key))
        return "alias";
    if (key_is_marker(k, key))
        return "marker";
    if (key < k->version->functionality_count)
        return k->block[key] ? "per backend" : "functionality";
    return "runtime";
}

static void
put_alias_names(const struct keyspace *k, unsigned key, struct buf *out)
{
    out->size = 0;
    for (unsigned a = k->version->first_alias; a < k->version->key_count; a++)
        if (!key_is_alias(k, key) && !key_is_marker(k, key) && key != KEY_UNDEFINED &&
            k->version->keys[key].aliases >> (a - k->version->first_alias) & 1)
            buf_printf(out, "%s%s", out->size ? " " : "", key_name(k, a));
}

static bool
has_slot(const struct keyspace *k, unsigned key)
{
    return !key_is_alias(k, key) && !key_is_marker(k, key) &&
           !k->block[key < FUNCTIONALITIES_MAX ? key : 0];
}

static void
print_keys(const struct keyspace *k, FILE *out)
{
    struct term_table *t = term_table_new();
    struct buf aliases = {0};

    term_column(t, "value", TERM_RIGHT);
    term_column(t, "key", TERM_LEFT);
    term_column(t, "kind", TERM_LEFT);
    term_column(t, "keyset", TERM_LEFT);
    term_column(t, "slot", TERM_RIGHT);
    term_column(t, "parsed", TERM_LEFT);
    term_column(t, "aliases", TERM_LEFT);
    for (unsigned key = 0; key < k->version->key_count; key++) {
        put_alias_names(k, key, &aliases);
        term_cell(t, "%u", key);
        term_cell(t, "%s", key_name(k, key));
        term_cell(t, "%s", kind_of(k, key));
        term_cell(t, "0x%016" PRIx64, k->bits[key]);
        if (has_slot(k, key))
            term_cell(t, "%u", k->slot[key]);
        else
            term_cell(t, "-");
        term_cell(t, "%s", k->version->keys[key].flags & KEY_PARSES ? "yes" : "no");
        term_cell(t, "%s", buf_string(&aliases));
    }
    term_table_print(t, out);
    buf_clear(&aliases);
}

static void
write_key(struct json_out *j, const struct keyspace *k, unsigned key)
{
    const struct torch_key *data = &k->version->keys[key];

    json_object(j, NULL);
    json_u64(j, "value", key);
    json_string(j, "name", data->name);
    json_string(j, "kind", kind_of(k, key));
    shape_bits(j, "keyset", k->bits[key]);
    shape_bits(j, "runtime_keyset", data->runtime);
    shape_bits(j, "backend_keyset_from_autograd", data->autograd_backends);
    json_string(j, "functionality", key_name(k, k->functionality[key]));
    json_string(j, "backend", k->version->backends[k->backend[key]].name);
    if (has_slot(k, key))
        json_u64(j, "table_index", k->slot[key]);
    else
        json_null(j, "table_index");
    json_bool(j, "parsed", (data->flags & KEY_PARSES) != 0);
    json_end(j);
}

static void
write_json(const struct keyspace *k, FILE *out)
{
    const struct torch_version *v = k->version;
    struct json_out j;

    json_start(&j, out, JSON_PRETTY);
    json_object(&j, NULL);
    json_string(&j, "schema", "ft-dispatch-keys/1");
    json_string(&j, "torch", v->name);
    json_string(&j, "release", v->release);
    json_u64(&j, "num_backends", v->backend_count);
    json_u64(&j, "num_functionality_keys", v->functionality_count);
    json_u64(&j, "num_runtime_entries", k->slot_count);
    json_array(&j, "keys");
    for (unsigned key = 0; key < v->key_count; key++)
        write_key(&j, k, key);
    json_end(&j);
    json_array(&j, "backends");
    for (unsigned b = 0; b <= v->backend_count; b++) {
        json_object(&j, NULL);
        json_u64(&j, "value", b);
        json_string(&j, "name", v->backends[b].name);
        shape_bits(&j, "autograd_related", keyset_autograd_related(k, b));
        shape_bits(&j, "autocast_related", keyset_autocast_related(k, b));
        json_end(&j);
    }
    json_end(&j);
    json_object(&j, "sets");
    for (unsigned i = 0; i < v->set_count; i++)
        shape_bits(&j, v->sets[i].name, v->sets[i].bits);
    json_end(&j);
    json_end(&j);
}

static void
print_sets(const struct keyspace *k, FILE *out)
{
    struct term_table *t = term_table_new();
    struct buf text = {0};

    term_column(t, "set", TERM_LEFT);
    term_column(t, "bits", TERM_LEFT);
    term_column(t, "functionalities", TERM_LEFT);
    for (unsigned i = 0; i < k->version->set_count; i++) {
        const struct torch_set *set = &k->version->sets[i];

        text.size = 0;
        for (unsigned f = 1; f < k->version->functionality_count; f++)
            if (set->bits & k->bits[f])
                buf_printf(&text, "%s%s", text.size ? " " : "", key_name(k, f));
        term_cell(t, "%s", set->name);
        term_cell(t, "0x%016" PRIx64, set->bits);
        term_cell(t, "%s", text.size < 100 ? buf_string(&text) : "(many)");
    }
    term_table_print(t, out);
    buf_clear(&text);
}

static int
run(struct cli *cli, const void *opaque, struct error *err)
{
    const struct keys_options *o = opaque;
    struct keyspace k;

    if (!open_keys(&k, o->torch, err))
        return CLI_ERROR;
    if (cli->json)
        write_json(&k, cli->out);
    else if (o->sets)
        print_sets(&k, cli->out);
    else
        print_keys(&k, cli->out);
    return 0;
}

const struct cli_command command_keys = {
    .name = "keys",
    .operands = "",
    .summary = "list a torch version's dispatch keys, lowest priority first",
    .examples = "  ft-dispatch keys --torch 1.13\n  ft-dispatch keys --sets\n",
    .options = options,
    .options_size = sizeof(struct keys_options),
    .common = CLI_JSON | CLI_OUTPUT,
    .run = run,
};
