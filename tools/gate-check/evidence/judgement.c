#include "evidence/judgement.h"

#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

static const struct {
    const char *name;
    enum severity severity;
    const char *text;
} classes[] = {
#define REASON(name, severity, text) {#name, SEVERITY_##severity, text},
#include "evidence/reason.def"
#undef REASON
};

const char *reason_name(enum reason_class class)
{
    return classes[class].name;
}

const char *reason_text(enum reason_class class)
{
    return classes[class].text;
}

bool
reason_by_name(const char *name, enum reason_class *out)
{
    for (size_t i = 0; i < COUNT_OF(classes); i++)
        if (strcmp(classes[i].name, name) == 0) {
            *out = (enum reason_class)i;
            return true;
        }
    return false;
}

const char *
severity_name(enum severity severity)
{
    static const char *const names[] = {"note", "warn", "error", "fail"};

    return names[severity];
}

const char *
verdict_name(enum verdict verdict)
{
    static const char *const names[] = {"pass", "warn", "error", "fail"};

    return names[verdict];
}

int
verdict_status(enum verdict verdict)
{
    static const int status[] = {0, 0, 3, 1};

    return status[verdict];
}

static const char *
keep(struct judgement *j, const char *text)
{
    return text ? arena_strndup(&j->arena, text, strlen(text)) : NULL;
}

static const char *keep_formatted(struct judgement *j, const char *fmt, va_list args)
    PRINTF_LIKE(2, 0);

static const char *
keep_formatted(struct judgement *j, const char *fmt, va_list args)
{
    va_list again;
    char *text;
    int n;

    va_copy(again, args);
    n = vsnprintf(NULL, 0, fmt, again);
    va_end(again);
    if (n < 0)
        return "";
    text = arena_alloc(&j->arena, (size_t)n + 1);
    (void)vsnprintf(text, (size_t)n + 1, fmt, args);
    return text;
}

const char *
judgement_text(struct judgement *j, const char *fmt, ...)
{
    const char *text;
    va_list args;

    va_start(args, fmt);
    text = keep_formatted(j, fmt, args);
    va_end(args);
    return text;
}

void
judgement_init(struct judgement *j, const char *id)
{
    *j = (struct judgement){.layout = ""};
    j->id = keep(j, id);
}

void
judgement_clear(struct judgement *j)
{
    arena_clear(&j->arena);
    *j = (struct judgement){0};
}

struct reason *
judge(struct judgement *j, enum reason_class class, const char *rule, const char *file,
      const char *at, const char *fmt, ...)
{
    struct reason *r = arena_alloc(&j->arena, sizeof *r);
    va_list args;

    r->class = class;
    r->severity = classes[class].severity;
    r->rule = rule;
    r->file = keep(j, file ? file : "");
    r->at = keep(j, at ? at : "");
    va_start(args, fmt);
    r->message = keep_formatted(j, fmt, args);
    va_end(args);
    if (j->last_reason)
        j->last_reason->next = r;
    else
        j->reasons = r;
    j->last_reason = r;
    j->reason_count++;
    if (r->severity > j->worst)
        j->worst = r->severity;
    return r;
}

void
reason_values(struct judgement *j, struct reason *r, const char *claimed,
              const char *actual)
{
    r->claimed = keep(j, claimed);
    r->actual = keep(j, actual);
}

void
reason_numbers(struct judgement *j, struct reason *r, uint64_t claimed, uint64_t actual)
{
    r->claimed = judgement_text(j, "%" PRIu64, claimed);
    r->actual = judgement_text(j, "%" PRIu64, actual);
}

void
reason_severity(struct judgement *j, struct reason *r, enum severity severity)
{
    r->severity = severity;
    j->worst = SEVERITY_NOTE;
    for (const struct reason *each = j->reasons; each; each = each->next)
        if (each->severity > j->worst)
            j->worst = each->severity;
}

void
judgement_prefix(struct judgement *j, const struct reason *last, const char *place)
{
    for (struct reason *r = last ? last->next : j->reasons; r; r = r->next)
        if (strncmp(r->at, place, strlen(place)) != 0)
            r->at = judgement_text(j, "%s%s%s", place, r->at[0] ? ":" : "", r->at);
}

void
judgement_exhibit(struct judgement *j, const char *path, const void *data, uint64_t size)
{
    struct exhibit *e = arena_alloc(&j->arena, sizeof *e);

    e->path = keep(j, path);
    e->size = size;
    digest_hex(DIGEST_BLAKE2B, data, size, e->blake2b);
    if (j->last_exhibit)
        j->last_exhibit->next = e;
    else
        j->exhibits = e;
    j->last_exhibit = e;
}

enum verdict
judgement_verdict(const struct judgement *j)
{
    return (enum verdict)j->worst;
}

enum reason_class
judgement_reason(const struct judgement *j)
{
    for (const struct reason *r = j->reasons; r; r = r->next)
        if (r->severity == j->worst && j->worst > SEVERITY_NOTE)
            return r->class;
    return REASON_OK;
}
