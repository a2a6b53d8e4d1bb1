/* explain.c: the derivation of a slot or of a call, step by step. */
#include "dispatcher/explain.h"

#include "cases/shape.h"
#include "commands/commands.h"
#include "files/registrations.h"

#include <inttypes.h>
#include <string.h>

struct options {
    struct call_options call;
    const char *key;
};

static const struct cli_option options[] = {
    CALL_OPTIONS(struct options),
    {.name = "key",
     .type = CLI_TEXT,
     .offset = offsetof(struct options, key),
     .metavar = "KEY",
     .help = "explain this slot of the table instead of a call"},
    CLI_OPTION_END,
};

/* --- text --- */

/* Rules nobody has registered anything for: --json tells of them too. */
static bool
is_silent(const struct candidate *c)
{
    return c->verdict == VERDICT_NOT_REGISTERED ||
           (c->rule == RULE_AMBIGUOUS && c->verdict == VERDICT_NOT_COVERED);
}

static void
print_slot(const struct runtime_table *t, unsigned key, const char *indent, FILE *out)
{
    const struct keyspace *k = t->registry.keys;
    struct slot_story s;
    struct buf text = {0};

    explain_slot(t, key, &s);
    for (size_t i = 0; i < s.count; i++) {
        const struct candidate *c = &s.candidates[i];

        if (is_silent(c))
            continue;
        text.size = 0;
        explain_candidate(k, key, c, &text);
        (void)fprintf(out, "%s%c %-33s %s\n", indent,
                      c->verdict == VERDICT_WINS ? '*' : ' ', rule_name(c->rule),
                      buf_string(&text));
    }
    if (s.stale) {
        text.size = 0;
        explain_stale(k, &s, &text);
        (void)fprintf(out, "%s! %-33s %s\n", indent, "STALE", buf_string(&text));
    }
    buf_clear(&text);
}

static void
print_set(const char *label, const struct keyspace *k, uint64_t set, FILE *out)
{
    struct buf text = {0};

    (void)fprintf(out, "%-12s 0x%016" PRIx64 "  %s\n", label, set,
                  set_text(k, set, &text));
    buf_clear(&text);
}

static void
print_mask(const struct runtime_table *t, const struct call *c, FILE *out)
{
    const struct keyspace *k = t->registry.keys;
    uint64_t masked = c->after_tls & ~c->mask & ~k->backend_mask;
    struct buf text = {0};

    if (masked)
        (void)fprintf(out, "fall through %s, by the mask of %s\n",
                      set_text(k, masked | (c->after_tls & k->backend_mask), &text),
                      c->mask_backend ? k->version->backends[c->mask_backend].name
                                      : "all backends");
    buf_clear(&text);
}

static void
print_hop(const struct runtime_table *t, unsigned key, uint64_t keyset, FILE *out)
{
    const struct keyspace *k = t->registry.keys;
    struct buf text = {0};

    (void)fprintf(out, "\nlook up %s: highest is %s, slot %u\n",
                  set_text(k, keyset, &text), key_name(k, key), keyset_slot(k, keyset));
    /* A functionality without backend shares CPU's slot: explain whose that is. */
    for (unsigned i = 0; i < k->runtime_count; i++)
        if (k->slot[k->runtime[i]] == keyset_slot(k, keyset))
            print_slot(t, k->runtime[i], "  ", out);
    buf_clear(&text);
}

static void
print_call(const struct runtime_table *t, const struct call *c, const struct tls *tls,
           FILE *out)
{
    const struct keyspace *k = t->registry.keys;

    (void)fprintf(out, "%s, torch %s\n", t->registry.name, k->version->name);
    print_set("arguments", k, c->arguments, out);
    print_set("+ included", k, tls->included, out);
    print_set("- excluded", k, tls->excluded, out);
    print_set("= after TLS", k, c->after_tls, out);
    print_mask(t, c, out);
    for (size_t i = 0; i < c->hop_count; i++) {
        const struct hop *hop = &c->hops[i];

        print_hop(t, hop->key, hop->keyset, out);
        (void)fprintf(out, "  enter %s%s\n", hop->kernel->debug,
                      hop->kernel->kind == KERNEL_PLAIN ? ", which returns"
                                                        : ", which redispatches below");
    }
    if (c->outcome != OUTCOME_RETURNED) {
        print_hop(t, c->key, c->failed_keyset, out);
        (void)fprintf(out, "  raises %s: %s\n", outcome_type(c->outcome),
                      outcome_name(c->outcome));
    }
}

/* --- JSON --- */

static void
write_kernel(struct json_out *j, const char *key, const struct keyspace *k,
             const struct kernel *kernel)
{
    if (!kernel) {
        json_null(j, key);
        return;
    }
    json_object(j, key);
    json_string(j, "debug", kernel->debug);
    json_string(j, "key", key_name(k, kernel->key));
    json_string(j, "kernel", kernel_kind_name(kernel->kind));
    json_end(j);
}

