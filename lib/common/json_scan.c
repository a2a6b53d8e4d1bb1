/*
 * json_scan.c: a state machine over the text; strings are passed over eight octets
 * at a time.  A string without escapes is returned in place, others are decoded
 * into the scratch buffer.
 */
#include "json_scan.h"

#include "bytes.h"
#include "utf8.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

/* What the grammar allows next. */
enum {
    WANT_VALUE,         /* also after '[' and ',' in an array, after ':' */
    WANT_FIRST_ELEMENT, /* a value or ']' */
    WANT_FIRST_MEMBER,  /* a key or '}' */
    WANT_MORE,          /* ',' or the end of the container */
    WANT_NOTHING,       /* the top-level value is complete */
};

void
json_scan_begin(struct json_scan *s, const char *text, size_t size, unsigned limit)
{
    s->text = text;
    s->size = size;
    s->pos = 0;
    s->start = 0;
    s->depth = 0;
    s->limit = limit < JSON_SCAN_DEPTH_MAX ? limit : JSON_SCAN_DEPTH_MAX;
    s->state = WANT_VALUE;
    s->token = NULL;
    s->token_size = 0;
    s->scratch = (struct buf){0};
    s->bad_encoding = false;
}

void
json_scan_end(struct json_scan *s)
{
    buf_clear(&s->scratch);
}

/* Columns count characters, from 1. */
static void
add_place(const struct json_scan *s, size_t offset, struct error *err)
{
    uint64_t line = 1, column = 1;

    for (size_t i = 0; i < offset; i++) {
        if (s->text[i] == '\n') {
            line++;
            column = 1;
        } else if (((unsigned char)s->text[i] & 0xc0) != 0x80) {
            column++;
        }
    }
    (void)error_at_line(err, line, column);
}

bool
json_scan_fail(const struct json_scan *s, struct error *err, enum error_class class,
               const char *fmt, ...)
{
    char message[sizeof err->message];
    va_list args;

    va_start(args, fmt);
    (void)vsnprintf(message, sizeof message, fmt, args);
    va_end(args);
    (void)error_set(err, class, "%s", message);
    add_place(s, s->start, err);
    return false;
}

/* A fault of the grammar at the octet `offset`. */
static bool
malformed(const struct json_scan *s, size_t offset, const char *what, struct error *err)
{
    (void)error_set(err, ERR_MALFORMED, "%s", what);
    add_place(s, offset, err);
    return false;
}

static bool
badly_encoded(struct json_scan *s, size_t offset, const char *what, struct error *err)
{
    s->bad_encoding = true;
    return malformed(s, offset, what, err);
}

/* The octet at `offset` is not `wanted`. */
static bool
unexpected(const struct json_scan *s, size_t offset, const char *wanted,
           struct error *err)
{
    const uint8_t *p = (const uint8_t *)s->text + offset;
    size_t n = offset < s->size ? utf8_length(p, s->size - offset) : 0;

    if (offset >= s->size)
        (void)error_set(err, ERR_MALFORMED, "unexpected end of text, expected %s",
                        wanted);
    else if (offset == 0 && s->size >= 3 && memcmp(p, "\xef\xbb\xbf", 3) == 0)
        (void)error_set(err, ERR_MALFORMED,
                        "text begins with a byte order mark (save it without one)");
    else if (n == 0 || *p < 0x20 || *p == 0x7f)
        (void)error_set(err, ERR_MALFORMED, "unexpected octet 0x%02x, expected %s", *p,
                        wanted);
    else
        (void)error_set(err, ERR_MALFORMED, "unexpected '%.*s', expected %s", (int)n,
                        (const char *)p, wanted);
    add_place(s, offset, err);
    return false;
}

static void
skip_space(struct json_scan *s)
{
    size_t i = s->pos;

    while (i < s->size && (s->text[i] == ' ' || s->text[i] == '\n' ||
                           s->text[i] == '\r' || s->text[i] == '\t'))
        i++;
    s->pos = i;
}

