/* token.c: names, numbers, strings and signs, as Python writes them. */
#include "query/token.h"

#include "common/arena.h"
#include "common/buf.h"
#include "common/num.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include "table/frame.h"

/* Longer ones first. */
static const char *const signs[] = {"**", "//", "<=", ">=", "==", "!=", "(", ")",
                                    "[",  "]",  ",",  ".",  "<",  ">",  "=", "+",
                                    "-",  "*",  "/",  "%",  "&",  "|",  "~"};
static const char *const words[] = {"and", "or", "not", "in"};

bool
expression_fail(struct error *err, size_t at, const char *python_class, const char *fmt,
                ...)
{
    char text[sizeof err->message];
    va_list ap;

    va_start(ap, fmt);
    (void)vsnprintf(text, sizeof text, fmt, ap);
    va_end(ap);
    (void)raise_error(err, python_class, "%s", text);
    return error_at(err, "expression:%zu", at + 1);
}

static bool
is_name_start(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_' ||
           (unsigned char)c >= 0x80;
}

static bool
is_digit(char c)
{
    return c >= '0' && c <= '9';
}

static bool
read_name(struct tokens *t, struct token *out)
{
    size_t start = t->at;

    while (is_name_start(t->text[t->at]) || is_digit(t->text[t->at]))
        t->at++;
    out->text = arena_strndup(t->a, t->text + start, t->at - start);
    out->kind = TOKEN_NAME;
    for (size_t i = 0; i < COUNT_OF(words); i++)
        if (strcmp(out->text, words[i]) == 0)
            out->kind = TOKEN_WORD;
    if (strcmp(out->text, "True") == 0 || strcmp(out->text, "False") == 0) {
        out->kind = TOKEN_VALUE;
        out->value = cell_bool(out->text[0] == 'T');
    } else if (strcmp(out->text, "None") == 0) {
        out->kind = TOKEN_VALUE;
        out->value = cell_none();
    }
    return true;
}

static bool
read_backticks(struct tokens *t, struct token *out, struct error *err)
{
    const char *start = t->text + t->at + 1;
    const char *end = strchr(start, '`');

    if (!end)
        return expression_fail(err, t->at, "SyntaxError", "a backtick has no match");
    out->kind = TOKEN_NAME;
    out->text = arena_strndup(t->a, start, (size_t)(end - start));
    t->at = (size_t)(end + 1 - t->text);
    return true;
}

/* Digits with single underscores between them; a point and an exponent make a float. */
static bool
read_number(struct tokens *t, struct token *out, struct error *err)
{
    size_t start = t->at;
    struct buf digits = {0};
    bool real = false;
    bool ok;
    int64_t i;
    uint64_t u;
    double x = 0;

    for (;; t->at++) {
        char c = t->text[t->at];
        char before = digits.size ? (char)digits.data[digits.size - 1] : 0;

        if (c == '_' && is_digit(before) && is_digit(t->text[t->at + 1]))
            continue;
        if (c == '.' || c == 'e' || c == 'E')
            real = true;
        else if (!is_digit(c) &&
                 !((c == '+' || c == '-') && (before == 'e' || before == 'E')))
            break;
        buf_putc(&digits, c);
    }

    const char *text = buf_string(&digits);

    out->kind = TOKEN_VALUE;
    ok = !is_name_start(t->text[t->at]);
    if (ok && !real && num_parse_i64(text, digits.size, &i))
        out->value = cell_int(i);
    else if (ok && !real && num_parse_u64(text, digits.size, &u))
        out->value = cell_uint(u);
    else {
        char *end;

        x = strtod(text, &end);
        ok = ok && real && *end == 0;
        out->value = cell_float(x);
    }
    ok = ok && !(text[0] == '0' && digits.size > 1 && !real);
    buf_clear(&digits);
    return ok || expression_fail(err, start, "SyntaxError", "not a number");
}

static bool
put_escape(struct tokens *t, struct buf *out, struct error *err)
{
    static const char from[] = "nrt\\'\"0";
    static const char to[] = "\n\r\t\\'\"";
    const char *found = strchr(from, t->text[t->at]);

    if (!t->text[t->at] || !found || *found == '0')
        return expression_fail(err, t->at, "SyntaxError",
                               "escapes are \\n \\r \\t \\\\ \\' and \\\"");
    buf_putc(out, to[found - from]);
    t->at++;
    return true;
}

static bool
read_string(struct tokens *t, struct token *out, struct error *err)
{
    char quote = t->text[t->at];
    size_t start = t->at++;
    struct buf text = {0};
    bool ok = true;

    while (ok && t->text[t->at] && t->text[t->at] != quote) {
        if (t->text[t->at] == '\\') {
            t->at++;
            ok = put_escape(t, &text, err);
        } else
            buf_putc(&text, t->text[t->at++]);
    }
    if (ok && t->text[t->at] != quote)
        ok = expression_fail(err, start, "SyntaxError", "unterminated string");
    t->at++;
    out->kind = TOKEN_VALUE;
    out->value = cell_str_n(arena_strndup(t->a, buf_string(&text), text.size), text.size);
    buf_clear(&text);
    return ok;
}

bool
token_next(struct tokens *t, struct token *out, struct error *err)
{
    char c;

    while (strchr(" \t\r\n", t->text[t->at]) && t->text[t->at])
        t->at++;
    *out = (struct token){.kind = TOKEN_END, .at = t->at, .text = ""};
    c = t->text[t->at];
    if (!c)
        return true;
    if (is_name_start(c))
        return read_name(t, out);
    if (c == '`')
        return read_backticks(t, out, err);
    if (is_digit(c) || (c == '.' && is_digit(t->text[t->at + 1])))
        return read_number(t, out, err);
    if (c == '"' || c == '\'')
        return read_string(t, out, err);
    for (size_t i = 0; i < COUNT_OF(signs); i++)
        if (strncmp(t->text + t->at, signs[i], strlen(signs[i])) == 0) {
            out->kind = TOKEN_SIGN;
            out->text = signs[i];
            t->at += strlen(signs[i]);
            return true;
        }
    return expression_fail(err, t->at, "SyntaxError", "'%c' means nothing here", c);
}
