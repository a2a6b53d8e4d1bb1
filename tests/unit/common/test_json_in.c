/* Trees: content, exact numbers, limits, duplicate keys, members and their errors. */
#include "common/json_build.h"
#include "common/json_in.h"

#include "common/buf.h"
#include "test.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

static struct json_doc *
parse(const char *text)
{
    struct json_doc *doc;
    struct error err = {0};

    if (!json_parse(&doc, text, strlen(text), NULL, &err)) {
        (void)fprintf(stderr, "%s: %s: %s\n", text, err.at, err.message);
        exit(1);
    }
    return doc;
}

static void
test_tree(void)
{
    struct json_doc *doc =
        parse("{\"a\":[1,-2.5e3,\"x\",true,false,null,{}],\"A\":\"b\"}");
    const struct json *root = json_root(doc), *a = json_get(root, "a"), *n;
    static const enum json_type types[] = {JSON_NUMBER, JSON_NUMBER, JSON_STRING,
                                           JSON_BOOL,   JSON_BOOL,   JSON_NULL,
                                           JSON_OBJECT};
    size_t i = 0;

    CHECK(json_type(root) == JSON_OBJECT && json_count(root) == 2 && !json_key(root));
    CHECK(json_type(a) == JSON_ARRAY && json_count(a) == 7);
    CHECK(strcmp(json_key(a), "a") == 0);
    CHECK(strcmp(json_text(json_get(root, "A")), "b") == 0);
    CHECK(!json_get(root, "b") && !json_get(a, "a") && !json_get(NULL, "a"));
    for (n = json_first(a); n; n = json_next(n), i++)
        CHECK(json_type(n) == types[i] && !json_key(n));
    n = json_first(a);
    CHECK(strcmp(json_text(n), "1") == 0);
    CHECK(strcmp(json_text(json_next(n)), "-2.5e3") == 0);
    CHECK(json_is_true(json_next(json_next(json_next(n)))) && !json_is_true(n));
    CHECK(strcmp(json_type_name(JSON_OBJECT), "object") == 0);
    json_free(doc);
    json_free(NULL);
}

static void
test_numbers(void)
{
    struct json_doc *doc =
        parse("[9223372036854775807,-9223372036854775808,"
              "18446744073709551615,9007199254740993,1.0,\"NaN\",\"1\","
              "\"-Infinity\",1e400,123456789012345678901234567890"
              "1234567890123456789012345678901234567890,true]");
    const struct json *n[11];
    uint64_t u;
    int64_t i;
    double x;

    n[0] = json_first(json_root(doc));
    for (size_t k = 1; k < 11; k++)
        n[k] = json_next(n[k - 1]);
    CHECK(json_to_i64(n[0], &i) && i == INT64_MAX);
    CHECK(json_to_i64(n[1], &i) && i == INT64_MIN && !json_to_u64(n[1], &u));
    CHECK(json_to_u64(n[2], &u) && u == UINT64_MAX && !json_to_i64(n[2], &i));
    CHECK(json_to_i64(n[3], &i) && i == INT64_C(9007199254740993));
    CHECK(!json_to_i64(n[4], &i) && json_to_f64(n[4], &x) && x == 1);
    CHECK(json_to_f64(n[5], &x) && isnan(x));
    CHECK(!json_to_f64(n[6], &x) && !json_to_i64(n[6], &i));
    CHECK(json_to_f64(n[7], &x) && isinf(x) && x < 0);
    CHECK(!json_to_f64(n[8], &x));
    CHECK(json_to_f64(n[9], &x) && x > 1.2e69 && x < 1.3e69);
    CHECK(!json_to_f64(n[10], &x));
    json_free(doc);
}

static bool
fails(const char *text, const struct json_limits *limits, enum error_class class,
      const char *at, const char *message)
{
    struct json_doc *doc;
    struct error err = {0};

    if (json_parse(&doc, text, strlen(text), limits, &err)) {
        json_free(doc);
        return false;
    }
    if (err.class == class && strcmp(err.at, at) == 0 &&
        strcmp(err.message, message) == 0)
        return !doc;
    (void)fprintf(stderr, "%s: %s\n", err.at, err.message);
    return false;
}