static void
write_slot(struct json_out *j, const char *name, const struct runtime_table *t,
           unsigned key)
{
    const struct keyspace *k = t->registry.keys;
    struct slot_story s;
    struct buf text = {0};

    explain_slot(t, key, &s);
    json_object(j, name);
    json_string(j, "key", key_name(k, key));
    json_array(j, "candidates");
    for (size_t i = 0; i < s.count; i++) {
        const struct candidate *c = &s.candidates[i];

        text.size = 0;
        explain_candidate(k, key, c, &text);
        json_object(j, NULL);
        json_string(j, "rule", rule_name(c->rule));
        json_string(j, "verdict", verdict_name(c->verdict));
        write_kernel(j, "kernel", k, c->kernel);
        write_kernel(j, "blocker", k, c->blocker);
        json_string(j, "why", buf_string(&text));
        json_end(j);
    }
    json_end(j);
    write_kernel(j, "computed", k, s.computed.kernel);
    write_kernel(j, "runtime", k, s.stored);
    json_bool(j, "stale", s.stale);
    text.size = 0;
    explain_stale(k, &s, &text);
    if (s.stale)
        json_string(j, "why_stale", buf_string(&text));
    json_end(j);
    buf_clear(&text);
}

static void
write_hop(struct json_out *j, const struct runtime_table *t, unsigned key,
          uint64_t keyset)
{
    const struct keyspace *k = t->registry.keys;

    json_object(j, NULL);
    shape_bits(j, "keyset", keyset);
    json_string(j, "highest", key_name(k, key));
    json_u64(j, "table_index", keyset_slot(k, keyset));
    for (unsigned i = 0; i < k->runtime_count; i++)
        if (k->slot[k->runtime[i]] == keyset_slot(k, keyset))
            write_slot(j, "slot", t, k->runtime[i]);
    json_end(j);
}

static void
write_call(struct cli *cli, const struct runtime_table *t, const struct call *c,
           const struct tls *tls)
{
    struct json_out j;

    json_start(&j, cli->out, JSON_PRETTY);
    json_object(&j, NULL);
    json_string(&j, "name", t->registry.name);
    json_string(&j, "torch", t->registry.keys->version->name);
    shape_bits(&j, "arguments", c->arguments);
    shape_bits(&j, "included", tls->included);
    shape_bits(&j, "excluded", tls->excluded);
    shape_bits(&j, "after_tls", c->after_tls);
    shape_bits(&j, "mask", c->mask);
    json_string(&j, "mask_of",
                c->mask_backend
                    ? t->registry.keys->version->backends[c->mask_backend].name
                    : "all");
    shape_bits(&j, "keyset", c->keyset);
    json_array(&j, "hops");
    for (size_t i = 0; i < c->hop_count; i++)
        write_hop(&j, t, c->hops[i].key, c->hops[i].keyset);
    if (c->outcome != OUTCOME_RETURNED)
        write_hop(&j, t, c->key, c->failed_keyset);
    json_end(&j);
    shape_call(&j, "result", t, c, false);
    json_end(&j);
}

/* --- the command --- */

static bool
explain_key(struct cli *cli, const struct options *o, const struct registrations *f,
            struct error *err)
{
    const struct runtime_table *t = &f->replay.table;
    struct json_out j;
    unsigned key = 0;

    if (!key_find(&f->keys, o->key, strlen(o->key), &key) ||
        key_is_alias(&f->keys, key) || key_is_marker(&f->keys, key) ||
        (key < f->keys.version->functionality_count && f->keys.block[key]))
        return error_set(err, ERR_UNSUPPORTED, "torch %s has no slot for '%.60s'",
                         f->keys.version->name, o->key) ||
               error_in(err, "--key");
    if (cli->json) {
        json_start(&j, cli->out, JSON_PRETTY);
        write_slot(&j, NULL, t, key);
    } else {
        (void)fprintf(cli->out, "%s at %s, torch %s\n", t->registry.name, o->key,
                      f->keys.version->name);
        print_slot(t, key, "", cli->out);
    }
    return true;
}

static bool
explain_call(struct cli *cli, const struct options *o, const struct registrations *f,
             struct error *err)
{
    const struct runtime_table *t = &f->replay.table;
    uint64_t arguments = 0;
    struct call call;
    struct tls tls;

    if (!read_call_options(&f->keys, &o->call, &arguments, &tls, err))
        return false;
    call_operator(t, arguments, tls, &call);
    if (cli->json)
        write_call(cli, t, &call, &tls);
    else
        print_call(t, &call, &tls, cli->out);
    return true;
}

static int
run(struct cli *cli, const void *opaque, struct error *err)
{
    const struct options *o = opaque;
    struct registrations f;
    bool ok;

    if (!registrations_find(&f, cli->operands[0], o->call.torch, o->call.op, err))
        return CLI_ERROR;
    ok = o->key ? explain_key(cli, o, &f, err) : explain_call(cli, o, &f, err);
    registrations_close(&f);
    return ok ? 0 : CLI_ERROR;
}

const struct cli_command command_explain = {
    .name = "explain",
    .operands = "FILE",
    .summary = "derive a slot or a call step by step: who wins, who lost and why",
    .examples = "  ft-dispatch explain --key AutogradOther registrations.yaml\n"
                "  ft-dispatch explain --args 'SparseCPU|AutogradOther' --json r.yaml\n",
    .options = options,
    .options_size = sizeof(struct options),
    .common = CLI_JSON | CLI_OUTPUT,
    .min_operands = 1,
    .max_operands = 1,
    .run = run,
};
