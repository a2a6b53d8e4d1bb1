/* The JSON grammar: texts taken and refused, places, tokens, and skipping. */
#include "common/json_scan.h"

#include "test.h"

#include <string.h>

/* Scan a whole text; false with *err at the first fault. */
static bool
scan(const char *text, size_t size, unsigned limit, struct error *err)
{
    struct json_scan s;
    enum json_token token = JSON_TOKEN_NULL;
    bool ok = true;

    *err = (struct error){0};
    json_scan_begin(&s, text, size, limit);
    while (ok && token != JSON_TOKEN_EOF)
        ok = json_scan_next(&s, &token, err);
    json_scan_end(&s);
    return ok;
}

static bool
accepts(const char *text)
{
    struct error err;

    return scan(text, strlen(text), 64, &err);
}

static void
test_accepted(void)
{
    static const char *const good[] = {
        "null",
        "true",
        "false",
        "0",
        "-0",
        "-0.5e-10",
        "1E+2",
        "\"\"",
        "[]",
        "{}",
        " [ ] ",
        "\t\r\n{ }\n",
        "[1,2,3]",
        "{\"a\":1,\"b\":[{},[]]}",
        "[[[]]]",
        "\"\\\"\\\\\\/\\b\\f\\n\\r\\t\"",
        "\"\\u00e9\\ud83d\\ude00\"",
        "\"\xc3\xa9\"",
        "\"\xf0\x9f\x98\x80\"",
        "\"\xf4\x8f\xbf\xbf\"",
        "\"\x7f\"",
        "1234567890123456789012345",
        "\"0123456789abcdef\xe2\x82\xac 0123456789\"",
    };

    for (size_t i = 0; i < COUNT_OF(good); i++)
        if (!accepts(good[i])) {
            (void)fprintf(stderr, "refused: %s\n", good[i]);
            test_failures++;
        }
}