static void
test_limits(void)
{
    const struct json_limits limits = {.size = 12, .nodes = 3, .depth = 2};

    CHECK(fails("[1,2,3]", &limits, ERR_LIMIT, "1:6", "more than 3 values"));
    CHECK(fails("[[[]]]", &limits, ERR_LIMIT, "1:3", "nested more than 2 deep"));
    CHECK(fails("[             ]", &limits, ERR_LIMIT, "",
                "text of 15 octets is over the limit of 12"));
    CHECK(
        fails("{\"a\":1,\n\"a\":2}", NULL, ERR_MALFORMED, "2:1", "duplicate key \"a\""));
    CHECK(fails("{\"a\":{\"b\":1,\"\\u0062\":2}}", NULL, ERR_MALFORMED, "1:13",
                "duplicate key \"b\""));
    CHECK(fails("{\"a\":1", NULL, ERR_MALFORMED, "1:7",
                "unexpected end of text, expected ',' or '}'"));
    json_free(parse("[{\"a\":{\"a\":1}},{\"a\":1,\"A\":2,\"\":3}]"));
}

/* Of few keys and of several more, each may be the one that is repeated. */
static void
test_each_repeated(void)
{
    enum { MOST = 20 };

    for (int n = 1; n <= MOST; n++) {
        for (int again = 0; again <= n; again++) { /* again == n: none is */
            char message[64];
            struct buf text = {0};
            struct json_doc *doc = NULL;
            struct error err = {0};
            bool ok;

            buf_putc(&text, '{');
            for (int i = 0; i < n; i++)
                buf_printf(&text, "\"k%d\":{\"k0\":1},", i);
            buf_printf(&text, "\"k%d\":0}", again);
            ok = json_parse(&doc, (const char *)text.data, text.size, NULL, &err);
            (void)snprintf(message, sizeof(message), "duplicate key \"k%d\"", again);
            CHECK(ok == (again == n));
            CHECK(ok || strcmp(err.message, message) == 0);
            if (ok)
                json_free(doc);
            buf_clear(&text);
        }
    }
}

/* Many keys: none is taken for another, and the last repeats the first. */
static void
test_many_keys(void)
{
    struct buf text = {0};
    struct json_doc *doc;
    struct error err = {0};
    enum { COUNT = 20000 };

    buf_putc(&text, '{');
    for (int i = 0; i < COUNT; i++)
        buf_printf(&text, "\"key %d\":%d,", i, i);
    buf_puts(&text, "\"last\":0}");
    CHECK(json_parse(&doc, (const char *)text.data, text.size, NULL, &err));
    CHECK(doc && json_count(json_root(doc)) == COUNT + 1);
    json_free(doc);
    text.size -= strlen("\"last\":0}");
    buf_puts(&text, "\"key 7\":0}");
    CHECK(!json_parse(&doc, (const char *)text.data, text.size, NULL, &err));
    CHECK(strcmp(err.message, "duplicate key \"key 7\"") == 0);
    buf_clear(&text);
}

