#include "gates/exposition.h"

#include "common/buf.h"
#include "common/mem.h"
#include "common/num.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

enum { SAMPLES_MAX = 5000000, LABELS_MAX = 64 };

struct reader {
    struct exposition *out;
    const char *p, *end; /* the rest of the line */
    uint64_t line;
};

static bool
fail(const struct reader *r, struct error *err, const char *what)
{
    (void)error_set(err, ERR_MALFORMED, "%s", what);
    return error_at_line(err, r->line, 0);
}

static void
skip_blanks(struct reader *r)
{
    while (r->p < r->end && (*r->p == ' ' || *r->p == '\t'))
        r->p++;
}

/* [a-zA-Z_:][a-zA-Z0-9_:]*; labels have no colon. */
static bool
read_name(struct reader *r, bool colon, const char **out, struct error *err)
{
    const char *start = r->p;

    while (r->p < r->end &&
           (isalpha((unsigned char)*r->p) || *r->p == '_' || (colon && *r->p == ':') ||
            (r->p > start && isdigit((unsigned char)*r->p))))
        r->p++;
    if (r->p == start)
        return fail(r, err, "expected a name");
    *out = arena_strndup(&r->out->arena, start, (size_t)(r->p - start));
    return true;
}

static bool
read_label_value(struct reader *r, const char **out, struct error *err)
{
    struct buf text = {0};
    bool ok = true;

    if (r->p >= r->end || *r->p++ != '"')
        return fail(r, err, "expected a label's value in double quotes");
    while (ok && r->p < r->end && *r->p != '"') {
        char c = *r->p++;

        if (c == '\\') {
            c = r->p < r->end ? *r->p++ : 0;
            if (c == 'n')
                c = '\n';
            else if (c != '\\' && c != '"')
                ok = fail(r, err, "unknown escape in a label's value");
        }
        buf_putc(&text, c);
    }
    if (ok && r->p >= r->end)
        ok = fail(r, err, "a label's value has no end");
    r->p++;
    if (ok)
        *out = arena_strndup(&r->out->arena, buf_string(&text), text.size);
    buf_clear(&text);
    return ok;
}

static int
by_name(const void *a, const void *b)
{
    const struct exposition_label *x = a, *y = b;

    return strcmp(x->name, y->name);
}

static bool
read_labels(struct reader *r, struct exposition_sample *s, struct error *err)
{
    struct exposition_label labels[LABELS_MAX];

    if (r->p >= r->end || *r->p != '{')
        return true;
    r->p++;
    skip_blanks(r);
    while (r->p < r->end && *r->p != '}') {
        struct exposition_label *l = &labels[s->label_count];

        if (s->label_count == LABELS_MAX)
            return fail(r, err, "too many labels");
        if (!read_name(r, false, &l->name, err))
            return false;
        skip_blanks(r);
        if (r->p >= r->end || *r->p++ != '=')
            return fail(r, err, "expected '=' behind a label");
        skip_blanks(r);
        if (!read_label_value(r, &l->value, err))
            return false;
        s->label_count++;
        skip_blanks(r);
        if (r->p < r->end && *r->p == ',')
            r->p++;
        else if (r->p >= r->end || *r->p != '}')
            return fail(r, err, "expected ',' or '}' behind a label");
        skip_blanks(r);
    }
    if (r->p >= r->end)
        return fail(r, err, "labels have no end");
    r->p++;
    if (s->label_count == 0)
        return true;
    qsort(labels, s->label_count, sizeof *labels, by_name);
    for (size_t i = 1; i < s->label_count; i++)
        if (strcmp(labels[i - 1].name, labels[i].name) == 0)
            return fail(r, err, "a label comes twice");
    s->labels = arena_alloc(&r->out->arena, s->label_count * sizeof *labels);
    memcpy(s->labels, labels, s->label_count * sizeof *labels);
    return true;
}