static void
test_refused(void)
{
    static const struct {
        const char *text, *at, *message;
    } bad[] = {
        {"", "1:1", "unexpected end of text, expected a value"},
        {" \n ", "2:2", "unexpected end of text, expected a value"},
        {"tru", "1:1", "unknown word, expected true, false or null"},
        {"truex", "1:5", "unexpected 'x', expected nothing after the value"},
        {"nul\0", "1:1", "unknown word, expected true, false or null"},
        {"NaN", "1:1", "unexpected 'N', expected a value"},
        {"01", "1:1", "number with a leading zero"},
        {"-01", "1:2", "number with a leading zero"},
        {"-", "1:2", "unexpected end of text, expected a digit"},
        {"1.", "1:3", "unexpected end of text, expected a digit"},
        {"1.e5", "1:3", "unexpected 'e', expected a digit"},
        {"1e", "1:3", "unexpected end of text, expected a digit"},
        {"+1", "1:1", "unexpected '+', expected a value"},
        {".5", "1:1", "unexpected '.', expected a value"},
        {"1 2", "1:3", "unexpected '2', expected nothing after the value"},
        {"[1,]", "1:4", "unexpected ']', expected a value"},
        {"[1 2]", "1:4", "unexpected '2', expected ',' or ']'"},
        {"[", "1:2", "unexpected end of text, expected a value"},
        {"[1", "1:3", "unexpected end of text, expected ',' or ']'"},
        {"]", "1:1", "unexpected ']', expected a value"},
        {"[}", "1:2", "unexpected '}', expected a value"},
        {"{\"a\" 1}", "1:6", "unexpected '1', expected ':'"},
        {"{\"a\":}", "1:6", "unexpected '}', expected a value"},
        {"{\"a\":1,}", "1:8", "unexpected '}', expected a key in double quotes"},
        {"{a:1}", "1:2", "unexpected 'a', expected a key in double quotes"},
        {"{\"a\":1]", "1:7", "unexpected ']', expected ',' or '}'"},
        {"{\n \"\xc3\xa9\": x", "2:7", "unexpected 'x', expected a value"},
        {"[\xc3\xa9]", "1:2", "unexpected '\xc3\xa9', expected a value"},
        {"[\xff]", "1:2", "unexpected octet 0xff, expected a value"},
        {"\"abc", "1:5", "unexpected end of text in a string"},
        {"\"ab\nc\"", "1:4", "control character in a string (write it as an escape)"},
        {"\"\\x\"", "1:3",
         "unexpected 'x', expected one of \"\\/bfnrtu after a backslash"},
        {"\"\\", "1:3", "unexpected end of text in a string"},
        {"\"\\u12g4\"", "1:2", "\\u needs four hexadecimal digits"},
        {"\"\\u12", "1:2", "unexpected end of text in a string"},
        {"\"\\ud800\"", "1:2", "lone surrogate in \\u escape"},
        {"\"\\ud800\\u0041\"", "1:2", "lone surrogate in \\u escape"},
        {"\"\\udc00\\ud800\"", "1:2", "lone surrogate in \\u escape"},
        {"\"a\\u0000\"", "1:3", "strings with \\u0000 are not supported"},
        {"\"\xc0\x80\"", "1:2", "string is not UTF-8"},
        {"\"\xed\xa0\x80\"", "1:2", "string is not UTF-8"},
        {"\"\xf4\x90\x80\x80\"", "1:2", "string is not UTF-8"},
        {"\"\xe2\x82\"", "1:2", "string is not UTF-8"},
        {"\"\xe2\x82", "1:2", "string is not UTF-8"},
        {"\"\x80\"", "1:2", "string is not UTF-8"},
        {"\xef\xbb\xbf{}", "1:1",
         "text begins with a byte order mark (save it without one)"},
        {"/**/1", "1:1", "unexpected '/', expected a value"},
    };
    struct error err;

    for (size_t i = 0; i < COUNT_OF(bad); i++) {
        bool ok = scan(bad[i].text, strlen(bad[i].text), 64, &err);

        if (ok || strcmp(err.at, bad[i].at) != 0 ||
            strcmp(err.message, bad[i].message) != 0) {
            (void)fprintf(stderr, "%s: %s: %s\n", bad[i].text, err.at, err.message);
            test_failures++;
        }
        CHECK(err.class ==
              (strstr(bad[i].text, "u0000") ? ERR_UNSUPPORTED : ERR_MALFORMED));
    }
    CHECK(!scan("\"a\0b\"", 5, 64, &err) && strcmp(err.at, "1:3") == 0);
    CHECK(!scan("[\0]", 3, 64, &err));
    CHECK(strcmp(err.message, "unexpected octet 0x00, expected a value") == 0);
}

static void
test_depth(void)
{
    struct error err;
    char text[2 * 600];

    memset(text, '[', 600);
    memset(text + 600, ']', 600);
    CHECK(scan("[[1]]", 5, 2, &err));
    CHECK(!scan("[[[1]]]", 7, 2, &err));
    CHECK(err.class == ERR_LIMIT && strcmp(err.at, "1:3") == 0);
    CHECK(strcmp(err.message, "nested more than 2 deep") == 0);
    CHECK(!scan("[]", 2, 0, &err) && scan("1", 1, 0, &err));
    CHECK(!scan(text, sizeof text, 100000, &err) && strcmp(err.at, "1:513") == 0);
    CHECK(scan(text + 88, 1024, 100000, &err));
}

/* Every special octet at every offset of the eight-octet steps, at every end. */
static void
test_string_alignment(void)
{
    static const char special[] = "\"\\\x1f\x80\xc3";
    char text[64];
    struct error err;

    for (size_t length = 1; length < 30; length++)
        for (size_t at = 0; at < length; at++)
            for (size_t k = 0; k < sizeof special - 1; k++) {
                text[0] = '"';
                memset(text + 1, 'a' + (int)(at % 5), length);
                text[length + 1] = '"';
                CHECK(scan(text, length + 2, 64, &err));
                text[1 + at] = special[k];
                CHECK(!scan(text, length + 2, 64, &err) ||
                      (special[k] == '\\' && text[2 + at] == 'b'));
                CHECK(!scan(text, length + 1, 64, &err) ||
                      (special[k] == '"' && at == length - 1));
            }
}

