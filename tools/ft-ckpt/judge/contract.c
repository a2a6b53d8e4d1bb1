/*
 * contract.c: see contract.h.
 *
 * YAML: {require: [{path: P, type: T}], size: {min: N, max: N}, plain_below: P}; a
 * type is one or several of describe.h's names, separated by blanks.
 */
#include "judge/contract.h"

#include "common/num.h"
#include "common/yaml_in.h"
#include "fault.h"
#include "model/describe.h"
#include "model/names.h"

#include <inttypes.h>
#include <string.h>

static const char mapping[] = "dict OrderedDict object";
static const char *const configs[] = {"model_config", "data_config", "training_config",
                                      "inference_config"};

static bool
add_rule(struct contract *k, const char *path, const char *types, bool only_if_any,
         struct error *err)
{
    if (k->count == CONTRACT_RULES_MAX)
        return error_set(err, ERR_LIMIT, "more than %d rules", CONTRACT_RULES_MAX);
    k->rules[k->count++] = (struct contract_rule){path, types, only_if_any};
    return true;
}

static bool
add_hparam(struct contract *k, const char *key, size_t n, const char *types,
           bool only_if_any, struct error *err)
{
    static const char prefix[] = "hyper_parameters.";
    char *path = arena_alloc(&k->arena, sizeof prefix + n);

    memcpy(path, prefix, sizeof prefix - 1);
    memcpy(path + sizeof prefix - 1, key, n);
    return add_rule(k, path, types, only_if_any, err);
}

/* Lightning's own keys; PtychoPINN's four configurations, all or none, or all. */
static bool
lightning(struct contract *k, bool ptycho, struct error *err)
{
    bool ok = add_rule(k, "epoch", "int", false, err) &&
              add_rule(k, "global_step", "int", false, err) &&
              add_rule(k, "pytorch-lightning_version", "str", false, err) &&
              add_rule(k, "state_dict", mapping, false, err) &&
              add_rule(k, "hyper_parameters", mapping, false, err);

    for (size_t i = 0; ok && i < COUNT_OF(configs); i++)
        ok = add_hparam(k, configs[i], strlen(configs[i]), mapping, !ptycho, err);
    if (ptycho)
        k->no_values_below = "hyper_parameters";
    return ok;
}

static bool
read_rule(struct contract *k, const struct json_doc *doc, const struct json *node,
          struct error *err)
{
    static const char *const keys[] = {"path", "type", NULL};
    const char *path = NULL, *type = NULL;

    if (!json_only(doc, node, keys, err) ||
        !json_want_string(doc, node, "path", &path, err) ||
        !json_opt_string(doc, node, "type", &type, err))
        return false;
    return add_rule(k, arena_strndup(&k->arena, path, strlen(path)),
                    type ? arena_strndup(&k->arena, type, strlen(type)) : NULL, false,
                    err);
}

static bool
read_yaml(struct contract *k, const struct json_doc *doc, struct error *err)
{
    static const char *const keys[] = {"require", "size", "plain_below", NULL};
    const struct json *root = json_root(doc), *list = NULL, *size = NULL;
    const char *below = NULL;

    if (json_type(root) != JSON_OBJECT)
        return error_set(err, ERR_MALFORMED, "a profile is a mapping");
    if (!json_only(doc, root, keys, err) ||
        !json_want(doc, root, "require", JSON_ARRAY, &list, err) ||
        !json_opt(doc, root, "size", JSON_OBJECT, &size, err) ||
        !json_opt_string(doc, root, "plain_below", &below, err))
        return false;
    for (const struct json *e = json_first(list); e; e = json_next(e))
        if (!read_rule(k, doc, e, err))
            return false;
    if (size && (!json_opt_u64(doc, size, "min", &k->min_size, err) ||
                 !json_opt_u64(doc, size, "max", &k->max_size, err)))
        return false;
    if (below)
        k->no_values_below = arena_strndup(&k->arena, below, strlen(below));
    return true;
}