static void
test_members(void)
{
    struct json_doc *doc = parse("{\"s\":\"x\",\"b\":true,\"i\":-5,\"u\":7,\"f\":2.5,"
                                 "\"deep\":[{},{\"a/b\":{\"~\":{\"k\":1}}}]}");
    const struct json *root = json_root(doc), *deep, *node = NULL;
    const char *text = NULL;
    struct error err = {0};
    bool b = false;
    int64_t i = 1;
    uint64_t u = 1;
    double x = 0;

    CHECK(json_want_string(doc, root, "s", &text, &err) && strcmp(text, "x") == 0);
    CHECK(json_want_bool(doc, root, "b", &b, &err) && b);
    CHECK(json_want_i64(doc, root, "i", &i, &err) && i == -5);
    CHECK(json_want_u64(doc, root, "u", &u, &err) && u == 7);
    CHECK(json_want_f64(doc, root, "f", &x, &err) && x == 2.5);
    CHECK(json_opt_string(doc, root, "none", &text, &err) && strcmp(text, "x") == 0);
    CHECK(json_opt_bool(doc, root, "none", &b, &err) && b);
    CHECK(json_opt_i64(doc, root, "none", &i, &err) && i == -5);
    CHECK(json_opt_u64(doc, root, "none", &u, &err) && u == 7);
    CHECK(json_want(doc, root, "deep", JSON_ARRAY, &deep, &err));
    CHECK(json_opt(doc, root, "none", JSON_ARRAY, &node, &err) && !node);
    CHECK(err.class == ERR_NONE);

    CHECK(!json_want_string(doc, root, "none", &text, &err));
    CHECK(strcmp(err.message, "missing key \"none\"") == 0 && err.class == ERR_MALFORMED);
    CHECK(!json_want_i64(doc, root, "none", &i, &err));
    CHECK(strcmp(err.message, "missing key \"none\"") == 0);
    CHECK(!json_want_u64(doc, root, "i", &u, &err));
    CHECK(strcmp(err.message, "\"i\" must be an unsigned 64-bit integer, not -5") == 0);
    CHECK(!json_want_f64(doc, root, "s", &x, &err));
    CHECK(strcmp(err.message, "\"s\" must be a number, not string") == 0);
    CHECK(!json_opt_bool(doc, root, "s", &b, &err));
    CHECK(strcmp(err.message, "\"s\" must be true or false, not string") == 0);
    CHECK(!json_want_string(doc, deep, "s", &text, &err));
    CHECK(strcmp(err.at, "/deep") == 0);
    CHECK(strcmp(err.message, "must be an object, not array") == 0);

    node = json_first(json_first(json_next(json_first(deep))));
    CHECK(!json_want_string(doc, node, "k", &text, &err));
    CHECK(strcmp(err.at, "/deep/1/a~1b/~0") == 0);
    CHECK(json_only(doc, node, (const char *const[]){"j", "k", NULL}, &err));
    CHECK(!json_only(doc, node, (const char *const[]){"j", NULL}, &err));
    CHECK(err.class == ERR_UNKNOWN_FIELD &&
          strcmp(err.message, "unknown key \"k\"") == 0);
    json_free(doc);
}

static void
test_build(void)
{
    struct json_doc *doc = json_build_begin();
    const struct json *n;

    json_build_object(doc, NULL);
    json_build_array(doc, "list");
    json_build_number(doc, NULL, "1.50");
    json_build_null(doc, NULL);
    json_build_object(doc, NULL);
    json_build_end(doc);
    json_build_end(doc);
    json_build_bool(doc, "b", true);
    json_build_string(doc, "s", "text");
    json_build_end(doc);
    n = json_get(json_root(doc), "list");
    CHECK(json_count(n) == 3 && strcmp(json_text(json_first(n)), "1.50") == 0);
    CHECK(json_is_true(json_get(json_root(doc), "b")));
    CHECK(strcmp(json_text(json_get(json_root(doc), "s")), "text") == 0);
    json_free(doc);
}

static void
test_open(void)
{
    struct json_doc *doc;
    struct error err = {0};

    CHECK(!json_open(&doc, "/nonexistent/file.json", NULL, &err) && !doc);
    CHECK(err.class == ERR_IO && strcmp(err.path, "/nonexistent/file.json") == 0);
    CHECK(!json_open(&doc, "/dev/null", NULL, &err));
    CHECK(err.class == ERR_MALFORMED && strcmp(err.path, "/dev/null") == 0);
    CHECK(strcmp(err.at, "1:1") == 0);
}

int
main(void)
{
    test_tree();
    test_numbers();
    test_limits();
    test_each_repeated();
    test_many_keys();
    test_members();
    test_build();
    test_open();
    return test_failures != 0;
}