static bool
next_is(struct json_scan *s, enum json_token want, const char *text)
{
    struct error err;
    enum json_token token;

    return json_scan_next(s, &token, &err) && token == want &&
           (!text || (s->token_size == strlen(text) &&
                      memcmp(s->token, text, s->token_size) == 0));
}

static void
test_tokens(void)
{
    static const char text[] = "{\"k\\u0065y\" : [1.50, \"\", \"a\\n\\ud83d\\ude00b\", "
                               "\"plain\"], \"t\": true, \"n\":null}";
    struct json_scan s;
    struct error err = {0};
    enum json_token token;

    json_scan_begin(&s, text, strlen(text), 64);
    CHECK(next_is(&s, JSON_TOKEN_OBJECT, NULL) && s.depth == 1 && s.start == 0);
    CHECK(next_is(&s, JSON_TOKEN_KEY, "key"));
    CHECK(next_is(&s, JSON_TOKEN_ARRAY, NULL) && s.depth == 2);
    CHECK(next_is(&s, JSON_TOKEN_NUMBER, "1.50"));
    CHECK(next_is(&s, JSON_TOKEN_STRING, ""));
    CHECK(next_is(&s, JSON_TOKEN_STRING,
                  "a\n\xf0\x9f\x98\x80"
                  "b"));
    CHECK(next_is(&s, JSON_TOKEN_STRING, "plain"));
    CHECK(!json_scan_fail(&s, &err, ERR_BOUNDS, "too %s", "plain"));
    CHECK(err.class == ERR_BOUNDS && strcmp(err.message, "too plain") == 0);
    CHECK(strcmp(err.at, "1:46") == 0);
    CHECK(next_is(&s, JSON_TOKEN_END, NULL) && s.depth == 1);
    CHECK(next_is(&s, JSON_TOKEN_KEY, "t") && next_is(&s, JSON_TOKEN_TRUE, NULL));
    CHECK(next_is(&s, JSON_TOKEN_KEY, "n") && next_is(&s, JSON_TOKEN_NULL, NULL));
    CHECK(next_is(&s, JSON_TOKEN_END, NULL) && next_is(&s, JSON_TOKEN_EOF, NULL));
    CHECK(next_is(&s, JSON_TOKEN_EOF, NULL));
    json_scan_end(&s);

    json_scan_begin(&s, text, strlen(text), 64);
    CHECK(next_is(&s, JSON_TOKEN_OBJECT, NULL) && next_is(&s, JSON_TOKEN_KEY, NULL));
    CHECK(json_scan_next(&s, &token, &err) && json_scan_skip(&s, token, &err));
    CHECK(next_is(&s, JSON_TOKEN_KEY, "t") && json_scan_skip(&s, JSON_TOKEN_KEY, &err));
    CHECK(next_is(&s, JSON_TOKEN_KEY, "n") && next_is(&s, JSON_TOKEN_NULL, NULL));
    CHECK(json_scan_skip(&s, JSON_TOKEN_NULL, &err) && next_is(&s, JSON_TOKEN_END, NULL));
    json_scan_end(&s);

    json_scan_begin(&s, text, strlen(text), 64);
    CHECK(next_is(&s, JSON_TOKEN_OBJECT, NULL) &&
          json_scan_skip(&s, JSON_TOKEN_OBJECT, &err));
    CHECK(next_is(&s, JSON_TOKEN_EOF, NULL));
    json_scan_end(&s);
}

int
main(void)
{
    test_accepted();
    test_refused();
    test_depth();
    test_string_alignment();
    test_tokens();
    return test_failures != 0;
}
