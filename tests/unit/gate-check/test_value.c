/* When two values agree: every kind of rule at its edge, from both sides. */
#include "compare/value.h"
#include "test.h"

#include <string.h>

static struct json_doc *
parse(const char *text)
{
    struct json_doc *doc = NULL;
    struct error err = {0};

    CHECK(json_parse(&doc, text, strlen(text), NULL, &err));
    return doc;
}

/* Do they agree?  Where not, the difference's place is `at`. */
static bool
agree(const char *expected, const char *actual, struct compare_rule rule, const char *at)
{
    struct json_doc *want = parse(expected), *have = parse(actual);
    struct difference d;
    bool same = value_equal(json_root(want), json_root(have), &rule, &d);

    if (!same && at)
        CHECK(strcmp(d.at, at) == 0);
    json_free(want);
    json_free(have);
    return same;
}

static void
test_exact(void)
{
    struct compare_rule exact = {.kind = COMPARE_EXACT};

    CHECK(agree("{\"a\": [1, 2.5, \"x\", null, true]}",
                "{\"a\": [1, 2.5, \"x\", null, true]}", exact, NULL));
    CHECK(agree("{\"a\": 1, \"b\": 2}", "{\"b\": 2, \"a\": 1}", exact, NULL));
    CHECK(!agree("{\"a\": [1, 2]}", "{\"a\": [1, 3]}", exact, "/a/1"));
    CHECK(!agree("[0.0]", "[-0.0]", exact, "/0"));
    CHECK(!agree("[1]", "[1.0]", exact, "/0"));
    CHECK(!agree("[9007199254740993]", "[9007199254740992]", exact, "/0"));
    CHECK(!agree("[1]", "[\"1\"]", exact, "/0"));
    CHECK(!agree("[1, 2]", "[1]", exact, NULL));
    CHECK(!agree("[1]", "[1, 2]", exact, NULL));
    CHECK(!agree("{\"a\": null}", "{}", exact, NULL));
    CHECK(!agree("{}", "{\"a\": null}", exact, NULL));
    CHECK(!agree("{\"a/b~c\": 1}", "{\"a/b~c\": 2}", exact, "/a~1b~0c"));
    CHECK(!agree("\"e\\u0301\"", "\"\\u00e9\"", exact, ""));
}

static void
test_tolerances(void)
{
    struct compare_rule abs = {.kind = COMPARE_ABS, .tolerance = 0.5};
    struct compare_rule rel = {.kind = COMPARE_REL, .tolerance = 0.25};
    struct compare_rule close = {.kind = COMPARE_CLOSE, .tolerance = 0.5, .atol = 1};

    CHECK(agree("1", "1.5", abs, NULL) && agree("1", "0.5", abs, NULL));
    CHECK(!agree("1", "1.5000000000000002", abs, ""));
    CHECK(agree("4", "3.0", rel, NULL) && agree("3.0", "4.0", rel, NULL));
    CHECK(!agree("4.0", "2.9999999999999996", rel, ""));
    CHECK(agree("2.0", "4.0", close, NULL)); /* 1 + 0.5 * 2: of the expected alone */
    CHECK(!agree("2.0", "4.000000000000001", close, ""));
    CHECK(!agree("1e308", "-1e308", rel, ""));
    CHECK(!agree("1.0", "\"nan\"", abs, "") && !agree("\"inf\"", "1e308", abs, ""));
    CHECK(agree("\"nan\"", "\"NaN\"", abs, NULL));
    CHECK(!agree("\"inf\"", "\"-inf\"", abs, ""));
    CHECK(agree("\"0x1p-1\"", "0.5", abs, NULL));
}

static void
test_ulps(void)
{
    struct compare_rule two = {.kind = COMPARE_ULP, .tolerance = 2};

    CHECK(agree("1.0", "1.0000000000000004", two, NULL));
    CHECK(!agree("1.0", "1.0000000000000007", two, ""));
    CHECK(agree("-0.0", "0.0", two, NULL));
    CHECK(agree("-5e-324", "5e-324", two, NULL)); /* across zero: two steps */
    CHECK(!agree("-1e-323", "5e-324", two, ""));
    CHECK(!agree("1.7976931348623157e308", "\"inf\"", two, ""));
}

static void
test_order(void)
{
    struct compare_rule any = {.kind = COMPARE_EXACT, .unordered = true};
    struct compare_rule loose = {.kind = COMPARE_ABS, .tolerance = 1, .unordered = true};

    CHECK(agree("[1, 2, 2]", "[2, 1, 2]", any, NULL));
    CHECK(!agree("[1, 2, 2]", "[2, 1, 1]", any, NULL));
    CHECK(!agree("[[1, 2]]", "[[2, 1]]", any, NULL)); /* only the top is a multiset */
    /* Taking the nearest first would leave 0 and 2 without partners. */
    CHECK(agree("[0.0, 1.0]", "[1.0, 2.0]", loose, NULL));
    CHECK(!agree("[0.0, 1.0]", "[1.0, 2.5]", loose, NULL));
}

int
main(void)
{
    test_exact();
    test_tolerances();
    test_ulps();
    test_order();
    return test_failures != 0;
}