/* A Go float: JSON's, and Inf, +Inf, -Inf, NaN in any case. */
static bool
read_value(struct reader *r, double *out, struct error *err)
{
    const char *start, *text;
    size_t n;

    skip_blanks(r);
    start = r->p;
    while (r->p < r->end && *r->p != ' ' && *r->p != '\t')
        r->p++;
    n = (size_t)(r->p - start);
    text = start;
    if (n > 0 && *text == '+') {
        text++;
        n--;
    }
    if (n == 3 && strncasecmp(text, "inf", 3) == 0)
        return num_parse_f64("Infinity", 8, out) || fail(r, err, "not a number");
    if (n == 4 && strncasecmp(text, "-inf", 4) == 0)
        return num_parse_f64("-Infinity", 9, out) || fail(r, err, "not a number");
    if (n == 3 && strncasecmp(text, "nan", 3) == 0)
        return num_parse_f64("NaN", 3, out) || fail(r, err, "not a number");
    return (n > 0 && num_parse_f64(text, n, out)) || fail(r, err, "not a number");
}

static void
set_series(struct reader *r, struct exposition_sample *s)
{
    struct buf text = {0};

    buf_puts(&text, s->metric);
    for (size_t i = 0; i < s->label_count; i++)
        buf_printf(&text, "\x01%s\x02%s", s->labels[i].name, s->labels[i].value);
    s->series = arena_strndup(&r->out->arena, buf_string(&text), text.size);
    buf_clear(&text);
}

static bool
read_sample(struct reader *r, struct error *err)
{
    struct exposition *e = r->out;
    struct exposition_sample s = {.line = r->line};
    double timestamp;

    if (e->count == SAMPLES_MAX)
        return fail(r, err, "too many samples");
    if (!read_name(r, true, &s.metric, err))
        return false;
    skip_blanks(r);
    if (!read_labels(r, &s, err) || !read_value(r, &s.value, err))
        return false;
    skip_blanks(r);
    if (r->p < r->end && !read_value(r, &timestamp, err))
        return false;
    skip_blanks(r);
    if (r->p < r->end)
        return fail(r, err, "text behind the value");
    set_series(r, &s);
    if (e->count == e->capacity) {
        e->capacity = e->capacity ? 2 * e->capacity : 256;
        e->samples = xrealloc(e->samples, e->capacity, sizeof *e->samples);
    }
    e->samples[e->count++] = s;
    return true;
}

/* "# TYPE name type"; HELP and other comments say nothing here. */
static bool
read_comment(struct reader *r, struct error *err)
{
    struct exposition *e = r->out;
    struct exposition_type t = {.line = r->line};

    r->p++;
    skip_blanks(r);
    if (r->end - r->p < 5 || memcmp(r->p, "TYPE", 4) != 0 || !strchr(" \t", r->p[4]))
        return true;
    r->p += 4;
    skip_blanks(r);
    if (!read_name(r, true, &t.metric, err))
        return false;
    skip_blanks(r);
    if (!read_name(r, false, &t.type, err))
        return false;
    if (e->type_count == e->type_capacity) {
        e->type_capacity = e->type_capacity ? 2 * e->type_capacity : 64;
        e->types = xrealloc(e->types, e->type_capacity, sizeof *e->types);
    }
    e->types[e->type_count++] = t;
    return true;
}

bool
exposition_parse(struct exposition *out, const char *text, size_t size, struct error *err)
{
    const char *end = text ? text + size : NULL;
    struct reader r = {.out = out};

    *out = (struct exposition){0};
    while (text < end) {
        const char *stop = memchr(text, '\n', (size_t)(end - text));

        r.line++;
        if (!stop)
            return fail(&r, err, "the last line has no end");
        r.p = text;
        r.end = stop > text && stop[-1] == '\r' ? stop - 1 : stop;
        skip_blanks(&r);
        if (r.p < r.end && !(*r.p == '#' ? read_comment(&r, err) : read_sample(&r, err)))
            return false;
        text = stop + 1;
    }
    return true;
}

void
exposition_clear(struct exposition *e)
{
    free(e->samples);
    free(e->types);
    arena_clear(&e->arena);
    *e = (struct exposition){0};
}