/* From i, the next octet in a string that is a quote, backslash, control or not ASCII. */
static size_t
plain_run(const struct json_scan *s, size_t i)
{
    const uint64_t ones = UINT64_C(0x0101010101010101), tops = ones << 7;
    const uint8_t *text = (const uint8_t *)s->text;

    for (; s->size - i >= 8; i += 8) {
        uint64_t x = get_le64(text + i);
        uint64_t quote = x ^ ones * '"', slash = x ^ ones * '\\';
        /* A borrow can only mark octets above the first true mark. */
        uint64_t marks = (x | (x - ones * 0x20) | (quote - ones) | (slash - ones)) & tops;

        if (marks)
            return i + (size_t)__builtin_ctzll(marks) / 8;
    }
    while (i < s->size && text[i] >= 0x20 && text[i] < 0x80 && text[i] != '"' &&
           text[i] != '\\')
        i++;
    return i;
}

static bool
read_hex4(const struct json_scan *s, size_t i, uint32_t *out)
{
    uint32_t value = 0;

    if (s->size - i < 4)
        return false;
    for (size_t k = i; k < i + 4; k++) {
        char c = s->text[k];

        if (c >= '0' && c <= '9')
            value = value << 4 | (uint32_t)(c - '0');
        else if ((c | 0x20) >= 'a' && (c | 0x20) <= 'f')
            value = value << 4 | (uint32_t)((c | 0x20) - 'a' + 10);
        else
            return false;
    }
    *out = value;
    return true;
}

static void
put_utf8(struct buf *b, uint32_t c)
{
    uint8_t out[4];
    size_t n = 0;

    if (c < 0x80) {
        out[n++] = (uint8_t)c;
    } else if (c < 0x800) {
        out[n++] = (uint8_t)(0xc0 | c >> 6);
    } else if (c < 0x10000) {
        out[n++] = (uint8_t)(0xe0 | c >> 12);
        out[n++] = (uint8_t)(0x80 | (c >> 6 & 0x3f));
    } else {
        out[n++] = (uint8_t)(0xf0 | c >> 18);
        out[n++] = (uint8_t)(0x80 | (c >> 12 & 0x3f));
        out[n++] = (uint8_t)(0x80 | (c >> 6 & 0x3f));
    }
    if (c >= 0x80)
        out[n++] = (uint8_t)(0x80 | (c & 0x3f));
    buf_put(b, out, n);
}

/* \uXXXX at i, which is the backslash, or a pair of them; returns what follows. */
static bool
read_unicode(struct json_scan *s, size_t *i, struct error *err)
{
    uint32_t c, low;

    if (!read_hex4(s, *i + 2, &c))
        return malformed(s, *i, "\\u needs four hexadecimal digits", err);
    if (c == 0) {
        (void)error_set(err, ERR_UNSUPPORTED, "strings with \\u0000 are not supported");
        add_place(s, *i, err);
        return false;
    }
    if (c >= 0xd800 && c <= 0xdfff) {
        if (c >= 0xdc00 || s->size - *i < 12 || s->text[*i + 6] != '\\' ||
            s->text[*i + 7] != 'u' || !read_hex4(s, *i + 8, &low) || low < 0xdc00 ||
            low > 0xdfff)
            return badly_encoded(s, *i, "lone surrogate in \\u escape", err);
        c = 0x10000 + ((c - 0xd800) << 10) + (low - 0xdc00);
        *i += 6;
    }
    put_utf8(&s->scratch, c);
    *i += 6;
    return true;
}

