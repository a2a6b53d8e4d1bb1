/* JUnit XML, SARIF 2.1.0 and TAP 14: for the programs that run builds. */
#include "common/json_out.h"
#include "evidence/judgement.h"
#include "report/formats.h"
#include "report/markup.h"

#include <inttypes.h>
#include <string.h>

/* --- JUnit --- */

static void
write_attribute(FILE *out, const char *name, const char *value)
{
    (void)fprintf(out, " %s=\"", name);
    markup_text(out, value);
    (void)fputc('"', out);
}

static void
write_junit_reasons(const struct loaded_subject *s, FILE *out)
{
    const char *element = strcmp(s->verdict, "error") == 0 ? "error" : "failure";

    (void)fprintf(out, "\n      <%s", element);
    write_attribute(out, "type", s->reason);
    write_attribute(out, "message", s->reason_count ? s->reasons[0].message : s->reason);
    (void)fputc('>', out);
    for (size_t i = 0; i < s->reason_count; i++) {
        const struct loaded_reason *r = &s->reasons[i];

        markup_text(out, r->class);
        (void)fputc(' ', out);
        markup_text(out, r->file);
        if (r->at[0])
            (void)fputc(':', out);
        markup_text(out, r->at);
        (void)fputs(": ", out);
        markup_text(out, r->message);
        (void)fputc('\n', out);
    }
    (void)fprintf(out, "</%s>\n    ", element);
}

void
report_junit(const struct loaded *l, FILE *out)
{
    size_t failures = 0, errors = 0;

    for (size_t i = 0; i < l->count; i++) {
        failures += strcmp(l->subjects[i].verdict, "fail") == 0;
        errors += strcmp(l->subjects[i].verdict, "error") == 0;
    }
    (void)fprintf(out,
                  "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<testsuites tests=\"%zu\" "
                  "failures=\"%zu\" errors=\"%zu\">\n  <testsuite name=\"gate-check\" "
                  "tests=\"%zu\" failures=\"%zu\" errors=\"%zu\" skipped=\"0\">\n",
                  l->count, failures, errors, l->count, failures, errors);
    for (size_t i = 0; i < l->count; i++) {
        const struct loaded_subject *s = &l->subjects[i];

        (void)fputs("    <testcase", out);
        write_attribute(out, "classname", s->gate);
        write_attribute(out, "name", s->id);
        (void)fputc('>', out);
        if (loaded_is_bad(s))
            write_junit_reasons(s, out);
        (void)fputs("</testcase>\n", out);
    }
    (void)fputs("  </testsuite>\n</testsuites>\n", out);
}

/* --- SARIF --- */

static const char *
sarif_level(const char *severity)
{
    return strcmp(severity, "note") == 0   ? "note"
           : strcmp(severity, "warn") == 0 ? "warning"
                                           : "error";
}

/* Has the class come before? */
static bool
is_first(const struct loaded *l, size_t subject, size_t reason)
{
    const char *class = l->subjects[subject].reasons[reason].class;

    for (size_t i = 0; i <= subject; i++)
        for (size_t k = 0; k < l->subjects[i].reason_count; k++) {
            if (i == subject && k == reason)
                return true;
            if (strcmp(l->subjects[i].reasons[k].class, class) == 0)
                return false;
        }
    return true;
}

static void
write_rule(const char *name, struct json_out *j)
{
    enum reason_class class;

    json_object(j, NULL);
    json_string(j, "id", name);
    json_object(j, "shortDescription");
    json_string(j, "text", reason_by_name(name, &class) ? reason_text(class) : name);
    json_end(j);
    json_end(j);
}

static void
write_rules(const struct loaded *l, struct json_out *j)
{
    json_array(j, "rules");
    for (size_t i = 0; i < l->count; i++)
        for (size_t k = 0; k < l->subjects[i].reason_count; k++)
            if (is_first(l, i, k))
                write_rule(l->subjects[i].reasons[k].class, j);
    json_end(j);
}

/*
 * A path as a relative URI: what RFC 3986 reserves is percent-encoded, and ':' too,
 * for what stands before it would be read as a scheme.
 */
