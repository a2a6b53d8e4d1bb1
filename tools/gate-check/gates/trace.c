/*
 * Requirement -> test -> code.  Specs define ids in brackets, "- [OC-CORE-1001] The
 * tool MUST ..."; the files of requirements repeat them with title, section and level,
 * and must be what the specs would give again; code and tests mention them.
 */
#include "common/mem.h"
#include "evidence/field.h"
#include "gates/gates.h"
#include "gates/requirement_id.h"
#include "gates/tree_walk.h"

#include <ctype.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const char rule[] = "traceability";
enum { TITLE_MAX = 160 };

struct requirement {
    const char *id, *file, *title, *section; /* arena */
    const char *level;                       /* static: must, should, may, info */
    uint64_t line;
    bool in_code, in_tests, listed;
};

struct trace {
    struct judgement *j;
    const struct trace_options *o;
    struct requirement *items; /* owned; by id */
    size_t count, capacity;
};

static int
by_id(const void *a, const void *b)
{
    const struct requirement *x = a, *y = b;
    int order = strcmp(x->id, y->id);

    if (order == 0)
        order = strcmp(x->file, y->file);
    return order ? order : (x->line > y->line) - (x->line < y->line);
}

static struct requirement *
find(const struct trace *t, const char *id)
{
    size_t low = 0, high = t->count;

    while (low < high) {
        size_t middle = low + (high - low) / 2;

        if (strcmp(t->items[middle].id, id) < 0)
            low = middle + 1;
        else
            high = middle;
    }
    return low < t->count && strcmp(t->items[low].id, id) == 0 ? &t->items[low] : NULL;
}

/* Without list marks, brackets at its beginning and blanks. */
static const char *
bare_title(struct judgement *j, const char *text, size_t n)
{
    for (;;) {
        const char *close;

        while (n > 0 && strchr(" \t-*", *text)) {
            text++;
            n--;
        }
        if (n == 0 || *text != '[' || !(close = memchr(text, ']', n)))
            break;
        n -= (size_t)(close + 1 - text);
        text = close + 1;
    }
    while (n > 0 && strchr(" \t\r", text[n - 1]))
        n--;
    return judgement_text(j, "%.*s", (int)(n < TITLE_MAX ? n : TITLE_MAX), text);
}

static const char *
level_of(const char *title)
{
    return strstr(title, "MUST")     ? "must"
           : strstr(title, "SHOULD") ? "should"
           : strstr(title, "MAY")    ? "may"
                                     : "info";
}

/* --- Specs --- */

static void
define(struct trace *t, const char *id, const char *file, uint64_t line, const char *text,
       size_t size, const char *section)
{
    struct requirement *r;

    if (t->count == t->capacity) {
        t->capacity = t->capacity ? 2 * t->capacity : 64;
        t->items = xrealloc(t->items, t->capacity, sizeof *t->items);
    }
    r = &t->items[t->count++];
    *r = (struct requirement){.id = judgement_text(t->j, "%s", id),
                              .file = judgement_text(t->j, "%s", file),
                              .title = bare_title(t->j, text, size),
                              .section = section,
                              .line = line};
    r->level = level_of(r->title);
}

/* "[ID]" at the beginning of a list item or a line; anything else is a mention. */
static bool
defines_here(const char *line, const char *at)
{
    while (line < at && strchr(" \t-*", *line))
        line++;
    return line < at && *line == '[' && line + 1 == at;
}

static void
read_spec(struct trace *t, const char *file)
{
    struct evidence e = {.judgement = t->j, .file = file};
    const char *section = "", *text, *end;
    size_t before = t->count;
    uint64_t line = 0;

    if (!evidence_text(&e)) {
        evidence_close(&e);
        return;
    }
    text = (const char *)e.input.data;
    end = text + e.input.size;
    while (text < end) {
        const char *stop = memchr(text, '\n', (size_t)(end - text));
        size_t n = (size_t)((stop ? stop : end) - text), pos = 0;
        char id[REQUIREMENT_ID_SIZE];

        line++;
        if (n > 0 && *text == '#') {
            size_t marks = strspn(text, "#");

            section = bare_title(t->j, text + marks, n - marks);
        }
        while (requirement_id_next(text, n, &pos, t->o->prefixes, t->o->prefix_count, id))
            if (defines_here(text, text + pos - strlen(id)))
                define(t, id, file, line, text, n, section);
        text = (stop ? stop : end) + 1;
    }
    if (t->count == before)
        (void)judge(t->j, REASON_UNPROVEN, rule, file, "", "a spec that defines no id");
    evidence_close(&e);
}

