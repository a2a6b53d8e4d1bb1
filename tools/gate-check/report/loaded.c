#include "report/loaded.h"

#include "common/file.h"
#include "common/mem.h"

#include <inttypes.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

static const char *keep(struct loaded *l, const char *fmt, ...) PRINTF_LIKE(2, 3);

static const char *
keep(struct loaded *l, const char *fmt, ...)
{
    char text[2048];
    va_list args;
    int n;

    va_start(args, fmt);
    n = vsnprintf(text, sizeof text, fmt, args);
    va_end(args);
    return arena_strndup(&l->arena, text,
                         n < 0                     ? 0
                         : (size_t)n < sizeof text ? (size_t)n
                                                   : sizeof text - 1);
}

static const char *
text_or(const struct json *object, const char *key, const char *otherwise)
{
    const struct json *node = json_get(object, key);

    return node && json_type(node) == JSON_STRING ? json_text(node) : otherwise;
}

static uint64_t
number_or_0(const struct json *object, const char *key)
{
    const struct json *node = object ? json_get(object, key) : NULL;
    uint64_t value;

    return node && json_to_u64(node, &value) ? value : 0;
}

/* "line 7 ...", "7:3": 7; a pointer or nothing: 1. */
static uint64_t
line_of(const char *at)
{
    uint64_t line;

    if (strncmp(at, "line ", 5) == 0)
        at += 5;
    line = strtoull(at, NULL, 10);
    return line > 0 && line < UINT32_MAX && (at[0] >= '0' && at[0] <= '9') ? line : 1;
}

static void
take_reason(struct loaded *l, const struct json *node, const struct loaded_subject *s,
            struct loaded_reason *out)
{
    *out = (struct loaded_reason){.class = text_or(node, "class", "?"),
                                  .severity = text_or(node, "severity", "fail"),
                                  .rule = text_or(node, "rule", ""),
                                  .file = text_or(node, "file", ""),
                                  .at = text_or(node, "at", ""),
                                  .message = text_or(node, "message", ""),
                                  .claimed = text_or(node, "claimed", NULL),
                                  .actual = text_or(node, "actual", NULL),
                                  .command = text_or(node, "command", NULL)};
    out->line = line_of(out->at);
    if (out->command)
        return;
    if (strcmp(s->gate, "ledger") == 0)
        out->command = keep(l, "gate-check ledger verify %s", s->id);
    else
        out->command =
            keep(l, "gate-check %s%s%s%s%s %s", s->gate, s->root[0] ? " --root " : "",
                 s->root, s->profile[0] ? " --profile " : "", s->profile, s->id);
}

static const char *
tally(struct loaded *l, const struct json *subject, const char *mode)
{
    const struct json *node = json_get(subject, mode);
    uint64_t total = number_or_0(node, "total"), failed = number_or_0(node, "failed");

    return node ? keep(l, "%" PRIu64 "/%" PRIu64, total - failed, total) : "";
}

static void
take_subject(struct loaded *l, const char *gate, const struct json *result,
             const struct json *node)
{
    const struct json *reasons = json_get(node, "reasons");
    struct loaded_subject *s;

    l->subjects = xrealloc(l->subjects, l->count + 1, sizeof *l->subjects);
    s = &l->subjects[l->count++];
    *s = (struct loaded_subject){.gate = gate,
                                 .root = text_or(result, "root", ""),
                                 .profile = text_or(result, "profile", ""),
                                 .id = text_or(node, "id", "?"),
                                 .layout = text_or(node, "layout", ""),
                                 .verdict = text_or(node, "verdict", "error"),
                                 .reason = text_or(node, "reason", "?"),
                                 .upstream = text_or(node, "upstream", NULL),
                                 .strict = tally(l, node, "strict"),
                                 .hardened = tally(l, node, "hardened")};
    if (strcmp(s->profile, "strict") == 0)
        s->profile = "";
    if (!reasons || json_type(reasons) != JSON_ARRAY)
        return;
    s->reasons = arena_alloc(&l->arena, (json_count(reasons) + 1) * sizeof *s->reasons);
    for (const struct json *r = json_first(reasons); r; r = json_next(r))
        take_reason(l, r, s, &s->reasons[s->reason_count++]);
}

static void
keep_doc(struct loaded *l, struct json_doc *doc)
{
    l->docs = xrealloc(l->docs, l->doc_count + 1, sizeof *l->docs);
    l->docs[l->doc_count++] = doc;
}

bool
loaded_result(struct loaded *l, const char *path, struct error *err)
{
    const struct json *subjects;
    const char *schema, *gate;
    struct json_doc *doc;

    if (!json_open(&doc, path, NULL, err))
        return false;
    keep_doc(l, doc);
    if (!json_want_string(doc, json_root(doc), "schema", &schema, err) ||
        !json_want_string(doc, json_root(doc), "gate", &gate, err) ||
        !json_want(doc, json_root(doc), "subjects", JSON_ARRAY, &subjects, err))
        return error_in(err, path);
    if (strcmp(schema, "lockstep-gate-result/1") != 0)
        return json_fail(doc, json_root(doc), err, ERR_VERSION,
                         "schema '%s' is not 'lockstep-gate-result/1'", schema) ||
               error_in(err, path);
    for (const struct json *s = json_first(subjects); s; s = json_next(s))
        take_subject(l, gate, json_root(doc), s);
    return true;
}

static void
take_point(struct loaded *l, const struct json *line)
{
    const struct json *strict = json_get(line, "strict"),
                      *hardened = json_get(line, "hardened");
    struct loaded_point *p;

    l->points = xrealloc(l->points, l->point_count + 1, sizeof *l->points);
    p = &l->points[l->point_count++];
    p->id = text_or(line, "packet_id", "?");
    if (json_get(line, "schema")) {
        p->failed = number_or_0(strict, "failed") + number_or_0(hardened, "failed");
        p->total = number_or_0(strict, "total") + number_or_0(hardened, "total");
        p->pass = strcmp(text_or(line, "verdict", ""), "pass") == 0;
    } else {
        const struct json *pass = json_get(line, "gate_pass");

        p->failed = number_or_0(line, "failed");
        p->total = number_or_0(line, "fixture_count");
        p->pass = pass && json_is_true(pass);
    }
}

bool
loaded_history(struct loaded *l, const char *path, struct error *err)
{
    struct input in;
    const char *text, *end;

    if (!input_open(&in, path, 1 << 30, err))
        return false;
    text = (const char *)in.data;
    end = text ? text + in.size : NULL;
    while (text < end) {
        const char *stop = memchr(text, '\n', (size_t)(end - text));
        struct json_doc *doc;
        struct error torn = {0};

        if (json_parse(&doc, text, (size_t)((stop ? stop : end) - text), NULL, &torn)) {
            keep_doc(l, doc);
            take_point(l, json_root(doc));
        }
        text = (stop ? stop : end) + 1;
    }
    input_close(&in);
    return true;
}

void
loaded_clear(struct loaded *l)
{
    for (size_t i = 0; i < l->doc_count; i++)
        json_free(l->docs[i]);
    free(l->docs);
    free(l->subjects);
    free(l->points);
    arena_clear(&l->arena);
    *l = (struct loaded){0};
}

bool
loaded_is_bad(const struct loaded_subject *s)
{
    return strcmp(s->verdict, "pass") != 0 && strcmp(s->verdict, "warn") != 0;
}