/* The escape at *i into scratch. */
static bool
read_escape(struct json_scan *s, size_t *i, struct error *err)
{
    static const char names[] = "\"\\/bfnrt", values[] = "\"\\/\b\f\n\r\t";
    char c = *i + 1 < s->size ? s->text[*i + 1] : '\0';
    const char *name;

    if (c == 'u') {
        if (s->size - *i < 6)
            return malformed(s, *i, "unexpected end of text in a string", err);
        return read_unicode(s, i, err);
    }
    name = c ? strchr(names, c) : NULL;
    if (!name)
        return *i + 1 < s->size
                   ? unexpected(s, *i + 1, "one of \"\\/bfnrtu after a backslash", err)
                   : malformed(s, s->size, "unexpected end of text in a string", err);
    buf_putc(&s->scratch, values[name - names]);
    *i += 2;
    return true;
}

/* Pass over characters beyond ASCII. */
static bool
skip_utf8(struct json_scan *s, size_t *i, struct error *err)
{
    const uint8_t *text = (const uint8_t *)s->text;

    while (*i < s->size && text[*i] >= 0x80) {
        size_t n = utf8_length(text + *i, s->size - *i);

        if (n == 0)
            return badly_encoded(s, *i, "string is not UTF-8", err);
        *i += n;
    }
    return true;
}

static bool
bad_string_octet(const struct json_scan *s, size_t i, struct error *err)
{
    if (i >= s->size)
        return malformed(s, i, "unexpected end of text in a string", err);
    return malformed(s, i, "control character in a string (write it as an escape)", err);
}

/* The string whose opening quote is at pos. */
static bool
read_string(struct json_scan *s, struct error *err)
{
    size_t from = s->pos + 1, i = from;
    bool escaped = false;

    for (;;) {
        i = plain_run(s, i);
        if (i >= s->size)
            return bad_string_octet(s, i, err);
        if (s->text[i] == '"')
            break;
        if (s->text[i] == '\\') {
            if (!escaped)
                s->scratch.size = 0;
            escaped = true;
            buf_put(&s->scratch, s->text + from, i - from);
            if (!read_escape(s, &i, err))
                return false;
            from = i;
        } else if ((uint8_t)s->text[i] < 0x20) {
            return bad_string_octet(s, i, err);
        } else if (!skip_utf8(s, &i, err)) {
            return false;
        }
    }
    s->token = s->text + from;
    s->token_size = i - from;
    if (escaped) {
        buf_put(&s->scratch, s->text + from, i - from);
        s->token = (const char *)s->scratch.data;
        s->token_size = s->scratch.size;
        if (s->token_size == 0)
            s->token = "";
    }
    s->pos = i + 1;
    return true;
}

/* One digit or more from *i. */
static bool
skip_digits(const struct json_scan *s, size_t *i)
{
    size_t from = *i;

    while (*i < s->size && (uint8_t)(s->text[*i] - '0') < 10)
        (*i)++;
    return *i > from;
}

static bool
read_number(struct json_scan *s, struct error *err)
{
    size_t i = s->pos, from;

    s->token = s->text + i;
    i += s->text[i] == '-';
    from = i;
    if (!skip_digits(s, &i))
        return unexpected(s, i, "a digit", err);
    if (s->text[from] == '0' && i - from > 1)
        return malformed(s, from, "number with a leading zero", err);
    if (i < s->size && s->text[i] == '.') {
        i++;
        if (!skip_digits(s, &i))
            return unexpected(s, i, "a digit", err);
    }
    if (i < s->size && (s->text[i] == 'e' || s->text[i] == 'E')) {
        i++;
        i += i < s->size && (s->text[i] == '+' || s->text[i] == '-');
        if (!skip_digits(s, &i))
            return unexpected(s, i, "a digit", err);
    }
    s->token_size = (size_t)(s->text + i - s->token);
    s->pos = i;
    return true;
}

static bool
read_word(struct json_scan *s, const char *word, size_t n, struct error *err)
{
    if (s->size - s->pos < n || memcmp(s->text + s->pos, word, n) != 0)
        return malformed(s, s->pos, "unknown word, expected true, false or null", err);
    s->pos += n;
    return true;
}