static void
check_duplicates(const struct trace *t)
{
    for (size_t i = 1; i < t->count; i++) {
        const struct requirement *a = &t->items[i - 1], *b = &t->items[i];
        char at[32];

        if (strcmp(a->id, b->id) != 0)
            continue;
        (void)snprintf(at, sizeof at, "line %" PRIu64, b->line);
        (void)judge(t->j, REASON_DUPLICATE_ID, rule, b->file, at,
                    "%s is defined in %s:%" PRIu64 " too", b->id, a->file, a->line);
    }
}

/* --- Requirements --- */

static char
lower(char c)
{
    return (char)tolower((unsigned char)c);
}

/* "1) Queue & Admission" -> "1-queue-admission" */
static void
slug(const char *text, char *out, size_t size)
{
    size_t n = 0;

    for (; *text && n + 2 < size; text++) {
        char c = lower(*text);

        if (isalnum((unsigned char)c))
            out[n++] = c;
        else if (n > 0 && out[n - 1] != '-')
            out[n++] = '-';
    }
    while (n > 0 && out[n - 1] == '-')
        n--;
    out[n] = '\0';
}

/* The file a source names lies where the specs do. */
static bool
is_spec(const struct requirement *r, const char *source)
{
    const char *a = strrchr(r->file, '/'), *b = strrchr(source, '/');

    return strcmp(a ? a + 1 : r->file, b ? b + 1 : source) == 0;
}

static void
check_links(const struct evidence *e, const struct requirement *r,
            const struct json *links, const char *source)
{
    char anchor[256];

    slug(r->section, anchor, sizeof anchor);
    for (const struct json *l = links ? json_first(links) : NULL; l; l = json_next(l)) {
        const char *link = json_type(l) == JSON_STRING ? json_text(l) : "";
        const char *hash = strchr(link, '#');
        size_t n = hash ? (size_t)(hash - link) : strlen(link);

        if (strlen(source) != n || strncmp(link, source, n) != 0 ||
            (hash && strcmp(hash + 1, anchor) != 0))
            reason_values(e->judgement,
                          judge(e->judgement, REASON_BROKEN_LINK, rule, e->file, r->id,
                                "a link that leads to no section of %s", source),
                          link, judgement_text(e->judgement, "%s#%s", source, anchor));
    }
}

static void
check_text(const struct evidence *e, const struct requirement *r, const struct json *row,
           const char *key, const char *want)
{
    const struct json *node = json_get(row, key);
    const char *text = node && json_type(node) == JSON_STRING ? json_text(node) : "";

    if (strcmp(key, "title") == 0)
        text = bare_title(e->judgement, text, strlen(text));
    if (strcmp(text, want) != 0)
        reason_values(e->judgement,
                      judge(e->judgement, REASON_REGEN_DRIFT, rule, e->file, r->id,
                            "%s is not what %s:%" PRIu64 " gives", key, r->file, r->line),
                      text, want);
}

static void
check_listed(struct trace *t, const struct evidence *e, const struct json *row,
             const char *source)
{
    struct requirement *r = find(t, json_key(row));

    if (!r) {
        (void)judge(t->j, REASON_DANGLING_ID, rule, e->file, json_key(row),
                    "%s is in no spec", json_key(row));
        return;
    }
    if (r->listed)
        (void)judge(t->j, REASON_DUPLICATE_ID, rule, e->file, r->id,
                    "%s is listed in two files", r->id);
    r->listed = true;
    if (!is_spec(r, source))
        (void)judge(t->j, REASON_REGEN_DRIFT, rule, e->file, r->id,
                    "%s is defined in %s, not %s", r->id, r->file, source);
    /* The hand-written shape {text, status} repeats nothing that could drift. */
    if (json_get(row, "text"))
        return;
    check_text(e, r, row, "title", r->title);
    check_text(e, r, row, "section", r->section);
    check_text(e, r, row, "level", r->level);
    check_links(e, r, json_get(row, "links"), source);
}

