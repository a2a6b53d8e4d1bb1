/* csv.c: the operation "read_csv". */
#include "cases/case.h"

#include "csv/date_format.h"
#include "csv/reader.h"

#include <stdio.h>

static int
base64_digit(char c)
{
    if (c >= 'A' && c <= 'Z')
        return c - 'A';
    if (c >= 'a' && c <= 'z')
        return c - 'a' + 26;
    if (c >= '0' && c <= '9')
        return c - '0' + 52;
    return c == '+' ? 62 : c == '/' ? 63 : -1;
}

static bool
decode_base64(struct arena *a, const char *text, uint8_t **out, size_t *size)
{
    size_t n = strlen(text);
    uint32_t bits = 0;
    int have = 0;

    while (n > 0 && text[n - 1] == '=')
        n--;
    *out = arena_alloc(a, n / 4 * 3 + 4);
    *size = 0;
    for (size_t i = 0; i < n; i++) {
        int digit = base64_digit(text[i]);

        if (digit < 0)
            return false;
        bits = bits << 6 | (uint32_t)digit;
        have += 6;
        if (have >= 8) {
            have -= 8;
            (*out)[(*size)++] = (uint8_t)(bits >> have);
        }
    }
    return true;
}

static bool
read_text(const struct case_call *c, const uint8_t **data, size_t *size,
          struct error *err)
{
    const struct json *node = c->inputs ? json_get(c->inputs, "text") : NULL;
    const struct json *b64 = node ? json_get(node, "b64") : NULL;
    const struct json *text = node ? json_get(node, "text") : NULL;
    uint8_t *bytes;

    if (node && json_type(node) == JSON_STRING)
        text = node;
    if (b64 && json_type(b64) == JSON_STRING) {
        if (!decode_base64(c->a, json_text(b64), &bytes, size))
            return json_fail(c->doc, b64, err, ERR_MALFORMED, "not base64");
        *data = bytes;
        return true;
    }
    if (!text || json_type(text) != JSON_STRING)
        return error_set(err, ERR_MALFORMED, "the case has no input 'text'");
    *data = (const uint8_t *)json_text(text);
    *size = strlen(json_text(text));
    return true;
}

static bool
read_letter(const struct case_call *c, const char *key, char *out, struct error *err)
{
    const char *text = NULL;

    if (!case_opt_text(c, key, &text, err))
        return false;
    if (text && strlen(text) != 1)
        return raise_error(err, "ValueError", "Only length-1 %s supported", key);
    if (text)
        *out = *text;
    return true;
}

static bool
read_options(const struct case_call *c, struct csv_options *o, struct error *err)
{
    static const char *const keys[] = {
        "on_bad_lines", "float_precision", "keep_default_na", "na_values", "sep",
        "thousands",    "decimal",         "comment",         "header",    "recover",
        "parse_dates",  "date_format",     "dayfirst",        NULL};
    static const char *const bad[] = {"error", "skip", "warn", NULL};
    static const char *const precision[] = {"high", "round_trip", "legacy", NULL};
    const char **na = NULL;
    const char **dates = NULL;
    int bad_lines = 0;
    int rounding = 0;

    *o = csv_defaults;
    if (!case_only(c, keys, err) ||
        !case_opt_word(c, "on_bad_lines", bad, &bad_lines, err) ||
        !case_opt_word(c, "float_precision", precision, &rounding, err) ||
        !case_opt_bool(c, "keep_default_na", &o->keep_default_na, err) ||
        !case_names(c, "na_values", &na, &o->n_na_values, err) ||
        !case_opt_text(c, "sep", &o->delimiter, err) ||
        !read_letter(c, "thousands", &o->thousands, err) ||
        !read_letter(c, "decimal", &o->decimal, err) ||
        !read_letter(c, "comment", &o->comment, err) ||
        !case_names(c, "parse_dates", &dates, &o->n_dates, err) ||
        !case_opt_text(c, "date_format", &o->date_format, err) ||
        !case_opt_bool(c, "dayfirst", &o->day_first, err) ||
        (o->date_format && !date_format_check(o->date_format, err)))
        return false;
    if (c->args && json_get(c->args, "header"))
        o->header = json_type(json_get(c->args, "header")) != JSON_NULL;
    o->dates = dates;
    o->na_values = na;
    o->bad_lines = bad_lines == 0 ? CSV_BAD_ERROR : CSV_BAD_SKIP;
    o->round_trip = rounding == 1;
    return true;
}

/* With "recover": N, hardened mode leaves out up to N rows that are too long. */
static bool
may_recover(const struct case_call *c, struct csv_options *o, struct error *err)
{
    int64_t recover = 0;

    if (!case_opt_i64(c, "recover", &recover, err))
        return false;
    if (recover > 0 && c->diagnostics->mode == MODE_HARDENED)
        o->bad_lines = CSV_BAD_SKIP;
    return true;
}

static bool
report_rejects(const struct case_call *c, const struct csv_report *report,
               struct error *err)
{
    int64_t recover = 0;
    char where[32];

    if (!case_opt_i64(c, "recover", &recover, err))
        return false;
    if (recover == 0)
        return true;
    if (report->n_rejects > (size_t)recover)
        return error_set(err, ERR_LIMIT, "%zu rows would be left out, more than %lld",
                         report->n_rejects, (long long)recover);
    for (size_t i = 0; i < report->n_rejects; i++) {
        (void)snprintf(where, sizeof where, "line %llu",
                       (unsigned long long)report->rejects[i].line);
        if (!diagnostics_recover(c->diagnostics, "row_too_long", where, err, "%s",
                                 report->rejects[i].reason))
            return false;
    }
    return true;
}

static bool
run_read_csv(const struct case_call *c, struct fixture_value *out, struct error *err)
{
    struct csv_options o;
    struct csv_report report = {0};
    struct frame *f;
    const uint8_t *data = NULL;
    size_t size = 0;

    if (!read_options(c, &o, err) || !may_recover(c, &o, err) ||
        !read_text(c, &data, &size, err) ||
        !csv_read(c->a, data, size, &o, &f, &report, err))
        return false;
    return report_rejects(c, &report, err) && case_answer(out, FIXTURE_FRAME, f);
}

const struct case_operation case_csv_table[] = {
    {"read_csv", run_read_csv},
    {NULL, NULL},
};
