/* separator.c: a list of alternatives, each a list of sets with quantifiers. */
#include "csv/separator.h"

#include "common/utf8.h"

#include <string.h>

enum { ATOMS_MAX = 32, ALTERNATIVES_MAX = 16, REPEAT_MAX = 1000 };
#define STEPS_MAX (UINT64_C(1) << 24) /* of one search */

/* A set of characters, and how many of them. */
struct atom {
    bool ascii[128];
    bool blanks;      /* white space beyond ASCII */
    bool others;      /* what else is beyond ASCII */
    uint32_t literal; /* one character beyond ASCII */
    size_t least, most;
};

struct alternative {
    struct atom atoms[ATOMS_MAX];
    size_t n;
};

struct separator {
    struct alternative alternatives[ALTERNATIVES_MAX];
    size_t n;
    bool first[256]; /* octets that a match may begin with */
};

static uint32_t
code_point(const uint8_t *p, size_t size, size_t *n)
{
    static const uint8_t lead[] = {0, 0x7f, 0x1f, 0x0f, 0x07};
    uint32_t c;

    *n = utf8_length(p, size);
    if (*n == 0)
        *n = 1;
    c = p[0] & lead[*n];
    for (size_t i = 1; i < *n; i++)
        c = c << 6 | (p[i] & 0x3f);
    return c;
}

/* str.isspace() */
static bool
is_blank(uint32_t c)
{
    return c == ' ' || (c >= 0x09 && c <= 0x0d) || (c >= 0x1c && c <= 0x1f) ||
           c == 0x85 || c == 0xa0 || c == 0x1680 || (c >= 0x2000 && c <= 0x200a) ||
           c == 0x2028 || c == 0x2029 || c == 0x202f || c == 0x205f || c == 0x3000;
}

static bool
in_set(const struct atom *a, uint32_t c)
{
    if (c < 128)
        return a->ascii[c];
    return c == a->literal || (is_blank(c) ? a->blanks : a->others);
}

struct reader {
    const char *text, *at;
    struct error *err;
};

static bool
refuse(const struct reader *r, const char *what)
{
    return error_set(r->err, ERR_USAGE, "sep=%s: %s (at character %zu)", r->text, what,
                     (size_t)(r->at - r->text) + 1);
}

static void
add_blanks(struct atom *a, bool inverted)
{
    for (uint32_t c = 0; c < 128; c++)
        a->ascii[c] |= is_blank(c) != inverted;
    a->blanks |= !inverted;
    a->others |= inverted;
}

/* What stands behind a backslash; *c: one character, or -1 when a set was added. */
static bool
read_escape(struct reader *r, struct atom *a, int *c)
{
    static const char letters[] = "tnrfv";
    static const char values[] = "\t\n\r\f\v";
    const char *known;

    *c = (uint8_t) * ++r->at;
    if (*c == 0)
        return refuse(r, "a backslash at the end");
    known = strchr(letters, *c);
    if (known)
        *c = (uint8_t)values[known - letters];
    else if (*c == 's' || *c == 'S') {
        add_blanks(a, *c == 'S');
        *c = -1;
    } else if ((*c >= '0' && *c <= '9') || (*c >= 'a' && *c <= 'z') ||
               (*c >= 'A' && *c <= 'Z'))
        return refuse(r, "this escape is not known in a separator (\\s, \\S and \\t are; "
                         "for digits write [0-9])");
    else if (*c >= 128)
        return refuse(r, "a character beyond ASCII needs no backslash");
    r->at++;
    return true;
}

/* [...]: characters, ranges, escapes; [^...] what is none of them. */
static bool
read_class(struct reader *r, struct atom *a)
{
    bool inverted = *++r->at == '^';
    int before = -1; /* a range may begin with it */

    r->at += inverted;
    for (const char *first = r->at; *r->at != ']' || r->at == first;) {
        int c = (uint8_t)*r->at;

        if (c == 0)
            return refuse(r, "[ without ]");
        if (c >= 128)
            return refuse(r, "a character beyond ASCII in [ ]");
        if (c == '\\') {
            if (!read_escape(r, a, &c))
                return false;
        } else if (c == '-' && before >= 0 && r->at[1] != ']') {
            int last = (uint8_t) * ++r->at;

            if (last == '\\' || last >= 128 || last < before)
                return refuse(r, "not a range");
            for (int k = before; k <= last; k++)
                a->ascii[k] = true;
            c = -1;
            r->at++;
        } else
            r->at++;
        if (c >= 0)
            a->ascii[c] = true;
        before = c;
    }
    r->at++;
    for (size_t i = 0; inverted && i < 128; i++)
        a->ascii[i] = !a->ascii[i];
    if (inverted) {
        bool had_others = a->others;

        a->others = !had_others;
        a->blanks = !a->blanks;
    }
    return true;
}

static bool
read_number(struct reader *r, size_t *out)
{
    const char *from = r->at;

    *out = 0;
    for (; *r->at >= '0' && *r->at <= '9' && *out <= REPEAT_MAX; r->at++)
        *out = *out * 10 + (size_t)(*r->at - '0');
    return r->at > from;
}