static bool
open_container(struct json_scan *s, bool object, struct error *err)
{
    if (s->depth >= s->limit)
        return json_scan_fail(s, err, ERR_LIMIT, "nested more than %u deep", s->limit) ||
               error_subclass(err, "depth");
    s->in_object[s->depth++] = object;
    s->state = object ? WANT_FIRST_MEMBER : WANT_FIRST_ELEMENT;
    s->pos++;
    return true;
}

static bool
read_value(struct json_scan *s, enum json_token *out, struct error *err)
{
    char c = s->pos < s->size ? s->text[s->pos] : '\0';

    s->state = s->depth > 0 ? WANT_MORE : WANT_NOTHING;
    switch (c) {
    case '"': *out = JSON_TOKEN_STRING; return read_string(s, err);
    case '{': *out = JSON_TOKEN_OBJECT; return open_container(s, true, err);
    case '[': *out = JSON_TOKEN_ARRAY; return open_container(s, false, err);
    case 't': *out = JSON_TOKEN_TRUE; return read_word(s, "true", 4, err);
    case 'f': *out = JSON_TOKEN_FALSE; return read_word(s, "false", 5, err);
    case 'n': *out = JSON_TOKEN_NULL; return read_word(s, "null", 4, err);
    case '-':
    case '0':
    case '1':
    case '2':
    case '3':
    case '4':
    case '5':
    case '6':
    case '7':
    case '8':
    case '9': *out = JSON_TOKEN_NUMBER; return read_number(s, err);
    default: return unexpected(s, s->pos, "a value", err);
    }
}

/* A member's name and the colon behind it. */
static bool
read_key(struct json_scan *s, enum json_token *out, struct error *err)
{
    *out = JSON_TOKEN_KEY;
    if (s->pos >= s->size || s->text[s->pos] != '"')
        return unexpected(s, s->pos, "a key in double quotes", err);
    if (!read_string(s, err))
        return false;
    skip_space(s);
    if (s->pos >= s->size || s->text[s->pos] != ':')
        return unexpected(s, s->pos, "':'", err);
    s->pos++;
    s->state = WANT_VALUE;
    return true;
}

static bool
close_container(struct json_scan *s, enum json_token *out)
{
    *out = JSON_TOKEN_END;
    s->depth--;
    s->state = s->depth > 0 ? WANT_MORE : WANT_NOTHING;
    s->pos++;
    return true;
}

bool
json_scan_next(struct json_scan *s, enum json_token *out, struct error *err)
{
    bool object = s->depth > 0 && s->in_object[s->depth - 1];
    char c;

    skip_space(s);
    s->start = s->pos;
    c = s->pos < s->size ? s->text[s->pos] : '\0';
    switch (s->state) {
    case WANT_MORE:
        if (c == (object ? '}' : ']'))
            return close_container(s, out);
        if (c != ',')
            return unexpected(s, s->pos, object ? "',' or '}'" : "',' or ']'", err);
        s->pos++;
        skip_space(s);
        s->start = s->pos;
        return object ? read_key(s, out, err) : read_value(s, out, err);
    case WANT_FIRST_MEMBER:
        return c == '}' ? close_container(s, out) : read_key(s, out, err);
    case WANT_FIRST_ELEMENT:
        return c == ']' ? close_container(s, out) : read_value(s, out, err);
    case WANT_NOTHING:
        if (s->pos < s->size)
            return unexpected(s, s->pos, "nothing after the value", err);
        *out = JSON_TOKEN_EOF;
        return true;
    default: return read_value(s, out, err);
    }
}

bool
json_scan_skip(struct json_scan *s, enum json_token opened, struct error *err)
{
    enum json_token token = opened;
    unsigned depth;

    if (opened == JSON_TOKEN_KEY && !json_scan_next(s, &token, err))
        return false;
    if (token != JSON_TOKEN_OBJECT && token != JSON_TOKEN_ARRAY)
        return true;
    for (depth = s->depth; s->depth >= depth;)
        if (!json_scan_next(s, &token, err))
            return false;
    return true;
}
