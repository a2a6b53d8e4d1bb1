#include "json_out.h"

#include "buf.h"
#include "num.h"
#include "utf8.h"

#include <assert.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

void
json_start(struct json_out *j, FILE *stream, enum json_style style)
{
    j->stream = stream;
    j->style = style;
    j->depth = 0;
}

/* The stream is ours while we write: no lock for each of many short pieces. */
static void
put_char(struct json_out *j, char c)
{
    (void)putc_unlocked(c, j->stream);
}

static void
put(struct json_out *j, const char *text, size_t size)
{
    if (size > 24) {
        (void)fwrite(text, 1, size, j->stream);
        return;
    }
    for (size_t i = 0; i < size; i++)
        put_char(j, text[i]);
}

static void
new_line(struct json_out *j)
{
    static const char spaces[] = "\n                                ";
    size_t indent = 2 * (size_t)j->depth, step = sizeof spaces - 2;

    if (j->style == JSON_LINE)
        return;
    put(j, spaces, 1 + (indent < step ? indent : step));
    for (size_t done = step; done < indent; done += step)
        put(j, spaces + 1, indent - done < step ? indent - done : step);
}

/* A string in quotes; octets that are not UTF-8 become U+FFFD. */
static void
put_string(struct json_out *j, const char *utf8, size_t size)
{
    static const char shorts[32] = {
        ['\b'] = 'b', ['\t'] = 't', ['\n'] = 'n', ['\f'] = 'f', ['\r'] = 'r'};
    const uint8_t *p = (const uint8_t *)utf8;
    size_t start = 0, i = 0;

    put_char(j, '"');
    while (i < size) {
        char escape[8] = "";
        size_t n = p[i] < 0x80 ? 1 : utf8_length(p + i, size - i);

        if (n > 0 && p[i] >= 0x20 && p[i] != '"' && p[i] != '\\') {
            i += n;
            continue;
        }
        put(j, utf8 + start, i - start);
        if (n == 0)
            put(j, "\xef\xbf\xbd", 3);
        else if (p[i] >= 0x20)
            put(j, (const char[]){'\\', utf8[i]}, 2);
        else if (shorts[p[i]])
            put(j, (const char[]){'\\', shorts[p[i]]}, 2);
        else
            put(j, escape, (size_t)snprintf(escape, sizeof escape, "\\u%04x", p[i]));
        start = ++i;
    }
    put(j, utf8 + start, size - start);
    put_char(j, '"');
}

/* Everything that comes before a value: comma, line break, key. */
static void
before(struct json_out *j, const char *key)
{
    if (j->depth > 0) {
        if (j->has_member[j->depth - 1])
            put_char(j, ',');
        j->has_member[j->depth - 1] = true;
        new_line(j);
    }
    if (key) {
        assert(j->depth > 0 && j->close[j->depth - 1] == '}');
        put_string(j, key, strlen(key));
        put(j, ": ", j->style == JSON_PRETTY ? 2 : 1);
    }
}

static void
after(struct json_out *j)
{
    if (j->depth == 0)
        put_char(j, '\n');
}

static void
open_container(struct json_out *j, const char *key, char open, char close)
{
    before(j, key);
    assert(j->depth < JSON_DEPTH_MAX);
    put_char(j, open);
    j->has_member[j->depth] = false;
    j->close[j->depth] = close;
    j->depth++;
}

void
json_object(struct json_out *j, const char *key)
{
    open_container(j, key, '{', '}');
}

void
json_array(struct json_out *j, const char *key)
{
    open_container(j, key, '[', ']');
}

void
json_end(struct json_out *j)
{
    assert(j->depth > 0);
    j->depth--;
    if (j->has_member[j->depth])
        new_line(j);
    put_char(j, j->close[j->depth]);
    after(j);
}

void
json_raw(struct json_out *j, const char *key, const char *json, size_t size)
{
    before(j, key);
    put(j, json, size);
    after(j);
}

void
json_null(struct json_out *j, const char *key)
{
    json_raw(j, key, "null", 4);
}

void
json_bool(struct json_out *j, const char *key, bool value)
{
    json_raw(j, key, value ? "true" : "false", value ? 4 : 5);
}

void
json_i64(struct json_out *j, const char *key, int64_t value)
{
    char text[NUM_U64_SIZE];

    json_raw(j, key, text, num_format_i64(value, text));
}

void
json_u64(struct json_out *j, const char *key, uint64_t value)
{
    char text[NUM_U64_SIZE];

    json_raw(j, key, text, num_format_u64(value, text));
}

void
json_f64(struct json_out *j, const char *key, double value)
{
    char text[NUM_F64_SIZE + 2];
    size_t n = num_format_f64(value, text + 1);

    if (n > 2 && (text[n] == 'y' || text[n] == 'N')) { /* Infinity, NaN */
        text[0] = text[n + 1] = '"';
        json_raw(j, key, text, n + 2);
    } else {
        json_raw(j, key, text + 1, n);
    }
}

void
json_string(struct json_out *j, const char *key, const char *utf8)
{
    json_string_n(j, key, utf8, strlen(utf8));
}

void
json_string_n(struct json_out *j, const char *key, const char *utf8, size_t size)
{
    before(j, key);
    put_string(j, utf8, size);
    after(j);
}

void
json_stringf(struct json_out *j, const char *key, const char *fmt, ...)
{
    struct buf text = {0};
    va_list args;
    int n;

    va_start(args, fmt);
    n = vsnprintf(NULL, 0, fmt, args);
    va_end(args);
    if (n > 0) {
        va_start(args, fmt);
        (void)vsnprintf((char *)buf_reserve(&text, (size_t)n + 1), (size_t)n + 1, fmt,
                        args);
        va_end(args);
        text.size = (size_t)n;
    }
    json_string_n(j, key, buf_string(&text), text.size);
    buf_clear(&text);
}

/* Recursive: a tree is never deeper than JSON_SCAN_DEPTH_MAX. */
void
json_node(struct json_out *j, const char *key, const struct json *node)
{
    enum json_type type = json_type(node);

    switch (type) {
    case JSON_NULL: json_null(j, key); break;
    case JSON_BOOL: json_bool(j, key, json_is_true(node)); break;
    case JSON_NUMBER: json_raw(j, key, json_text(node), strlen(json_text(node))); break;
    case JSON_STRING: json_string(j, key, json_text(node)); break;
    case JSON_ARRAY:
    case JSON_OBJECT:
        open_container(j, key, type == JSON_ARRAY ? '[' : '{',
                       type == JSON_ARRAY ? ']' : '}');
        for (const struct json *n = json_first(node); n; n = json_next(n))
            json_node(j, json_key(n), n);
        json_end(j);
        break;
    }
}