static bool
read_quantifier(struct reader *r, struct atom *a)
{
    a->least = a->most = 1;
    if (*r->at == '*' || *r->at == '+' || *r->at == '?') {
        a->least = *r->at == '+';
        a->most = *r->at == '?' ? 1 : SIZE_MAX;
        r->at++;
    } else if (*r->at == '{') {
        bool low, high, comma;

        r->at++;
        low = read_number(r, &a->least);
        comma = *r->at == ',';
        r->at += comma;
        high = comma && read_number(r, &a->most);
        if (!comma)
            a->most = a->least;
        else if (!high)
            a->most = SIZE_MAX;
        if ((!low && !high) || *r->at != '}' || a->least > REPEAT_MAX ||
            (high && a->most > REPEAT_MAX) || a->most < a->least)
            return refuse(r, "not a number of repetitions");
        r->at++;
    } else
        return true;
    if (*r->at && strchr("*+?{", *r->at))
        return refuse(r, "a quantifier behind another");
    return true;
}

static bool
read_atom(struct reader *r, struct atom *a)
{
    uint8_t c = (uint8_t)*r->at;

    if (strchr("()^$*+?{", c))
        return refuse(r, c == '(' || c == ')'   ? "groups are not known in a separator"
                         : c == '^' || c == '$' ? "anchors are not known in a separator"
                                                : "a quantifier without a character");
    if (c == '[') {
        if (!read_class(r, a))
            return false;
    } else if (c == '\\') {
        int escaped;

        if (!read_escape(r, a, &escaped))
            return false;
        if (escaped >= 0)
            a->ascii[escaped] = true;
    } else if (c == '.') {
        memset(a->ascii, true, sizeof a->ascii);
        a->ascii['\n'] = false;
        a->blanks = a->others = true;
        r->at++;
    } else if (c < 128) {
        a->ascii[c] = true;
        r->at++;
    } else {
        size_t n;

        a->literal = code_point((const uint8_t *)r->at, strlen(r->at), &n);
        r->at += n;
    }
    return read_quantifier(r, a);
}

/* Octets that may stand first; an alternative that may match nothing is refused. */
static bool
find_first(struct separator *s, const struct reader *r)
{
    for (size_t i = 0; i < s->n; i++) {
        const struct alternative *x = &s->alternatives[i];
        size_t k = 0;

        for (bool open = true; open && k < x->n; k++) {
            const struct atom *a = &x->atoms[k];

            for (size_t c = 0; c < 256; c++)
                s->first[c] |=
                    c < 128 ? a->ascii[c] : a->literal || a->blanks || a->others;
            open = a->least == 0;
        }
        if (k == x->n && (k == 0 || x->atoms[k - 1].least == 0))
            return refuse(r, "it may match nothing, which would cut between all "
                             "characters");
    }
    return true;
}

bool
separator_is_pattern(const char *text)
{
    size_t n = strlen(text);

    return n > 0 && utf8_length((const uint8_t *)text, n) != n &&
           strcmp(text, "\\s+") != 0 && strcmp(text, "\\t") != 0;
}

bool
separator_parse(struct arena *a, const char *text, const struct separator **out,
                struct error *err)
{
    struct separator *s = arena_alloc(a, sizeof *s);
    struct reader r = {text, text, err};

    s->n = 1;
    while (*r.at) {
        struct alternative *x = &s->alternatives[s->n - 1];

        if (*r.at == '|') {
            r.at++;
            if (s->n++ == ALTERNATIVES_MAX)
                return refuse(&r, "too many alternatives");
            continue;
        }
        if (x->n == ATOMS_MAX)
            return refuse(&r, "too long");
        if (!read_atom(&r, &x->atoms[x->n]))
            return false;
        x->n++;
    }
    *out = s;
    return find_first(s, &r);
}

struct search {
    const uint8_t *text;
    size_t size;
    uint64_t steps;
};

/* Atoms from the first on at octet `at`: where their match ends, or SIZE_MAX. */
static size_t
match(struct search *w, const struct atom *a, size_t n, size_t at)
{
    size_t from = at;
    size_t count = 0;

    if (n == 0)
        return at;
    while (count < a->most && at < w->size) {
        size_t step;
        uint32_t c = code_point(w->text + at, w->size - at, &step);

        w->steps++;
        if (!in_set(a, c))
            break;
        at += step;
        count++;
    }
    for (; count >= a->least && w->steps < STEPS_MAX; count--) {
        size_t end = match(w, a + 1, n - 1, at);

        w->steps++;
        if (end != SIZE_MAX)
            return end;
        if (at == from)
            break;
        for (at--; at > from && (w->text[at] & 0xc0) == 0x80;)
            at--;
    }
    return SIZE_MAX;
}

bool
separator_find(const struct separator *s, const uint8_t *text, size_t size, size_t from,
               size_t *begin, size_t *end)
{
    struct search w = {text, size, 0};

    for (*begin = from; *begin < size; ++*begin) {
        if (!s->first[text[*begin]] || (text[*begin] & 0xc0) == 0x80)
            continue;
        for (size_t i = 0; i < s->n; i++) {
            *end = match(&w, s->alternatives[i].atoms, s->alternatives[i].n, *begin);
            if (w.steps >= STEPS_MAX)
                return false;
            if (*end != SIZE_MAX)
                return true;
        }
    }
    return true;
}

void
separator_strip(const uint8_t *text, size_t *begin, size_t *end)
{
    size_t n;

    while (*begin < *end && is_blank(code_point(text + *begin, *end - *begin, &n)))
        *begin += n;
    while (*end > *begin) {
        size_t at = *end - 1;

        while (at > *begin && (text[at] & 0xc0) == 0x80)
            at--;
        if (!is_blank(code_point(text + at, *end - at, &n)))
            break;
        *end = at;
    }
}
