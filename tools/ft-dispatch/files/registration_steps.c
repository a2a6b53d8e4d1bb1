#include "files/registration_steps.h"

#include "common/mem.h"
#include "common/num.h"

#include <stdlib.h>
#include <string.h>

bool
registration_next(struct registrations *f, enum json_token *token, struct error *err)
{
    return json_scan_next(&f->scan, token, err);
}

bool
registration_fail(struct registrations *f, struct error *err, enum error_class class,
                  const char *message)
{
    return json_scan_fail(&f->scan, err, class, "%s", message);
}

char *
registration_keep(struct arena *arena, const struct json_scan *s)
{
    return arena_strndup(arena, s->token, s->token_size);
}

static bool
has_type(enum json_token token, const struct field *field)
{
    return token == field->type ||
           (field->type == JSON_TOKEN_TRUE && token == JSON_TOKEN_FALSE) ||
           (field->nullable && token == JSON_TOKEN_NULL);
}

/*
 * The next member of an open object: *which is its place in the table, *token its
 * value's first token; *more is false at the object's end.
 */
bool
registration_member(struct registrations *f, const struct field fields[], unsigned *seen,
                    unsigned *which, enum json_token *token, bool *more,
                    struct error *err)
{
    struct json_scan *s = &f->scan;

    if (!registration_next(f, token, err))
        return false;
    *more = *token != JSON_TOKEN_END;
    if (!*more)
        return true;
    for (*which = 0; fields[*which].name; ++*which)
        if (strlen(fields[*which].name) == s->token_size &&
            memcmp(fields[*which].name, s->token, s->token_size) == 0)
            break;
    if (!fields[*which].name)
        return json_scan_fail(s, err, ERR_UNKNOWN_FIELD, "unknown key '%.*s'",
                              (int)(s->token_size < 60 ? s->token_size : 60), s->token);
    if (*seen >> *which & 1)
        return json_scan_fail(s, err, ERR_MALFORMED, "key '%s' stands twice",
                              fields[*which].name);
    *seen |= 1U << *which;
    if (!registration_next(f, token, err))
        return false;
    return has_type(*token, &fields[*which]) ||
           json_scan_fail(s, err, ERR_MALFORMED, "'%s' has a value of the wrong type",
                          fields[*which].name);
}

static bool
read_key(struct registrations *f, unsigned *key, struct error *err)
{
    struct json_scan *s = &f->scan;

    if (key_find(&f->keys, s->token, s->token_size, key))
        return true;
    return json_scan_fail(s, err, ERR_UNSUPPORTED, "torch %s has no dispatch key '%.*s'",
                          f->keys.version->name,
                          (int)(s->token_size < 60 ? s->token_size : 60), s->token);
}

static bool
read_kind(struct registrations *f, enum kernel_kind *kind, struct error *err)
{
    char name[24] = "";

    if (f->scan.token_size < sizeof(name))
        memcpy(name, f->scan.token, f->scan.token_size);
    return kernel_kind_find(name, kind) ||
           registration_fail(f, err, ERR_UNSUPPORTED,
                             "a kernel is \"plain\", \"redispatch\" or \"fallthrough\"");
}

/* --- steps --- */

static const struct field step_fields[] = {
    {"do", JSON_TOKEN_STRING, false},     {"key", JSON_TOKEN_STRING, true},
    {"kernel", JSON_TOKEN_STRING, false}, {"debug", JSON_TOKEN_STRING, false},
    {"step", JSON_TOKEN_NUMBER, false},   {"inactive", JSON_TOKEN_TRUE, false},
    {NULL, JSON_TOKEN_EOF, false},
};

static bool
read_do(struct registrations *f, struct step *step, struct error *err)
{
    static const char *const words[] = {"impl", "fallback", "deregister"};

    for (size_t i = 0; i < COUNT_OF(words); i++)
        if (strlen(words[i]) == f->scan.token_size &&
            memcmp(words[i], f->scan.token, f->scan.token_size) == 0) {
            step->what = (enum step_what)i;
            return true;
        }
    return registration_fail(f, err, ERR_UNSUPPORTED,
                             "a step is \"impl\", \"fallback\" or \"deregister\"");
}