static void
write_uri(struct json_out *j, const char *path)
{
    static const char safe[] = "-._~/@!$&'()*+,;=";
    char uri[3 * 1024 + 1];
    size_t n = 0;

    for (; *path && n + 4 < sizeof uri; path++) {
        unsigned char c = (unsigned char)*path;
        bool plain = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
                     (c >= '0' && c <= '9') || strchr(safe, c);

        n += (size_t)snprintf(uri + n, sizeof uri - n, plain ? "%c" : "%%%02X", c);
    }
    json_string_n(j, "uri", uri, n);
}

static void
write_sarif_result(const struct loaded_subject *s, const struct loaded_reason *r,
                   struct json_out *j)
{
    json_object(j, NULL);
    json_string(j, "ruleId", r->class);
    json_string(j, "level", sarif_level(r->severity));
    json_object(j, "message");
    json_stringf(j, "text", "%.200s: %.1500s", s->id, r->message);
    json_end(j);
    if (r->file[0]) {
        json_array(j, "locations");
        json_object(j, NULL);
        json_object(j, "physicalLocation");
        json_object(j, "artifactLocation");
        write_uri(j, r->file);
        json_end(j);
        json_object(j, "region");
        json_u64(j, "startLine", r->line);
        json_end(j);
        json_end(j);
        json_end(j);
        json_end(j);
    }
    json_end(j);
}

void
report_sarif(const struct loaded *l, FILE *out)
{
    struct json_out j;

    json_start(&j, out, JSON_PRETTY);
    json_object(&j, NULL);
    json_string(&j, "$schema", "https://json.schemastore.org/sarif-2.1.0.json");
    json_string(&j, "version", "2.1.0");
    json_array(&j, "runs");
    json_object(&j, NULL);
    json_object(&j, "tool");
    json_object(&j, "driver");
    json_string(&j, "name", "gate-check");
    json_string(&j, "version", LOCKSTEP_VERSION);
    write_rules(l, &j);
    json_end(&j);
    json_end(&j);
    json_string(&j, "columnKind", "unicodeCodePoints");
    json_array(&j, "results");
    for (size_t i = 0; i < l->count; i++)
        for (size_t k = 0; k < l->subjects[i].reason_count; k++)
            write_sarif_result(&l->subjects[i], &l->subjects[i].reasons[k], &j);
    json_end(&j);
    json_end(&j);
    json_end(&j);
    json_end(&j);
}

/* --- TAP --- */

/* A description has no line feed and no '#'. */
static void
write_tap_text(FILE *out, const char *text)
{
    for (; *text; text++) {
        if (*text == '#' || *text == '\\')
            (void)fputc('\\', out);
        (void)fputc(*text == '\n' ? ' ' : *text, out);
    }
}

static void
write_tap_reasons(const struct loaded_subject *s, FILE *out)
{
    struct json_out j;

    (void)fputs("  ---\n", out);
    for (size_t i = 0; i < s->reason_count; i++) {
        const struct loaded_reason *r = &s->reasons[i];

        (void)fputs("  - ", out);
        json_start(&j, out, JSON_LINE);
        json_object(&j, NULL);
        json_string(&j, "class", r->class);
        json_string(&j, "file", r->file);
        json_string(&j, "at", r->at);
        json_string(&j, "message", r->message);
        json_end(&j);
    }
    (void)fputs("  ...\n", out);
}

void
report_tap(const struct loaded *l, FILE *out)
{
    (void)fprintf(out, "TAP version 14\n1..%zu\n", l->count);
    for (size_t i = 0; i < l->count; i++) {
        const struct loaded_subject *s = &l->subjects[i];

        (void)fprintf(out, "%sok %zu - ", loaded_is_bad(s) ? "not " : "", i + 1);
        write_tap_text(out, s->gate);
        (void)fputc(' ', out);
        write_tap_text(out, s->id);
        (void)fputc('\n', out);
        if (s->reason_count > 0)
            write_tap_reasons(s, out);
    }
}
