/*
 * The rule of FrankenPandas' comparator: any null kind equals any null kind and a
 * NaN float; floats equal when their relative difference is below 1e-14; other
 * kinds must agree, and int64 is not float64.  Labels (everything below "index")
 * are exact.
 */
#include "compare/semantic.h"

#include "compare/number.h"

#include <math.h>
#include <string.h>

static bool
is_scalar(const struct json *node)
{
    const struct json *kind = json_get(node, "kind");

    return kind && json_type(kind) == JSON_STRING && json_get(node, "value") &&
           json_count(node) == 2;
}

static const char *
kind_of(const struct json *scalar)
{
    const char *kind = json_text(json_get(scalar, "kind"));

    return strcmp(kind, "str") == 0 || strcmp(kind, "string") == 0 ? "utf8" : kind;
}

static bool
is_missing(const struct json *scalar)
{
    struct number n;

    if (strcmp(kind_of(scalar), "null") == 0)
        return true;
    return strcmp(kind_of(scalar), "float64") == 0 &&
           number_read(json_get(scalar, "value"), &n) && isnan(n.value);
}

static bool
floats_equal(struct walk *w, const struct json *expected, const struct json *actual)
{
    struct number e, a;
    double distance;

    if (!number_read(json_get(expected, "value"), &e) ||
        !number_read(json_get(actual, "value"), &a))
        return walk_differ(w, expected, actual, "a float64 has no number");
    if (w->in_labels)
        return e.value == a.value ||
               walk_differ(w, expected, actual, "labels are compared exactly");
    return number_close(e.value, a.value, w->rule, &distance) ||
           walk_differ(w, expected, actual, "relative difference %.17g, allowed below %g",
                       distance, w->rule->tolerance);
}

static bool
scalars_equal(struct walk *w, const struct json *expected, const struct json *actual)
{
    struct compare_rule exact = {.kind = COMPARE_EXACT};
    struct walk inner = *w;

    if (!w->in_labels && is_missing(expected) && is_missing(actual))
        return true;
    if (strcmp(kind_of(expected), kind_of(actual)) != 0)
        return walk_differ(w, expected, actual, "kind %s, expected %s", kind_of(actual),
                           kind_of(expected));
    if (strcmp(kind_of(expected), "float64") == 0)
        return floats_equal(w, expected, actual);
    inner.rule = &exact;
    (void)walk_enter_key(&inner, "value");
    return walk_equal(&inner, json_get(expected, "value"), json_get(actual, "value"));
}

bool
semantic_equal(struct walk *w, const struct json *expected, const struct json *actual,
               bool *same)
{
    const char *key = json_key(expected);

    if (is_scalar(expected) && is_scalar(actual)) {
        *same = scalars_equal(w, expected, actual);
        return true;
    }
    if (!w->in_labels && key &&
        (strcmp(key, "index") == 0 || strcmp(key, "union_index") == 0)) {
        w->in_labels = true;
        *same = walk_equal(w, expected, actual);
        w->in_labels = false;
        return true;
    }
    return false;
}

bool
semantic_may_add(const char *key)
{
    return strcmp(key, "name") == 0 || strcmp(key, "column_order") == 0;
}