static bool
read_value(struct registrations *f, unsigned which, enum json_token token,
           struct read_step *r, struct error *err)
{
    switch (which) {
    case S_DO: return read_do(f, &r->step, err);
    case S_KEY:
        r->step.catch_all = token == JSON_TOKEN_NULL;
        return r->step.catch_all || read_key(f, &r->step.key, err);
    case S_KERNEL: return read_kind(f, &r->step.kind, err);
    case S_DEBUG:
        r->step.debug = registration_keep(&f->operator_arena, &f->scan);
        return true;
    case S_STEP:
        return num_parse_u64(f->scan.token, f->scan.token_size, &r->step.target) ||
               registration_fail(f, err, ERR_MALFORMED,
                                 "a step's number is a whole number");
    default: r->inactive = token == JSON_TOKEN_TRUE; return true;
    }
}

bool
registration_read(struct registrations *f, struct read_step *r, struct error *err)
{
    const unsigned kernel = 1U << S_KERNEL, key = 1U << S_KEY, debug = 1U << S_DEBUG;
    enum json_token token;
    unsigned which = 0;
    bool more = true;

    memset(r, 0, sizeof(*r));
    while (more) {
        if (!registration_member(f, step_fields, &r->seen, &which, &token, &more, err) ||
            (more && !read_value(f, which, token, r, err)))
            return false;
    }
    if (r->step.what == STEP_DEREGISTER) {
        if (r->seen != (1U << S_DO | 1U << S_STEP))
            return registration_fail(
                f, err, ERR_MALFORMED,
                "a deregistration has the key \"step\" and no other");
        return true;
    }
    if (!(r->seen & key))
        r->step.catch_all = true;
    if (!(r->seen & kernel) || r->seen >> S_STEP & 1)
        return registration_fail(f, err, ERR_MALFORMED,
                                 "a registration has \"key\", \"kernel\" and \"debug\"");
    if (r->step.catch_all && r->step.what == STEP_FALLBACK)
        return registration_fail(f, err, ERR_MALFORMED, "a fallback needs a key");
    if (!(r->seen & debug))
        r->step.debug = "registered at <file>";
    return true;
}

/* The next element of an array of objects; *more is false at its end. */
bool
registration_element(struct registrations *f, bool *more, struct error *err)
{
    enum json_token token;

    if (!registration_next(f, &token, err))
        return false;
    *more = token != JSON_TOKEN_END;
    return !*more || token == JSON_TOKEN_OBJECT ||
           registration_fail(f, err, ERR_MALFORMED, "an object should stand here");
}

bool
registration_read_steps(struct registrations *f, struct error *err)
{
    struct read_step r;
    bool more = true;

    for (size_t i = 0;; i++) {
        if (!registration_element(f, &more, err))
            return false;
        if (!more)
            return true;
        if (!registration_read(f, &r, err))
            return false;
        if (!(r.seen >> S_DO & 1) || r.seen >> S_INACTIVE & 1)
            return registration_fail(
                f, err, ERR_MALFORMED,
                "a step has \"do\", and \"inactive\" is for \"registrations\"");
        if (!replay_step(&f->replay, &r.step, err))
            return error_at(err, "/operators/%zu/steps/%zu", f->operator_count, i);
    }
}

/* Into a growing list; "inactive" must be what the order says: all but the newest. */
static bool
collect(struct registrations *f, struct read_step **list, size_t *count,
        struct error *err)
{
    bool seen[KEYS_MAX] = {false}, more = true;
    size_t capacity = 0;

    for (;;) {
        struct read_step *r;

        if (!registration_element(f, &more, err))
            return false;
        if (!more)
            return true;
        if (*count == REPLAY_STEPS_MAX)
            return registration_fail(f, err, ERR_LIMIT,
                                     "more registrations than an operator may have");
        if (*count == capacity) {
            capacity = capacity ? capacity * 2 : 32;
            *list = xrealloc(*list, capacity, sizeof(**list));
        }
        r = &(*list)[*count];
        if (!registration_read(f, r, err))
            return false;
        if (r->seen >> S_DO & 1 || r->step.catch_all)
            return registration_fail(f, err, ERR_MALFORMED,
                                     "a dumped registration has a key and no \"do\"");
        if (r->inactive != seen[r->step.key])
            return registration_fail(
                f, err, ERR_MALFORMED,
                "a kernel is inactive when a newer one of its key stands above");
        seen[r->step.key] = true;
        ++*count;
    }
}

/* Newest first, so the last one is registered first. */
bool
registration_read_dump(struct registrations *f, struct error *err)
{
    struct read_step *list = NULL;
    size_t count = 0;
    bool ok = collect(f, &list, &count, err);

    for (size_t i = count; ok && i > 0; i--)
        ok = replay_add(&f->replay, &list[i - 1].step, err) ||
             error_at(err, "/operators/%zu/registrations/%zu", f->operator_count, i - 1);
    free(list);
    if (ok)
        replay_settle(&f->replay);
    return ok;
}
