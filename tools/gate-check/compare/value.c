/*
 * A walk over two trees with the JSON pointer of the current place in a buffer.
 * FrankenPandas' scalars have their own file (semantic.c), multisets theirs
 * (multiset.c); everything else is here.
 */
#include "compare/value.h"

#include "compare/multiset.h"
#include "compare/number.h"
#include "compare/semantic.h"
#include "compare/walk.h"

#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

bool
walk_differ(struct walk *w, const struct json *expected, const struct json *actual,
            const char *fmt, ...)
{
    va_list args;

    if (!w->out)
        return false;
    *w->out = (struct difference){.expected = expected, .actual = actual};
    (void)snprintf(w->out->at, sizeof w->out->at, "%s", w->at);
    va_start(args, fmt);
    (void)vsnprintf(w->out->detail, sizeof w->out->detail, fmt, args);
    va_end(args);
    return false;
}

size_t
walk_enter_key(struct walk *w, const char *key)
{
    size_t before = w->used;

    if (w->used + 2 < sizeof w->at)
        w->at[w->used++] = '/';
    for (; *key && w->used + 3 < sizeof w->at; key++) {
        if (*key == '~' || *key == '/') {
            w->at[w->used++] = '~';
            w->at[w->used++] = *key == '~' ? '0' : '1';
        } else {
            w->at[w->used++] = *key;
        }
    }
    w->at[w->used] = '\0';
    return before;
}

size_t
walk_enter_index(struct walk *w, size_t index)
{
    char text[24];

    (void)snprintf(text, sizeof text, "%zu", index);
    return walk_enter_key(w, text);
}

void
walk_leave(struct walk *w, size_t before)
{
    w->used = before;
    w->at[before] = '\0';
}

static bool
is_optional(const struct walk *w, const char *key)
{
    if (w->used != w->top || !w->rule->optional)
        return false;
    for (const char *const *o = w->rule->optional; *o; o++)
        if (strcmp(*o, key) == 0)
            return true;
    return false;
}

static bool
numbers_equal(struct walk *w, const struct json *expected, const struct json *actual)
{
    struct number e, a;
    double distance;

    if (!number_read(expected, &e) || !number_read(actual, &a))
        return walk_differ(w, expected, actual, "not numbers both");
    if (w->rule->kind == COMPARE_EXACT) {
        if (json_type(expected) == JSON_NUMBER &&
            strcmp(json_text(expected), json_text(actual)) == 0)
            return true;
        if (e.is_integer != a.is_integer)
            return walk_differ(w, expected, actual, "an integer is not a float");
        if (e.is_integer)
            return e.integer == a.integer ||
                   walk_differ(w, expected, actual, "integers differ");
        return number_identical(e.value, a.value) ||
               walk_differ(w, expected, actual, "floats differ");
    }
    if (w->rule->kind == COMPARE_CLOSE && e.is_integer && a.is_integer)
        return e.integer == a.integer ||
               walk_differ(w, expected, actual, "integers differ");
    return number_close(e.value, a.value, w->rule, &distance) ||
           walk_differ(w, expected, actual, "apart by %.17g, allowed %.17g", distance,
                       w->rule->tolerance);
}

static bool
objects_equal(struct walk *w, const struct json *expected, const struct json *actual)
{
    for (const struct json *e = json_first(expected); e; e = json_next(e)) {
        const struct json *a = json_get(actual, json_key(e));
        size_t before;
        bool same;

        if (!a && is_optional(w, json_key(e)))
            continue;
        before = walk_enter_key(w, json_key(e));
        same = a ? walk_equal(w, e, a) : walk_differ(w, e, NULL, "key is missing");
        walk_leave(w, before);
        if (!same)
            return false;
    }
    for (const struct json *a = json_first(actual); a; a = json_next(a)) {
        size_t before;

        if (json_get(expected, json_key(a)) ||
            (w->rule->kind == COMPARE_SEMANTIC && semantic_may_add(json_key(a))))
            continue;
        before = walk_enter_key(w, json_key(a));
        (void)walk_differ(w, NULL, a, "key was not expected");
        walk_leave(w, before);
        return false;
    }
    return true;
}

static bool
arrays_equal(struct walk *w, const struct json *expected, const struct json *actual)
{
    const struct json *e = json_first(expected), *a = json_first(actual);

    for (size_t i = 0; e || a; i++) {
        size_t before = walk_enter_index(w, i);
        bool same;

        if (!a)
            same = walk_differ(w, e, NULL, "array ends early: %zu elements, expected %zu",
                               i, json_count(expected));
        else if (!e)
            same = walk_differ(w, NULL, a, "array goes on: %zu elements, expected %zu",
                               json_count(actual), i);
        else
            same = walk_equal(w, e, a);
        walk_leave(w, before);
        if (!same)
            return false;
        e = json_next(e);
        a = json_next(a);
    }
    return true;
}

static bool
is_numeric(const struct walk *w, const struct json *node)
{
    struct number n;

    return json_type(node) == JSON_NUMBER ||
           (w->rule->kind != COMPARE_EXACT && number_read(node, &n));
}

bool
walk_equal(struct walk *w, const struct json *expected, const struct json *actual)
{
    enum json_type type = json_type(expected);
    bool decided, same = false;

    if (w->rule->kind == COMPARE_SEMANTIC) {
        decided = semantic_equal(w, expected, actual, &same);
        if (decided)
            return same;
    }
    if (is_numeric(w, expected) && is_numeric(w, actual))
        return numbers_equal(w, expected, actual);
    if (type != json_type(actual))
        return walk_differ(w, expected, actual, "expected %s, got %s",
                           json_type_name(type), json_type_name(json_type(actual)));
    switch (type) {
    case JSON_OBJECT: return objects_equal(w, expected, actual);
    case JSON_ARRAY:
        if (w->rule->unordered && w->used == w->top)
            return multiset_equal(w, expected, actual);
        return arrays_equal(w, expected, actual);
    case JSON_STRING:
        return strcmp(json_text(expected), json_text(actual)) == 0 ||
               walk_differ(w, expected, actual, "strings differ");
    case JSON_BOOL:
        return json_is_true(expected) == json_is_true(actual) ||
               walk_differ(w, expected, actual, "booleans differ");
    case JSON_NUMBER:
    case JSON_NULL: break;
    }
    return true;
}

bool
value_equal(const struct json *expected, const struct json *actual,
            const struct compare_rule *rule, struct difference *out)
{
    struct walk w = {.rule = rule, .out = out};

    return walk_equal(&w, expected, actual);
}

bool
value_member_equal(const char *name, const struct json *expected,
                   const struct json *actual, const struct compare_rule *rule,
                   struct difference *out)
{
    struct walk w = {.rule = rule, .out = out};

    (void)walk_enter_key(&w, name);
    w.top = w.used;
    if (!actual)
        return walk_differ(&w, expected, NULL, "key is missing");
    if (!expected)
        return walk_differ(&w, NULL, actual, "key was not expected");
    return walk_equal(&w, expected, actual);
}
