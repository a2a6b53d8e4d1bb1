#include "evidence/field.h"

#include <math.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>

static const char rule[] = "field";

const char *
field_at(const struct evidence *e, const struct json *node, const char *key,
         char out[static FIELD_AT_SIZE])
{
    struct error err = {0};

    /* The document knows its pointers; json_fail() writes them into an error. */
    (void)json_fail(e->doc, node, &err, ERR_MALFORMED, "%s", "");
    (void)snprintf(out, FIELD_AT_SIZE, "%.180s%s%.60s",
                   strcmp(err.at, "/") == 0 ? "" : err.at, key ? "/" : "",
                   key ? key : "");
    return out;
}

static const struct json *
member(const struct evidence *e, const struct json *object, const char *key)
{
    const struct json *node = json_get(object, key);
    char at[FIELD_AT_SIZE];

    if (!node)
        (void)judge(e->judgement, REASON_EVIDENCE_MISSING, rule, e->file,
                    field_at(e, object, NULL, at), "key \"%s\" is missing", key);
    return node;
}

static bool
wrong_type(const struct evidence *e, const struct json *node, const char *want)
{
    char at[FIELD_AT_SIZE];
    struct reason *r =
        judge(e->judgement, REASON_TYPE_ERROR, rule, e->file, field_at(e, node, NULL, at),
              "expected %s, got %s", want, json_type_name(json_type(node)));

    if (json_type(node) == JSON_STRING || json_type(node) == JSON_NUMBER)
        reason_values(e->judgement, r, json_text(node), NULL);
    return false;
}

static bool
out_of_range(const struct evidence *e, const struct json *node, const char *why)
{
    char at[FIELD_AT_SIZE];
    struct reason *r = judge(e->judgement, REASON_RANGE_ERROR, rule, e->file,
                             field_at(e, node, NULL, at), "%s", why);

    reason_values(e->judgement, r, json_text(node), NULL);
    return false;
}

static bool
typed(const struct evidence *e, const struct json *object, const char *key,
      enum json_type type, const struct json **out)
{
    *out = member(e, object, key);
    if (!*out)
        return false;
    return json_type(*out) == type || wrong_type(e, *out, json_type_name(type));
}

bool
field_object(const struct evidence *e, const struct json *object, const char *key,
             const struct json **out)
{
    return typed(e, object, key, JSON_OBJECT, out);
}

bool
field_array(const struct evidence *e, const struct json *object, const char *key,
            const struct json **out)
{
    return typed(e, object, key, JSON_ARRAY, out);
}

bool
field_text(const struct evidence *e, const struct json *object, const char *key,
           const char **out)
{
    const struct json *node;

    if (!typed(e, object, key, JSON_STRING, &node))
        return false;
    *out = json_text(node);
    return true;
}

bool
field_bool(const struct evidence *e, const struct json *object, const char *key,
           bool *out)
{
    const struct json *node;

    if (!typed(e, object, key, JSON_BOOL, &node))
        return false;
    *out = json_is_true(node);
    return true;
}

/* YAML's and others' spellings of what is not finite, in a file that knows only text. */
static bool
spells_non_finite(const char *text)
{
    static const char *const words[] = {".inf", ".nan", "inf", "nan", "infinity"};

    text += *text == '-' || *text == '+';
    for (size_t i = 0; i < COUNT_OF(words); i++)
        if (strcasecmp(text, words[i]) == 0)
            return true;
    return false;
}

static const struct json *
number(const struct evidence *e, const struct json *object, const char *key)
{
    const struct json *node = member(e, object, key);

    if (!node || json_type(node) == JSON_NUMBER)
        return node;
    if (json_type(node) == JSON_STRING && spells_non_finite(json_text(node)))
        (void)out_of_range(e, node, "not a finite number");
    else
        (void)wrong_type(e, node, "number");
    return NULL;
}

bool
field_u64(const struct evidence *e, const struct json *object, const char *key,
          uint64_t *out)
{
    const struct json *node = number(e, object, key);
    double value;

    if (!node)
        return false;
    if (json_to_u64(node, out))
        return true;
    if (!json_to_f64(node, &value) || !isfinite(value) || value < 0 || value >= 0x1p64)
        return out_of_range(e, node, "not a whole number from 0 to 2^64-1");
    return wrong_type(e, node, "whole number");
}

bool
field_f64(const struct evidence *e, const struct json *object, const char *key,
          double low, double high, double *out)
{
    const struct json *node = number(e, object, key);
    char why[80];

    if (!node)
        return false;
    if (json_to_f64(node, out) && isfinite(*out) && *out >= low && *out <= high)
        return true;
    (void)snprintf(why, sizeof why, "not a finite number from %g to %g", low, high);
    return out_of_range(e, node, why);
}

bool
field_is(const struct evidence *e, const struct json *object, const char *key,
         const char *want, enum reason_class class)
{
    const char *text;
    char at[FIELD_AT_SIZE];
    struct reason *r;

    if (!field_text(e, object, key, &text))
        return false;
    if (strcmp(text, want) == 0)
        return true;
    r = judge(e->judgement, class, rule, e->file, field_at(e, object, key, at),
              "%s is '%.40s%s', not '%.40s%s'", key, text, strlen(text) > 40 ? "..." : "",
              want, strlen(want) > 40 ? "..." : "");
    reason_values(e->judgement, r, text, want);
    return false;
}

bool
field_schema(const struct evidence *e, const char *schema)
{
    const struct json *root = json_root(e->doc);

    if (json_type(root) != JSON_OBJECT)
        return wrong_type(e, root, "object");
    return field_is(e, root, "schema", schema, REASON_UNSUPPORTED);
}

bool
field_only(const struct evidence *e, const struct json *object, const char *const keys[])
{
    bool ok = true;

    if (json_type(object) != JSON_OBJECT)
        return wrong_type(e, object, "object");
    for (const struct json *m = json_first(object); m; m = json_next(m)) {
        char at[FIELD_AT_SIZE];
        size_t i = 0;

        while (keys[i] && strcmp(keys[i], json_key(m)) != 0)
            i++;
        if (keys[i])
            continue;
        ok = false;
        (void)judge(e->judgement, REASON_UNKNOWN_KEY, rule, e->file,
                    field_at(e, object, json_key(m), at), "unknown key \"%s\"",
                    json_key(m));
    }
    return ok;
}
