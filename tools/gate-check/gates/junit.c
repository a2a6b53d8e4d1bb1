#include "gates/junit.h"

#include "common/buf.h"
#include "common/mem.h"
#include "common/num.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { DEPTH_MAX = 32, CASES_MAX = 1000000, NAME_MAX_OCTETS = 64 };

struct reader {
    const char *text;
    size_t size, pos;
    struct junit *out;
    struct junit_case *open; /* the testcase we are in, or NULL */
    unsigned depth;
    char stack[DEPTH_MAX][NAME_MAX_OCTETS];
    bool root_done;
};

static bool
fail(const struct reader *r, struct error *err, const char *what)
{
    (void)error_set(err, ERR_MALFORMED, "%s", what);
    return error_at_byte(err, r->pos);
}

static bool
starts(const struct reader *r, const char *what)
{
    size_t n = strlen(what);

    return r->size - r->pos >= n && memcmp(r->text + r->pos, what, n) == 0;
}

static bool
skip_past(struct reader *r, const char *what, struct error *err)
{
    for (; r->pos < r->size; r->pos++)
        if (starts(r, what)) {
            r->pos += strlen(what);
            return true;
        }
    return fail(r, err, "unexpected end of text");
}

static bool
is_space(char c)
{
    return c == ' ' || c == '\t' || c == '\n' || c == '\r';
}

static void
skip_space(struct reader *r)
{
    while (r->pos < r->size && is_space(r->text[r->pos]))
        r->pos++;
}

static bool
read_name(struct reader *r, char out[static NAME_MAX_OCTETS], struct error *err)
{
    size_t n = 0;

    while (r->pos + n < r->size && !is_space(r->text[r->pos + n]) &&
           !strchr("/>=<\"'&", r->text[r->pos + n]))
        n++;
    if (n == 0 || n >= NAME_MAX_OCTETS)
        return fail(r, err, "expected a name");
    memcpy(out, r->text + r->pos, n);
    out[n] = '\0';
    r->pos += n;
    return true;
}

/* One of the five entities, or a number that is not NUL. */
static bool
read_entity(struct reader *r, struct buf *out, struct error *err)
{
    static const struct {
        const char *name;
        char c;
    } known[] = {
        {"&lt;", '<'}, {"&gt;", '>'}, {"&amp;", '&'}, {"&quot;", '"'}, {"&apos;", '\''}};

    for (size_t i = 0; i < COUNT_OF(known); i++)
        if (starts(r, known[i].name)) {
            buf_putc(out, known[i].c);
            r->pos += strlen(known[i].name);
            return true;
        }
    if (!starts(r, "&#"))
        return fail(r, err, "unknown entity");
    buf_putc(out, '?'); /* which character it is does not matter in a test's name */
    return skip_past(r, ";", err);
}

/* name="value"; *value is in the arena. */
static bool
read_attribute(struct reader *r, char name[static NAME_MAX_OCTETS], const char **value,
               struct error *err)
{
    struct buf text = {0};
    char quote;
    bool ok = true;

    if (!read_name(r, name, err))
        return false;
    skip_space(r);
    if (r->pos >= r->size || r->text[r->pos] != '=')
        return fail(r, err, "expected '=' behind an attribute's name");
    r->pos++;
    skip_space(r);
    quote = r->pos < r->size ? r->text[r->pos] : 0;
    if (quote != '"' && quote != '\'')
        return fail(r, err, "expected a quoted value");
    r->pos++;
    while (ok && r->pos < r->size && r->text[r->pos] != quote) {
        if (r->text[r->pos] == '<')
            ok = fail(r, err, "'<' in an attribute");
        else if (r->text[r->pos] == '&')
            ok = read_entity(r, &text, err);
        else
            buf_putc(&text, r->text[r->pos++]);
    }
    if (ok && r->pos >= r->size)
        ok = fail(r, err, "unexpected end of text in an attribute");
    r->pos++;
    *value = ok ? arena_strndup(&r->out->arena, buf_string(&text), text.size) : NULL;
    buf_clear(&text);
    return ok;
}

