#include "files/set_lines.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

enum { BLOCK = 1 << 18, SET_DEPTH = 4 };

static bool
is(const struct json_scan *s, const char *word, size_t size)
{
    return s->token_size == size && memcmp(s->token, word, size) == 0;
}

static bool
read_hex(struct json_scan *s, uint64_t *out, struct error *err)
{
    enum json_token token;

    if (!json_scan_next(s, &token, err))
        return false;
    return (token == JSON_TOKEN_STRING &&
            keyset_parse_hex(s->token, s->token_size, out)) ||
           json_scan_fail(s, err, ERR_MALFORMED,
                          "a set is \"0x\" and up to 16 hexadecimal digits");
}

static bool
read_keys(struct json_scan *s, const struct set_profile *profile, uint64_t *out,
          struct error *err)
{
    enum json_token token;
    uint64_t bits = 0;

    if (!json_scan_next(s, &token, err))
        return false;
    if (token != JSON_TOKEN_ARRAY)
        return json_scan_fail(s, err, ERR_MALFORMED, "\"keys\" is a list of names");
    *out = 0;
    for (;;) {
        if (!json_scan_next(s, &token, err))
            return false;
        if (token == JSON_TOKEN_END)
            return true;
        if (token != JSON_TOKEN_STRING ||
            !profile->find(profile->context, s->token, s->token_size, &bits))
            return json_scan_fail(s, err, ERR_UNSUPPORTED, "no dispatch key '%.*s'",
                                  (int)(s->token_size < 60 ? s->token_size : 60),
                                  s->token);
        *out |= bits;
    }
}

static bool
read_object(struct json_scan *s, const struct set_profile *profile, struct set_line *out,
            struct error *err)
{
    enum { KEYSET = 1, INCLUDED = 2, EXCLUDED = 4 };
    unsigned seen = 0, now;
    enum json_token token;

    for (;;) {
        if (!json_scan_next(s, &token, err))
            return false;
        if (token == JSON_TOKEN_END)
            break;
        now = is(s, "keyset", 6) || is(s, "keys", 4) ? KEYSET
              : is(s, "included", 8)                 ? INCLUDED
              : is(s, "excluded", 8)                 ? EXCLUDED
                                                     : 0;
        if (!now)
            return json_scan_fail(s, err, ERR_UNKNOWN_FIELD, "unknown key '%.*s'",
                                  (int)(s->token_size < 60 ? s->token_size : 60),
                                  s->token);
        if (seen & now)
            return json_scan_fail(s, err, ERR_MALFORMED, "a set given twice");
        seen |= now;
        if (now == KEYSET && s->token_size == 4) {
            if (!read_keys(s, profile, &out->keyset, err))
                return false;
        } else if (!read_hex(s,
                             now == KEYSET     ? &out->keyset
                             : now == INCLUDED ? &out->included
                                               : &out->excluded,
                             err)) {
            return false;
        }
    }
    return (seen & KEYSET) ||
           json_scan_fail(s, err, ERR_MALFORMED, "neither \"keyset\" nor \"keys\"");
}

static bool
read_line(struct json_scan *s, const char *text, size_t size,
          const struct set_profile *profile, struct set_line *out, struct error *err)
{
    enum json_token token;
    bool ok;

    *out = (struct set_line){0};
    json_scan_begin(s, text, size, SET_DEPTH);
    ok = json_scan_next(s, &token, err);
    if (ok && token != JSON_TOKEN_OBJECT)
        ok = json_scan_fail(s, err, ERR_MALFORMED, "a line is an object");
    ok = ok && read_object(s, profile, out, err) && json_scan_next(s, &token, err);
    json_scan_end(s);
    return ok;
}

bool
set_line_read(const char *text, size_t size, const struct set_profile *profile,
              struct set_line *out, struct error *err)
{
    struct json_scan s;

    return read_line(&s, text, size, profile, out, err);
}

/* The scanner's place is inside the line: make its line number the file's. */
static bool
at_line(uint64_t line, struct error *err)
{
    const char *column = strchr(err->at, ':');
    char rest[32] = "";

    if (column)
        (void)snprintf(rest, sizeof(rest), "%.30s", column);
    (void)snprintf(err->at, sizeof(err->at), "%" PRIu64 "%s", line, rest);
    return false;
}

/* Answer every whole line in buffer; what is left moves to its front. */
static bool
answer_block(struct buf *in, struct buf *out, const struct set_profile *profile,
             bool is_end, uint64_t *line, struct error *err)
{
    const char *at = (const char *)in->data, *end = at + in->size;
    struct json_scan scan;
    struct set_line set;

    while (at < end) {
        const char *newline = memchr(at, '\n', (size_t)(end - at));

        if (!newline && !is_end)
            break;
        ++*line;
        if (!read_line(&scan, at, (size_t)((newline ? newline : end) - at), profile, &set,
                       err) ||
            !profile->answer(profile->context, &set, out, err))
            return at_line(*line, err);
        at = newline ? newline + 1 : end;
    }
    in->size = (size_t)(end - at);
    if (in->size > 0)
        memmove(in->data, at, in->size);
    return in->size < SET_LINE_MAX ||
           (error_set(err, ERR_LIMIT, "a line of more than %d octets", SET_LINE_MAX),
            at_line(*line + 1, err));
}

bool
set_lines_answer(FILE *in, FILE *out, const struct set_profile *profile,
                 struct error *err)
{
    struct buf text = {0}, answers = {0};
    uint64_t line = 0;
    bool ok = true, is_end = false;

    while (ok && !is_end) {
        uint8_t *where = buf_reserve(&text, BLOCK);
        size_t got = fread(where, 1, BLOCK, in);

        is_end = got < BLOCK && (feof(in) || ferror(in));
        text.size += got;
        ok = answer_block(&text, &answers, profile, is_end, &line, err);
        if (answers.size > 0)
            (void)fwrite(answers.data, 1, answers.size, out);
        answers.size = 0;
    }
    if (ok && ferror(in))
        ok = error_errno(err, "cannot read");
    buf_clear(&text);
    buf_clear(&answers);
    return ok;
}
