/* search.c: the smallest registration order or keyset that goes wrong. */
#include "dispatcher/search.h"

#include "cases/shape.h"
#include "commands/commands.h"
#include "common/mem.h"
#include "files/registrations.h"

#include <inttypes.h>
#include <stdlib.h>

struct search_options {
    struct call_options call;
    int goal;
    bool keyset;
    uint64_t max_length;
};

static const char *const goals[] = {"stale", "ambiguous", "missing", NULL};

static const struct cli_option options[] = {
    {.name = "goal",
     .type = CLI_CHOICE,
     .offset = offsetof(struct search_options, goal),
     .metavar = "GOAL",
     .choices = goals,
     .help = "stale (default), ambiguous or missing"},
    {.name = "keyset",
     .type = CLI_FLAG,
     .offset = offsetof(struct search_options, keyset),
     .help = "search a call's arguments, not an order (always so for missing)"},
    {.name = "max-length",
     .type = CLI_U64,
     .offset = offsetof(struct search_options, max_length),
     .metavar = "N",
     .min = 1,
     .max = SEARCH_LENGTH_MAX,
     .help = "registrations at most (default 3; without FILE 2)"},
    CALL_OPTIONS(struct search_options),
    CLI_OPTION_END,
};

/* Without a file: a plain kernel at every key that can have one. */
static struct step *
every_key(const struct keyspace *k, size_t *count)
{
    struct step *steps = xcalloc(KEYS_MAX, sizeof(*steps));

    *count = 0;
    for (unsigned key = 1; key < k->version->key_count; key++) {
        if (key_is_marker(k, key) ||
            (key < k->version->functionality_count && k->block[key]))
            continue;
        steps[(*count)++] =
            (struct step){.what = STEP_IMPL, .key = key, .debug = key_name(k, key)};
    }
    return steps;
}

static struct step *
live_kernels(const struct registry *r, size_t *count)
{
    struct step *steps = xcalloc(r->kernel_count + 1, sizeof(*steps));

    *count = 0;
    for (unsigned key = 0; key < r->keys->version->key_count; key++)
        for (const struct kernel *kernel = r->newest[key]; kernel; kernel = kernel->next)
            steps[(*count)++] = (struct step){.what = STEP_IMPL,
                                              .key = key,
                                              .kind = kernel->kind,
                                              .debug = kernel->debug};
    return steps;
}

static void
print(const struct keyspace *k, const struct search_options *o, const struct step *steps,
      const struct search_result *r, FILE *out)
{
    struct buf text = {0};

    if (!r->found) {
        (void)fprintf(out, "nothing %s in %" PRIu64 " attempts%s\n", goals[o->goal],
                      r->tried, r->exhausted ? ", the most that are made" : "");
    } else if (!steps) {
        (void)fprintf(out, "%s at %s for arguments %s\n", goals[o->goal],
                      key_name(k, r->key), set_text(k, r->keyset, &text));
    } else {
        for (size_t i = 0; i < r->length; i++)
            (void)fprintf(out, "%zu  impl %s  %s\n", i + 1,
                          key_name(k, steps[r->order[i]].key), steps[r->order[i]].debug);
        (void)fprintf(out, "then %s is %s\n", key_name(k, r->key), goals[o->goal]);
    }
    buf_clear(&text);
}

static void
write_json(const struct keyspace *k, const struct search_options *o,
           const struct step *steps, const struct search_result *r, FILE *out)
{
    struct json_out j;

    json_start(&j, out, JSON_PRETTY);
    json_object(&j, NULL);
    json_string(&j, "goal", goals[o->goal]);
    json_bool(&j, "found", r->found);
    json_u64(&j, "tried", r->tried);
    if (r->found) {
        json_string(&j, "key", key_name(k, r->key));
        if (!steps)
            shape_bits(&j, "keyset", r->keyset);
        else
            json_array(&j, "steps");
        for (size_t i = 0; steps && i < r->length; i++) {
            const struct step *s = &steps[r->order[i]];

            json_object(&j, NULL);
            json_string(&j, "do", "impl");
            json_string(&j, "key", key_name(k, s->key));
            json_string(&j, "kernel", kernel_kind_name(s->kind));
            json_string(&j, "debug", s->debug);
            json_end(&j);
        }
        if (steps)
            json_end(&j);
    }
    json_end(&j);
}

static bool
search(const struct keyspace *k, const struct kernel *const *fallback,
       const struct runtime_table *t, const struct search_options *o, struct step **steps,
       struct search_result *result, struct error *err)
{
    struct search_order from = {.max_length = o->max_length};
    uint64_t arguments = 0;
    struct tls tls;

    *steps = NULL;
    if (o->keyset || o->goal == GOAL_MISSING) {
        if (!t)
            return error_set(err, ERR_USAGE, "a search for a keyset needs a file");
        if (o->goal == GOAL_STALE)
            return error_set(err, ERR_USAGE, "a call cannot make a table stale");
        if (!read_call_options(k, &o->call, &arguments, &tls, err))
            return false;
        search_keyset(t, tls, (enum goal)o->goal, result);
        return true;
    }
    if (from.max_length == 0)
        from.max_length = t ? 3 : 2;
    *steps = t ? live_kernels(&t->registry, &from.count) : every_key(k, &from.count);
    from.steps = *steps;
    search_order(k, fallback, &from, (enum goal)o->goal, result);
    return true;
}

static int
run(struct cli *cli, const void *opaque, struct error *err)
{
    const struct search_options *o = opaque;
    const struct kernel *builtin[KEYS_MAX];
    struct registrations f = {0};
    struct arena arena = {0};
    struct keyspace keys;
    struct step *steps = NULL;
    struct search_result result = {0};
    bool has_file = cli->operand_count > 0, ok;

    if (has_file) {
        ok = registrations_find(&f, cli->operands[0], o->call.torch, o->call.op, err) &&
             search(&f.keys, f.fallback, &f.replay.table, o, &steps, &result, err);
        keys = f.keys;
    } else {
        ok = open_keys(&keys, o->call.torch, err);
        if (ok)
            registry_builtin(&keys, &arena, builtin);
        ok = ok && search(&keys, builtin, NULL, o, &steps, &result, err);
    }
    if (ok && cli->json)
        write_json(&keys, o, steps, &result, cli->out);
    else if (ok)
        print(&keys, o, steps, &result, cli->out);
    free(steps);
    if (has_file)
        registrations_close(&f);
    arena_clear(&arena);
    return ok ? !result.found : CLI_ERROR;
}

const struct cli_command command_search = {
    .name = "search",
    .operands = "[FILE]",
    .summary = "find the smallest registration order or keyset that goes wrong",
    .details = "Chooses among the operator's registrations, or without FILE among plain\n"
               "kernels at every key.  Exit 1 when there is none.\n",
    .examples = "  ft-dispatch search --goal stale\n"
                "  ft-dispatch search --goal missing --op my::op registrations.yaml\n",
    .options = options,
    .options_size = sizeof(struct search_options),
    .common = CLI_JSON | CLI_OUTPUT,
    .min_operands = 0,
    .max_operands = 1,
    .run = run,
};