static void
read_requirements(struct trace *t, const char *file)
{
    static const char *const keys[] = {"schema_version", "source", "notes",
                                       "requirements", NULL};
    struct evidence e = {.judgement = t->j, .file = file};
    const struct json *list;
    const char *source;
    uint64_t version;

    if (evidence_yaml(&e) && field_only(&e, json_root(e.doc), keys) &&
        field_u64(&e, json_root(e.doc), "schema_version", &version) &&
        field_text(&e, json_root(e.doc), "source", &source) &&
        field_object(&e, json_root(e.doc), "requirements", &list)) {
        if (version != 1)
            (void)judge(t->j, REASON_UNSUPPORTED, rule, file, "/schema_version",
                        "schema_version is not 1");
        for (const struct json *row = json_first(list); row; row = json_next(row))
            check_listed(t, &e, row, source);
    }
    evidence_close(&e);
}

/* --- Code and tests --- */

static void
read_mentions(struct trace *t, const char *file, bool tests)
{
    struct evidence e = {.judgement = t->j, .file = file};
    char id[REQUIREMENT_ID_SIZE];
    size_t pos = 0;

    if (evidence_open(&e, EVIDENCE_JSON_MAX))
        while (requirement_id_next((const char *)e.input.data, e.input.size, &pos,
                                   t->o->prefixes, t->o->prefix_count, id)) {
            struct requirement *r = find(t, id);

            if (!r)
                (void)judge(t->j, REASON_DANGLING_ID, rule, file, id,
                            "mentions %s, which no spec defines", id);
            else if (tests)
                r->in_tests = true;
            else
                r->in_code = true;
        }
    evidence_close(&e);
}

static void
walk_each(struct trace *t, const char *folder, const char *suffix,
          void (*each)(struct trace *t, const char *file))
{
    struct file_list files;
    struct error err = {0};

    if (!tree_walk(folder, suffix, &files, &err)) {
        (void)judge(t->j, REASON_EVIDENCE_MISSING, rule, folder, "", "%s", err.message);
        return;
    }
    for (size_t i = 0; i < files.count; i++)
        each(t, files.paths[i]);
    file_list_clear(&files);
}

static void
read_code(struct trace *t, const char *file)
{
    read_mentions(t, file, false);
}

static void
read_test(struct trace *t, const char *file)
{
    read_mentions(t, file, true);
}

static void
check_coverage(struct trace *t)
{
    for (size_t i = 0; i < t->count; i++) {
        const struct requirement *r = &t->items[i];
        struct reason *reason;
        char at[32];

        if (i > 0 && strcmp(t->items[i - 1].id, r->id) == 0)
            continue;
        (void)snprintf(at, sizeof at, "line %" PRIu64, r->line);
        if (!r->listed)
            (void)judge(t->j, REASON_REGEN_DRIFT, rule, r->file, at,
                        "%s is in no file of requirements", r->id);
        if (r->in_code && r->in_tests)
            continue;
        reason = judge(t->j, REASON_UNTESTED_REQUIREMENT, rule, r->file, at,
                       "%s (%s) has no %s", r->id, r->level,
                       !r->in_code && !r->in_tests ? "code and no test"
                       : r->in_code                ? "test"
                                                   : "code");
        if (strcmp(r->level, "must") != 0)
            reason_severity(t->j, reason, SEVERITY_NOTE);
    }
}

void
gate_trace(struct judgement *j, const struct trace_options *options)
{
    struct trace t = {.j = j, .o = options};

    walk_each(&t, options->specs, ".md", read_spec);
    if (t.count > 1)
        qsort(t.items, t.count, sizeof *t.items, by_id);
    if (t.count == 0)
        (void)judge(j, REASON_ZERO_EXECUTED, rule, options->specs, "",
                    "the specs define no requirement");
    check_duplicates(&t);
    walk_each(&t, options->requirements, ".yaml", read_requirements);
    for (size_t i = 0; i < options->code_count; i++)
        walk_each(&t, options->code[i], NULL, read_code);
    for (size_t i = 0; i < options->test_count; i++)
        walk_each(&t, options->tests[i], NULL, read_test);
    check_coverage(&t);
    free(t.items);
}
