/* json_want.c: typed access to members, with errors that say where. */
#define COMMON_JSON_WANT_C
#include "buf.h"
#include "json_in.h"

#include <assert.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

/* A key as a step of a JSON pointer (RFC 6901). */
static void
put_step(struct buf *path, const char *key)
{
    buf_putc(path, '/');
    for (; *key; key++) {
        if (*key == '~')
            buf_puts(path, "~0");
        else if (*key == '/')
            buf_puts(path, "~1");
        else
            buf_putc(path, *key);
    }
}

/* Append the path from `from` down to `node`; false when it is not there. */
static bool
find(const struct json *from, const struct json *node, struct buf *path)
{
    size_t size = path->size, index = 0;

    if (from == node)
        return true;
    for (const struct json *n = json_first(from); n; n = json_next(n), index++) {
        if (json_key(n))
            put_step(path, json_key(n));
        else
            buf_printf(path, "/%zu", index);
        if (find(n, node, path))
            return true;
        path->size = size;
    }
    return false;
}

bool
json_fail(const struct json_doc *doc, const struct json *node, struct error *err,
          enum error_class class, const char *fmt, ...)
{
    char message[sizeof err->message];
    struct buf path = {0};
    va_list args;

    va_start(args, fmt);
    (void)vsnprintf(message, sizeof message, fmt, args);
    va_end(args);
    (void)error_set(err, class, "%s", message);
    if (find(json_root(doc), node, &path))
        (void)error_at(err, "%s", buf_string(&path));
    buf_clear(&path);
    return false;
}

static bool
wrong_type(const struct json_doc *doc, const struct json *object, const char *key,
           const char *wanted, struct error *err)
{
    const struct json *node = json_get(object, key);
    enum json_type type = json_type(node);

    if (type == JSON_NUMBER)
        return json_fail(doc, object, err, ERR_MALFORMED, "\"%s\" must be %s, not %.64s",
                         key, wanted, json_text(node));
    return json_fail(doc, object, err, ERR_MALFORMED, "\"%s\" must be %s, not %s", key,
                     wanted, json_type_name(type));
}

static bool
missing(const struct json_doc *doc, const struct json *object, const char *key,
        struct error *err)
{
    return json_fail(doc, object, err, ERR_MALFORMED, "missing key \"%s\"", key);
}

/* *out is the member, or NULL when there is none. */
static bool
lookup(const struct json_doc *doc, const struct json *object, const char *key,
       const struct json **out, struct error *err)
{
    if (json_type(object) != JSON_OBJECT)
        return json_fail(doc, object, err, ERR_MALFORMED, "must be an object, not %s",
                         json_type_name(json_type(object)));
    *out = json_get(object, key);
    return true;
}

bool
json_opt(const struct json_doc *doc, const struct json *object, const char *key,
         enum json_type type, const struct json **out, struct error *err)
{
    static const char *const wanted[] = {
        [JSON_NULL] = "null",       [JSON_BOOL] = "true or false",
        [JSON_NUMBER] = "a number", [JSON_STRING] = "a string",
        [JSON_ARRAY] = "an array",  [JSON_OBJECT] = "an object"};
    const struct json *node = NULL;

    if (!lookup(doc, object, key, &node, err))
        return false;
    if (!node)
        return true;
    if (json_type(node) != type)
        return wrong_type(doc, object, key, wanted[type], err);
    *out = node;
    return true;
}

bool
json_want(const struct json_doc *doc, const struct json *object, const char *key,
          enum json_type type, const struct json **out, struct error *err)
{
    const struct json *node = NULL;

    if (!json_opt(doc, object, key, type, &node, err))
        return false;
    if (!node)
        return missing(doc, object, key, err);
    *out = node;
    return true;
}

bool
json_opt_string(const struct json_doc *doc, const struct json *object, const char *key,
                const char **out, struct error *err)
{
    const struct json *node = NULL;

    if (!json_opt(doc, object, key, JSON_STRING, &node, err))
        return false;
    if (node)
        *out = json_text(node);
    return true;
}

bool
json_opt_bool(const struct json_doc *doc, const struct json *object, const char *key,
              bool *out, struct error *err)
{
    const struct json *node = NULL;

    if (!json_opt(doc, object, key, JSON_BOOL, &node, err))
        return false;
    if (node)
        *out = json_is_true(node);
    return true;
}

bool
json_opt_i64(const struct json_doc *doc, const struct json *object, const char *key,
             int64_t *out, struct error *err)
{
    const struct json *node = NULL;

    if (!lookup(doc, object, key, &node, err))
        return false;
    if (node && !json_to_i64(node, out))
        return wrong_type(doc, object, key, "a 64-bit integer", err);
    return true;
}

bool
json_opt_u64(const struct json_doc *doc, const struct json *object, const char *key,
             uint64_t *out, struct error *err)
{
    const struct json *node = NULL;

    if (!lookup(doc, object, key, &node, err))
        return false;
    if (node && !json_to_u64(node, out))
        return wrong_type(doc, object, key, "an unsigned 64-bit integer", err);
    return true;
}

bool
json_want_string(const struct json_doc *doc, const struct json *object, const char *key,
                 const char **out, struct error *err)
{
    const struct json *node = NULL;

    if (!json_want(doc, object, key, JSON_STRING, &node, err))
        return false;
    *out = json_text(node);
    return true;
}

bool
json_want_bool(const struct json_doc *doc, const struct json *object, const char *key,
               bool *out, struct error *err)
{
    const struct json *node = NULL;

    if (!json_want(doc, object, key, JSON_BOOL, &node, err))
        return false;
    *out = json_is_true(node);
    return true;
}

bool
json_want_i64(const struct json_doc *doc, const struct json *object, const char *key,
              int64_t *out, struct error *err)
{
    return json_opt_i64(doc, object, key, out, err) &&
           (json_get(object, key) || missing(doc, object, key, err));
}

bool
json_want_u64(const struct json_doc *doc, const struct json *object, const char *key,
              uint64_t *out, struct error *err)
{
    return json_opt_u64(doc, object, key, out, err) &&
           (json_get(object, key) || missing(doc, object, key, err));
}

bool
json_want_f64(const struct json_doc *doc, const struct json *object, const char *key,
              double *out, struct error *err)
{
    const struct json *node = NULL;

    if (!lookup(doc, object, key, &node, err))
        return false;
    if (!node)
        return missing(doc, object, key, err);
    if (!json_to_f64(node, out))
        return wrong_type(doc, object, key, "a number", err);
    return true;
}

bool
json_only(const struct json_doc *doc, const struct json *object, const char *const keys[],
          struct error *err)
{
    const struct json *node = NULL;

    if (json_type(object) != JSON_OBJECT)
        return json_fail(doc, object, err, ERR_MALFORMED, "must be an object, not %s",
                         json_type_name(json_type(object)));
    for (node = json_first(object); node; node = json_next(node)) {
        size_t i = 0;

        while (keys[i] && strcmp(keys[i], json_key(node)) != 0)
            i++;
        if (!keys[i])
            return json_fail(doc, object, err, ERR_UNKNOWN_FIELD, "unknown key \"%s\"",
                             json_key(node));
    }
    return true;
}
