#include "common/record.h"
#include "test.h"

#include <stdlib.h>
#include <string.h>

#define HEAD "{\"schema\":\"lockstep-cases/1\",\"packet_id\":\"P\",\"cases\":["
#define CASE "{\"case_id\":\"a\",\"operation\":\"o\",\"modes\":"

/* The error class of the first fault met while reading a whole file, or ERR_NONE. */
static enum error_class
verdict(const char *text)
{
    struct error err = {0};
    struct json_doc *doc;
    struct record_cases cases;
    struct record_case c;
    struct record_expect expect;
    bool more = true;
    bool ok;

    if (!json_parse(&doc, text, strlen(text), NULL, &err))
        return err.class;
    ok = record_cases_begin(&cases, doc, &err);
    while (ok && more) {
        ok = record_cases_next(&cases, &c, &more, &err);
        if (ok && more)
            ok = record_case_expect(&cases, &c, MODE_HARDENED, &expect, &err);
    }
    json_free(doc);
    return ok ? ERR_NONE : err.class;
}

static void
check_overrides(void)
{
    static const char text[] =
        HEAD CASE "[\"strict\",\"hardened\"],\"error\":{\"class\":\"X\"},"
                  "\"hardened\":{\"expect\":1,\"diagnostics\":[\"d\"]}}]}";
    struct error err = {0};
    struct json_doc *doc;
    struct record_cases cases;
    struct record_case c;
    struct record_expect expect;
    bool more;

    CHECK(json_parse(&doc, text, sizeof text - 1, NULL, &err));
    CHECK(record_cases_begin(&cases, doc, &err));
    CHECK(record_cases_next(&cases, &c, &more, &err) && more);
    CHECK(c.strict && c.hardened && strcmp(c.operation, "o") == 0);
    CHECK(record_case_expect(&cases, &c, MODE_STRICT, &expect, &err));
    CHECK(expect.error && !expect.value && !expect.diagnostics);
    CHECK(record_case_expect(&cases, &c, MODE_HARDENED, &expect, &err));
    CHECK(expect.value && !expect.error && json_count(expect.diagnostics) == 1);
    CHECK(record_cases_next(&cases, &c, &more, &err) && !more);
    json_free(doc);
}

static void
check_result_line(void)
{
    struct error err = {0};
    struct diagnostics d;
    char *line = NULL;
    size_t size = 0;
    FILE *stream = open_memstream(&line, &size);
    struct json_out j;

    diagnostics_init(&d, MODE_HARDENED, 4);
    CHECK(diagnostics_recover(&d, "c", "w", &err, "m"));
    (void)error_set(&err, ERR_BOUNDS, "no");
    (void)error_subclass(&err, "KeyError");
    record_result_begin(&j, stream, "P", "a", MODE_HARDENED, false);
    record_result_error(&j, &err);
    record_result_end(&j, &d);
    (void)fclose(stream);
    CHECK(strcmp(line, "{\"schema\":\"lockstep-result/1\",\"packet_id\":\"P\","
                       "\"case_id\":\"a\",\"mode\":\"hardened\",\"outcome\":\"error\","
                       "\"error\":{\"class\":\"KeyError\",\"message\":\"no\"},"
                       "\"diagnostics\":[{\"code\":\"c\",\"where\":\"w\","
                       "\"message\":\"m\"}]}\n") == 0);
    free(line);
    diagnostics_clear(&d);
}

int
main(void)
{
    CHECK(verdict(HEAD "]}") == ERR_NONE);
    CHECK(verdict("{\"schema\":\"x/9\"}") == ERR_VERSION);
    CHECK(verdict(HEAD "],\"extra\":1}") == ERR_UNKNOWN_FIELD);
    CHECK(verdict(HEAD "{\"case_id\":\"a/b\",\"operation\":\"o\",\"modes\":[\"strict\"],"
                       "\"expect\":1}]}") == ERR_MALFORMED);
    CHECK(verdict(HEAD CASE "[],\"expect\":1}]}") == ERR_MALFORMED);
    CHECK(verdict(HEAD CASE "[\"hardened\"]}]}") == ERR_MALFORMED);
    CHECK(verdict(HEAD "3]}") == ERR_MALFORMED);
    check_overrides();
    check_result_line();
    return test_failures != 0;
}
