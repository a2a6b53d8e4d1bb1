/* case.c: finding operations and reading their arguments. */
#include "cases/case.h"

const struct case_operation *const case_tables[] = {case_groupby_table,
                                                    case_join_table,
                                                    case_label_table,
                                                    case_series_table,
                                                    case_frame_table,
                                                    case_csv_table,
                                                    NULL};

const struct case_operation *
case_find(const char *name)
{
    for (size_t i = 0; case_tables[i]; i++)
        for (const struct case_operation *o = case_tables[i]; o->name; o++)
            if (strcmp(o->name, name) == 0)
                return o;
    return NULL;
}

static const struct json *
argument(const struct case_call *c, const char *key)
{
    const struct json *node = c->args ? json_get(c->args, key) : NULL;

    return node && json_type(node) != JSON_NULL ? node : NULL;
}

bool
case_frame(const struct case_call *c, const char *key, struct frame **out,
           struct error *err)
{
    const struct json *node = c->inputs ? json_get(c->inputs, key) : NULL;

    if (!node)
        return error_set(err, ERR_MALFORMED, "the case has no input '%s'", key);
    if (json_type(node) != JSON_OBJECT)
        return json_fail(c->doc, node, err, ERR_MALFORMED, "an input must be an object");
    return fixture_read_frame(c->a, c->doc, node, out, err);
}

bool
case_opt_text(const struct case_call *c, const char *key, const char **out,
              struct error *err)
{
    return !argument(c, key) || json_opt_string(c->doc, c->args, key, out, err);
}

bool
case_text(const struct case_call *c, const char *key, const char **out, struct error *err)
{
    if (!argument(c, key))
        return error_set(err, ERR_MALFORMED, "the case has no argument '%s'", key);
    return json_opt_string(c->doc, c->args, key, out, err);
}

bool
case_opt_bool(const struct case_call *c, const char *key, bool *out, struct error *err)
{
    return !argument(c, key) || json_opt_bool(c->doc, c->args, key, out, err);
}

bool
case_opt_i64(const struct case_call *c, const char *key, int64_t *out, struct error *err)
{
    return !argument(c, key) || json_opt_i64(c->doc, c->args, key, out, err);
}

bool
case_names(const struct case_call *c, const char *key, const char ***out, size_t *n,
           struct error *err)
{
    const struct json *node = argument(c, key);
    const struct json *item;

    *n = 0;
    if (!node)
        return true;
    if (json_type(node) == JSON_STRING) {
        *out = arena_alloc(c->a, sizeof **out);
        (*out)[(*n)++] = json_text(node);
        return true;
    }
    if (json_type(node) != JSON_ARRAY)
        return json_fail(c->doc, node, err, ERR_MALFORMED, "must be a list of names");
    *out = arena_alloc(c->a, (json_count(node) + 1) * sizeof **out);
    for (item = json_first(node); item; item = json_next(item)) {
        if (json_type(item) != JSON_STRING)
            return json_fail(c->doc, item, err, ERR_MALFORMED, "a name must be a string");
        (*out)[(*n)++] = json_text(item);
    }
    return true;
}

bool
case_opt_cell(const struct case_call *c, const struct json *object, const char *key,
              struct cell *out, bool *present, struct error *err)
{
    const struct json *node = object ? json_get(object, key) : NULL;

    *present = node && json_type(node) != JSON_NULL;
    return !*present || fixture_read_cell(c->a, c->doc, node, out, err);
}

bool
case_cells(const struct case_call *c, const char *key, struct cell **out, size_t *n,
           struct error *err)
{
    const struct json *list = argument(c, key);

    *n = 0;
    if (!list || json_type(list) != JSON_ARRAY)
        return error_set(err, ERR_MALFORMED, "the case has no list '%s'", key);
    *out = arena_alloc(c->a, (json_count(list) + 1) * sizeof **out);
    for (const struct json *v = json_first(list); v; v = json_next(v))
        if (!fixture_read_cell(c->a, c->doc, v, &(*out)[(*n)++], err))
            return false;
    return true;
}

bool
case_integers(const struct case_call *c, const struct json *list, int64_t **out,
              size_t *n, struct error *err)
{
    bool one = list && json_type(list) == JSON_NUMBER;
    const struct json *v = one ? list : list ? json_first(list) : NULL;

    *n = 0;
    *out = arena_alloc(c->a, (one || !list ? 2 : json_count(list) + 1) * sizeof **out);
    for (; v; v = one ? NULL : json_next(v))
        if (!json_to_i64(v, &(*out)[(*n)++]))
            return json_fail(c->doc, v, err, ERR_MALFORMED, "not an integer");
    return true;
}

bool
case_opt_word(const struct case_call *c, const char *key, const char *const words[],
              int *out, struct error *err)
{
    const char *word = NULL;

    if (!case_opt_text(c, key, &word, err))
        return false;
    for (int i = 0; word && words[i]; i++)
        if (strcmp(words[i], word) == 0) {
            *out = i;
            return true;
        }
    return !word || raise_error(err, "ValueError", "%s '%s' is not valid", key, word);
}

bool
case_only(const struct case_call *c, const char *const keys[], struct error *err)
{
    return !c->args || json_only(c->doc, c->args, keys, err);
}
