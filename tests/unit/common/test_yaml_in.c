/* YAML as JSON trees: layouts, types, and all that is refused, with places. */
#include "common/json_out.h"
#include "common/yaml_in.h"

#include "test.h"

#include <stdlib.h>
#include <string.h>

static bool
reads_as(const char *yaml, const char *json)
{
    struct json_doc *doc;
    struct error err = {0};
    struct json_out j;
    char *text = NULL;
    size_t size;
    FILE *stream;
    bool same;

    if (!yaml_parse(&doc, yaml, strlen(yaml), NULL, &err)) {
        (void)fprintf(stderr, "%s\n%s: %s\n", yaml, err.at, err.message);
        return false;
    }
    stream = open_memstream(&text, &size);
    json_start(&j, stream, JSON_LINE);
    json_node(&j, NULL, json_root(doc));
    (void)fclose(stream);
    text[strlen(text) - 1] = '\0';
    same = strcmp(text, json) == 0;
    if (!same)
        (void)fprintf(stderr, "%s\n", text);
    free(text);
    json_free(doc);
    return same;
}

static void
test_types(void)
{
    CHECK(reads_as("[null, true, false, 1, -0, 1.5e-3, 123456789012345678901]",
                   "[null,true,false,1,-0,1.5e-3,123456789012345678901]"));
    CHECK(reads_as(
        "[yes, on, Null, ~, True, 0x1f, 1_000, 01, +1, .5, 1., .inf, .nan, NaN]",
        "[\"yes\",\"on\",\"Null\",\"~\",\"True\",\"0x1f\",\"1_000\",\"01\",\"+1\","
        "\".5\",\"1.\",\".inf\",\".nan\",\"NaN\"]"));
    CHECK(reads_as("['1', \"true\", '', \"a\\n\\u00e9\"]",
                   "[\"1\",\"true\",\"\",\"a\\n\xc3\xa9\"]"));
    CHECK(reads_as("a:\nb: ~\n", "{\"a\":null,\"b\":\"~\"}"));
    CHECK(reads_as("1: x\ntrue: y\n'<<': z\n",
                   "{\"1\":\"x\",\"true\":\"y\",\"<<\":\"z\"}"));
    CHECK(reads_as("2026-01-01", "\"2026-01-01\"") && reads_as("- 1 2", "[\"1 2\"]"));
}

static void
test_layouts(void)
{
    CHECK(reads_as(
        "# c\n---\nschema: x/1\nlist:\n  - a: 1\n    b: [1, {c: d}]\n  -\n    - 2\n",
        "{\"schema\":\"x/1\",\"list\":[{\"a\":1,\"b\":[1,{\"c\":\"d\"}]},[2]]}"));
    CHECK(reads_as("a: |\n  x\n  y\nb: >-\n  x\n  y\n",
                   "{\"a\":\"x\\ny\\n\",\"b\":\"x y\"}"));
    CHECK(reads_as("{\"a\": {\"b\": []}, \"c\": {}}", "{\"a\":{\"b\":[]},\"c\":{}}"));
    CHECK(reads_as("---\na: 1\n...\n", "{\"a\":1}"));
}

static void
test_refused(void)
{
    static const struct {
        const char *text, *at, *message;
        enum error_class class;
    } bad[] = {
        {"", "1:1", "no document", ERR_MALFORMED},
        {"# only\n", "2:1", "no document", ERR_MALFORMED},
        {"a: &x 1\n", "1:4", "anchors are not supported", ERR_UNSUPPORTED},
        {"a: &x [1]\n", "1:4", "anchors are not supported", ERR_UNSUPPORTED},
        {"a: *x\n", "1:4", "aliases are not supported", ERR_UNSUPPORTED},
        {"a: !!str 1\n", "1:4", "tags are not supported", ERR_UNSUPPORTED},
        {"a: !x {}\n", "1:4", "tags are not supported", ERR_UNSUPPORTED},
        {"a: ! 1\n", "1:4", "tags are not supported", ERR_UNSUPPORTED},
        {"<<: {a: 1}\n", "1:1", "merge keys are not supported", ERR_UNSUPPORTED},
        {"a: 1\nb: 2\n\"a\": 3\n", "3:1", "duplicate key \"a\"", ERR_MALFORMED},
        {"x: {b: 1, b: 2}\n", "1:11", "duplicate key \"b\"", ERR_MALFORMED},
        {"[a]: 1\n", "1:1", "a key must be a scalar", ERR_UNSUPPORTED},
        {"? {a: 1}\n: 1\n", "1:3", "a key must be a scalar", ERR_UNSUPPORTED},
        {"?\n: 1\n", "1:2", "empty key", ERR_MALFORMED},
        {"a: 1\n---\nb: 1\n", "2:1", "more than one document", ERR_UNSUPPORTED},
        {"%YAML 1.1\n---\na: 1\n", "1:1", "directives are not supported",
         ERR_UNSUPPORTED},
        {"a: \"x\\0y\"\n", "1:4", "strings with \\0 are not supported", ERR_UNSUPPORTED},
        {"a:\n\tb: 1\n", "2:1",
         "found character that cannot start any token, while scanning for the next token",
         ERR_MALFORMED},
        {"a: [1, 2\nb: 3\n", "2:2",
         "did not find expected ',' or ']', while parsing a flow sequence",
         ERR_MALFORMED},
        {"a: \"\\ud800\"\n", "1:7",
         "found invalid Unicode character escape code, while parsing a quoted scalar",
         ERR_MALFORMED},
        {"a: \xff\n", "byte 3", "invalid leading UTF-8 octet", ERR_MALFORMED},
    };

    for (size_t i = 0; i < COUNT_OF(bad); i++) {
        struct json_doc *doc;
        struct error err = {0};

        CHECK(!yaml_parse(&doc, bad[i].text, strlen(bad[i].text), NULL, &err) && !doc);
        CHECK(err.class == bad[i].class);
        if (strcmp(err.at, bad[i].at) != 0 || strcmp(err.message, bad[i].message) != 0) {
            (void)fprintf(stderr, "%s\n%s: %s\n", bad[i].text, err.at, err.message);
            test_failures++;
        }
    }
}

static void
test_limits(void)
{
    const struct json_limits limits = {.size = 20, .nodes = 3, .depth = 2};
    struct json_doc *doc;
    struct error err = {0};

    CHECK(!yaml_parse(&doc, "[1,2,3]", 7, &limits, &err));
    CHECK(strcmp(err.at, "1:6") == 0 && strcmp(err.message, "more than 3 values") == 0);
    CHECK(!yaml_parse(&doc, "- - - 1", 7, &limits, &err) && err.class == ERR_LIMIT);
    CHECK(strcmp(err.at, "1:5") == 0 &&
          strcmp(err.message, "nested more than 2 deep") == 0);
    CHECK(!yaml_parse(&doc, "aaaaaaaaaaaaaaaaaaaaa", 21, &limits, &err));
    CHECK(strcmp(err.message, "text of 21 octets is over the limit of 20") == 0);
    CHECK(!yaml_parse(&doc, "a: \0", 4, NULL, &err));
    CHECK(!yaml_open(&doc, "/dev/null", NULL, &err) &&
          strcmp(err.path, "/dev/null") == 0);
}

int
main(void)
{
    test_types();
    test_layouts();
    test_refused();
    test_limits();
    return test_failures != 0;
}
