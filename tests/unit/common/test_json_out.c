/* The one layout of each call sequence, and read-write round trips. */
#include "common/json_out.h"

#include "test.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

static void
write_sample(struct json_out *j)
{
    json_object(j, NULL);
    json_string(j, "schema", "x/1");
    json_array(j, "empty");
    json_end(j);
    json_object(j, "none");
    json_end(j);
    json_array(j, "list");
    json_null(j, NULL);
    json_bool(j, NULL, true);
    json_i64(j, NULL, INT64_MIN);
    json_u64(j, NULL, UINT64_MAX);
    json_f64(j, NULL, 1);
    json_f64(j, NULL, 1e-7);
    json_f64(j, NULL, (double)NAN);
    json_f64(j, NULL, -(double)INFINITY);
    json_raw(j, NULL, "1.50", 4);
    json_end(j);
    json_stringf(j, "f", "%d-%s", 7, "\t");
    json_end(j);
}

static const char pretty[] = "{\n"
                             "  \"schema\": \"x/1\",\n"
                             "  \"empty\": [],\n"
                             "  \"none\": {},\n"
                             "  \"list\": [\n"
                             "    null,\n"
                             "    true,\n"
                             "    -9223372036854775808,\n"
                             "    18446744073709551615,\n"
                             "    1.0,\n"
                             "    1e-07,\n"
                             "    \"NaN\",\n"
                             "    \"-Infinity\",\n"
                             "    1.50\n"
                             "  ],\n"
                             "  \"f\": \"7-\\t\"\n"
                             "}\n";
static const char line[] =
    "{\"schema\":\"x/1\",\"empty\":[],\"none\":{},\"list\":[null,true,"
    "-9223372036854775808,18446744073709551615,1.0,1e-07,\"NaN\","
    "\"-Infinity\",1.50],\"f\":\"7-\\t\"}\n";

/* What `node` prints as, or the sample without one; free() it. */
static char *
printed(enum json_style style, const struct json *node)
{
    struct json_out j;
    char *text = NULL;
    size_t size;
    FILE *stream = open_memstream(&text, &size);

    if (!stream)
        exit(1);
    json_start(&j, stream, style);
    if (node)
        json_node(&j, NULL, node);
    else
        write_sample(&j);
    (void)fclose(stream);
    return text;
}

static void
test_layout(void)
{
    char *a = printed(JSON_PRETTY, NULL), *b = printed(JSON_LINE, NULL);

    CHECK(strcmp(a, pretty) == 0);
    CHECK(strcmp(b, line) == 0);
    free(a);
    free(b);
}

static bool
round_trips(const char *text, enum json_style style)
{
    struct json_doc *doc;
    struct error err = {0};
    char *back;
    bool same;

    if (!json_parse(&doc, text, strlen(text), NULL, &err))
        return false;
    back = printed(style, json_root(doc));
    same = strcmp(back, text) == 0;
    free(back);
    json_free(doc);
    return same;
}

static void
test_round_trip(void)
{
    CHECK(round_trips(pretty, JSON_PRETTY));
    CHECK(round_trips(line, JSON_LINE));
    CHECK(round_trips(
        "\"\\u0001\\\\\\\"/\\b\\f\\n\\r\\t\\u001f\x7f\xc3\xa9\xf0\x9f\x98\x80\"\n",
        JSON_LINE));
    CHECK(
        round_trips("[[[[[[[[[[[[[[[[[[[[[[[[1e5]]]]]]]]]]]]]]]]]]]]]]]]\n", JSON_LINE));
}

static void
test_deep_indent(void)
{
    struct json_out j;
    char *text = NULL;
    size_t size;
    FILE *stream = open_memstream(&text, &size);

    json_start(&j, stream, JSON_PRETTY);
    for (int i = 0; i < 50; i++)
        json_array(&j, NULL);
    json_u64(&j, NULL, 1);
    for (int i = 0; i < 50; i++)
        json_end(&j);
    (void)fclose(stream);
    CHECK(strstr(text, "[\n") && strchr(text, '1') && j.depth == 0);
    CHECK(strchr(text, '1')[-100] == ' ' && strchr(text, '1')[-101] == '\n');
    free(text);
}

/* Text that is not UTF-8 must not make the file unreadable. */
static void
test_not_utf8(void)
{
    struct json_out j;
    char *text = NULL;
    size_t size;
    FILE *stream = open_memstream(&text, &size);

    json_start(&j, stream, JSON_LINE);
    json_string_n(&j, NULL, "a\xff\xc3\0z", 5);
    (void)fclose(stream);
    CHECK(strcmp(text, "\"a\xef\xbf\xbd\xef\xbf\xbd\\u0000z\"\n") == 0);
    free(text);
}

int
main(void)
{
    test_layout();
    test_round_trip();
    test_deep_indent();
    test_not_utf8();
    return test_failures != 0;
}