bool
contract_open(struct contract *k, const char *profile, struct error *err)
{
    struct json_doc *doc = NULL;
    bool ok;

    *k = (struct contract){0};
    if (strcmp(profile, "lightning") == 0 || strcmp(profile, "ptycho") == 0)
        return lightning(k, profile[0] == 'p', err);
    ok = yaml_open(&doc, profile, NULL, err) &&
         (read_yaml(k, doc, err) || error_in(err, profile));
    json_free(doc);
    return ok;
}

bool
contract_require_hparams(struct contract *k, const char *keys, struct error *err)
{
    while (*keys) {
        size_t n = strcspn(keys, ",");

        if (n > 0 && !add_hparam(k, keys, n, NULL, false, err))
            return false;
        keys += n + (keys[n] == ',');
    }
    return true;
}

void
contract_clear(struct contract *k)
{
    arena_clear(&k->arena);
}

/* Is `type` one of the blank-separated words? */
static bool
has_word(const char *words, const char *type)
{
    size_t n = strlen(type);

    for (const char *p = words; (p = strstr(p, type)) != NULL; p += n)
        if ((p == words || p[-1] == ' ') && (p[n] == '\0' || p[n] == ' '))
            return true;
    return false;
}

static const struct leaf *
find(const struct checkpoint *c, const struct names *names, const char *path)
{
    size_t i = names_find(names, path, strlen(path));

    return i == (size_t)NAMES_ABSENT ? NULL : &c->leaves[i];
}

static size_t
check_rule(const struct contract_rule *rule, const struct leaf *leaf, struct buf *out)
{
    const char *type = leaf ? describe_type(leaf->value) : NULL;

    if (!leaf)
        buf_printf(out, "missing %s\n", rule->path);
    else if (leaf->value->kind == VALUE_NONE)
        buf_printf(out, "%s is None\n", rule->path);
    else if (rule->types && !has_word(rule->types, type))
        buf_printf(out, "%s is %s, not %s\n", rule->path, type, rule->types);
    else
        return 0;
    return 1;
}

/* Objects of pathlib do not load on another system. */
static size_t
check_plain(const struct contract *k, const struct checkpoint *c, struct buf *out)
{
    struct buf name = {0};
    size_t n = k->no_values_below ? strlen(k->no_values_below) : 0, broken = 0;

    for (size_t i = 0; n > 0 && i < c->leaf_count; i++) {
        const struct global *g = value_global(c->leaves[i].value);

        if (!g || strncmp(g->name, "pathlib", 7) != 0)
            continue;
        name.size = 0;
        path_join(c->leaves[i].path, &name);
        if (name.size > n && memcmp(name.data, k->no_values_below, n) == 0) {
            buf_printf(out, "%s is a %s\n", buf_string(&name), g->name);
            broken++;
        }
    }
    buf_clear(&name);
    return broken;
}

static size_t
check_size(const struct contract *k, const struct checkpoint *c, struct buf *out)
{
    if (k->min_size > 0 && c->size < k->min_size)
        buf_printf(out, "%" PRIu64 " octets, less than %" PRIu64 "\n", c->size,
                   k->min_size);
    else if (k->max_size > 0 && c->size > k->max_size)
        buf_printf(out, "%" PRIu64 " octets, more than %" PRIu64 "\n", c->size,
                   k->max_size);
    else
        return 0;
    return 1;
}

size_t
contract_check(const struct contract *k, const struct checkpoint *c, struct buf *out)
{
    struct arena arena = {0};
    struct names names = {0};
    struct buf name = {0};
    bool any = false;
    size_t broken = 0;

    for (size_t i = 0; i < c->leaf_count; i++) {
        name.size = 0;
        path_join(c->leaves[i].path, &name);
        (void)names_add(
            &names,
            arena_strndup(&arena, name.data ? (const char *)name.data : "", name.size),
            name.size, i);
    }
    for (size_t i = 0; i < k->count; i++)
        any |= k->rules[i].only_if_any && find(c, &names, k->rules[i].path);
    for (size_t i = 0; i < k->count; i++)
        if (any || !k->rules[i].only_if_any)
            broken += check_rule(&k->rules[i], find(c, &names, k->rules[i].path), out);
    broken += check_plain(k, c, out) + check_size(k, c, out);
    names_clear(&names);
    buf_clear(&name);
    arena_clear(&arena);
    return broken;
}