static bool
take_attribute(struct reader *r, const char *name, const char *value, struct error *err)
{
    struct junit_case *c = r->open;

    if (!c || r->depth == 0 || strcmp(r->stack[r->depth - 1], "testcase") != 0)
        return true;
    if (strcmp(name, "name") == 0)
        c->name = value;
    else if (strcmp(name, "classname") == 0)
        c->class_name = value;
    else if (strcmp(name, "time") == 0 &&
             (!num_parse_f64(value, strlen(value), &c->time_s) || !isfinite(c->time_s) ||
              c->time_s < 0))
        return fail(r, err, "time is not a finite number from 0");
    return true;
}

static bool
begin_element(struct reader *r, const char *name, struct error *err)
{
    struct junit *j = r->out;

    if (r->depth == DEPTH_MAX)
        return fail(r, err, "nested too deep");
    if (r->depth == 0 && (r->root_done || (strcmp(name, "testsuites") != 0 &&
                                           strcmp(name, "testsuite") != 0)))
        return fail(r, err, "not one testsuites or testsuite element");
    (void)memcpy(r->stack[r->depth++], name, strlen(name) + 1);
    if (strcmp(name, "testcase") == 0) {
        if (r->open)
            return fail(r, err, "a testcase inside a testcase");
        if (j->count == CASES_MAX)
            return fail(r, err, "too many testcases");
        if (j->count == j->capacity) {
            j->capacity = j->capacity ? 2 * j->capacity : 64;
            j->cases = xrealloc(j->cases, j->capacity, sizeof *j->cases);
        }
        r->open = &j->cases[j->count++];
        *r->open = (struct junit_case){.class_name = "", .name = "", .time_s = -1};
    } else if (r->open && (strcmp(name, "failure") == 0 || strcmp(name, "error") == 0)) {
        r->open->failed = true;
    } else if (r->open && strcmp(name, "skipped") == 0) {
        r->open->skipped = true;
    }
    return true;
}

static bool
end_element(struct reader *r, const char *name, struct error *err)
{
    if (r->depth == 0 || strcmp(r->stack[r->depth - 1], name) != 0)
        return fail(r, err, "an end tag without its beginning");
    r->depth--;
    r->root_done = r->depth == 0;
    if (strcmp(name, "testcase") == 0)
        r->open = NULL;
    return true;
}

static bool
read_tag(struct reader *r, struct error *err)
{
    char name[NAME_MAX_OCTETS], attribute[NAME_MAX_OCTETS];
    const char *value = "";

    r->pos++;
    if (starts(r, "/")) {
        r->pos++;
        if (!read_name(r, name, err) || !end_element(r, name, err))
            return false;
        skip_space(r);
        return starts(r, ">") ? (r->pos++, true) : fail(r, err, "expected '>'");
    }
    if (!read_name(r, name, err) || !begin_element(r, name, err))
        return false;
    for (;;) {
        skip_space(r);
        if (starts(r, "/>")) {
            r->pos += 2;
            return end_element(r, name, err);
        }
        if (starts(r, ">")) {
            r->pos++;
            return true;
        }
        if (!read_attribute(r, attribute, &value, err) ||
            !take_attribute(r, attribute, value, err))
            return false;
    }
}

static bool
read_markup(struct reader *r, struct error *err)
{
    if (starts(r, "<!--"))
        return skip_past(r, "-->", err);
    if (starts(r, "<![CDATA["))
        return skip_past(r, "]]>", err);
    if (starts(r, "<?"))
        return skip_past(r, "?>", err);
    if (starts(r, "<!"))
        return fail(r, err, "DOCTYPE and declarations are not accepted");
    return read_tag(r, err);
}

bool
junit_parse(struct junit *out, const char *text, size_t size, struct error *err)
{
    struct reader r = {.text = text, .size = size, .out = out};

    *out = (struct junit){0};
    while (r.pos < r.size) {
        if (text[r.pos] != '<') {
            if (r.depth == 0 && !is_space(text[r.pos]))
                return fail(&r, err, "text outside the report");
            r.pos++;
        } else if (!read_markup(&r, err)) {
            return false;
        }
    }
    if (!r.root_done)
        return fail(&r, err, "unexpected end of text");
    for (size_t i = 0; i < out->count; i++) {
        out->failed += out->cases[i].failed;
        out->skipped += out->cases[i].skipped;
        out->time_s += out->cases[i].time_s > 0 ? out->cases[i].time_s : 0;
    }
    return true;
}

void
junit_clear(struct junit *j)
{
    free(j->cases);
    arena_clear(&j->arena);
    *j = (struct junit){0};
}
