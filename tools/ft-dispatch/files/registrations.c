#include "files/registrations.h"

#include "common/json_out.h"
#include "common/mem.h"
#include "common/num.h"
#include "common/yaml_in.h"
#include "dispatcher/schema.h"

#include <stdlib.h>
#include <string.h>

#define SCHEMA "ft-dispatch-registrations/1"

enum { REGISTRATIONS_DEPTH = 16 };
static const uint64_t size_max = 1ULL << 32;

/* A member's name, matched against a table; each may stand once. */
struct field {
    const char *name;
    enum json_token type; /* JSON_TOKEN_TRUE stands for both booleans */
    bool nullable;
};

static bool
next(struct registrations *f, enum json_token *token, struct error *err)
{
    return json_scan_next(&f->scan, token, err);
}

static bool
fail(struct registrations *f, struct error *err, enum error_class class,
     const char *message)
{
    return json_scan_fail(&f->scan, err, class, "%s", message);
}

static char *
keep(struct arena *arena, const struct json_scan *s)
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
static bool
member(struct registrations *f, const struct field fields[], unsigned *seen,
       unsigned *which, enum json_token *token, bool *more, struct error *err)
{
    struct json_scan *s = &f->scan;

    if (!next(f, token, err))
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
    if (!next(f, token, err))
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
           fail(f, err, ERR_UNSUPPORTED,
                "a kernel is \"plain\", \"redispatch\" or \"fallthrough\"");
}

/* --- steps --- */

enum { S_DO, S_KEY, S_KERNEL, S_DEBUG, S_STEP, S_INACTIVE };

static const struct field step_fields[] = {
    {"do", JSON_TOKEN_STRING, false},     {"key", JSON_TOKEN_STRING, true},
    {"kernel", JSON_TOKEN_STRING, false}, {"debug", JSON_TOKEN_STRING, false},
    {"step", JSON_TOKEN_NUMBER, false},   {"inactive", JSON_TOKEN_TRUE, false},
    {NULL, JSON_TOKEN_EOF, false},
};

struct read_step {
    struct step step;
    unsigned seen;
    bool inactive;
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
    return fail(f, err, ERR_UNSUPPORTED,
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
    case S_DEBUG: r->step.debug = keep(&f->operator_arena, &f->scan); return true;
    case S_STEP:
        return num_parse_u64(f->scan.token, f->scan.token_size, &r->step.target) ||
               fail(f, err, ERR_MALFORMED, "a step's number is a whole number");
    default: r->inactive = token == JSON_TOKEN_TRUE; return true;
    }
}

static bool
read_step_object(struct registrations *f, struct read_step *r, struct error *err)
{
    const unsigned kernel = 1U << S_KERNEL, key = 1U << S_KEY, debug = 1U << S_DEBUG;
    enum json_token token;
    unsigned which = 0;
    bool more = true;

    memset(r, 0, sizeof(*r));
    while (more) {
        if (!member(f, step_fields, &r->seen, &which, &token, &more, err) ||
            (more && !read_value(f, which, token, r, err)))
            return false;
    }
    if (r->step.what == STEP_DEREGISTER) {
        if (r->seen != (1U << S_DO | 1U << S_STEP))
            return fail(f, err, ERR_MALFORMED,
                        "a deregistration has the key \"step\" and no other");
        return true;
    }
    if (!(r->seen & key))
        r->step.catch_all = true;
    if (!(r->seen & kernel) || r->seen >> S_STEP & 1)
        return fail(f, err, ERR_MALFORMED,
                    "a registration has \"key\", \"kernel\" and \"debug\"");
    if (r->step.catch_all && r->step.what == STEP_FALLBACK)
        return fail(f, err, ERR_MALFORMED, "a fallback needs a key");
    if (!(r->seen & debug))
        r->step.debug = "registered at <file>";
    return true;
}

/* The next element of an array of objects; *more is false at its end. */
static bool
element(struct registrations *f, bool *more, struct error *err)
{
    enum json_token token;

    if (!next(f, &token, err))
        return false;
    *more = token != JSON_TOKEN_END;
    return !*more || token == JSON_TOKEN_OBJECT ||
           fail(f, err, ERR_MALFORMED, "an object should stand here");
}

static bool
read_steps(struct registrations *f, struct error *err)
{
    struct read_step r;
    bool more = true;

    for (size_t i = 0;; i++) {
        if (!element(f, &more, err))
            return false;
        if (!more)
            return true;
        if (!read_step_object(f, &r, err))
            return false;
        if (!(r.seen >> S_DO & 1) || r.seen >> S_INACTIVE & 1)
            return fail(f, err, ERR_MALFORMED,
                        "a step has \"do\", and \"inactive\" is for \"registrations\"");
        if (!replay_step(&f->replay, &r.step, err))
            return error_at(err, "/operators/%zu/steps/%zu", f->operator_count, i);
    }
}

/* Newest first: each is put behind those of its key that are there already. */
static bool
read_dumped(struct registrations *f, struct error *err)
{
    struct read_step *list = NULL;
    size_t count = 0, capacity = 0;
    bool more = true, ok = true;

    while ((ok = element(f, &more, err)) && more) {
        if (count == REPLAY_STEPS_MAX)
            ok = fail(f, err, ERR_LIMIT, "more registrations than one operator may have");
        if (count == capacity) {
            capacity = capacity ? capacity * 2 : 32;
            list = xrealloc(list, capacity, sizeof(*list));
        }
        ok = ok && read_step_object(f, &list[count], err);
        if (ok && (list[count].seen >> S_DO & 1 || list[count].step.catch_all))
            ok = fail(f, err, ERR_MALFORMED,
                      "a dumped registration has a key and no \"do\"");
        if (!ok)
            break;
        list[count].step.what = STEP_IMPL;
        count++;
    }
    for (size_t i = count; ok && i > 0; i--) {
        const struct step *step = &list[i - 1].step;
        bool newest = true;

        for (size_t n = 0; n + 1 < i && newest; n++)
            newest = list[n].step.key != step->key;
        ok = list[i - 1].inactive != newest ||
             error_set(err, ERR_MALFORMED,
                       "a kernel is inactive where it is not the newest");
        ok = (ok && replay_add(&f->replay, step, err)) ||
             error_at(err, "/operators/%zu/registrations/%zu", f->operator_count, i - 1);
    }
    free(list);
    if (ok)
        replay_settle(&f->replay);
    return ok;
}

/* --- operators --- */

enum { O_NAME, O_SCHEMA, O_DEF, O_STEPS, O_REGISTRATIONS };

static const struct field operator_fields[] = {
    {"name", JSON_TOKEN_STRING, false},
    {"schema", JSON_TOKEN_STRING, true},
    {"def", JSON_TOKEN_TRUE, false},
    {"steps", JSON_TOKEN_ARRAY, false},
    {"registrations", JSON_TOKEN_ARRAY, false},
    {NULL, JSON_TOKEN_EOF, false},
};

static bool
check_schema(struct registrations *f, const char *name, const char *schema,
             struct error *err)
{
    struct buf why = {0};
    size_t size = schema_name_size(schema);

    if (!schema_check(schema, &why)) {
        (void)fail(f, err, ERR_MALFORMED, buf_string(&why));
        err->message[strcspn(err->message, "\n")] = '\0';
        buf_clear(&why);
        return false;
    }
    if (strlen(name) != size || strncmp(name, schema, size) != 0)
        return fail(f, err, ERR_MALFORMED, "the schema is of another operator");
    return true;
}

static bool
begin_operator(struct registrations *f, const char *name, const char *schema,
               bool defined, bool is_dump, struct error *err)
{
    if (!name)
        return fail(f, err, ERR_MALFORMED,
                    "an operator's \"name\" stands before its registrations");
    if (schema && !check_schema(f, name, schema, err))
        return false;
    (is_dump ? replay_begin_dump : replay_begin)(&f->replay, &f->keys, &f->operator_arena,
                                                 name, schema, defined, f->fallback);
    f->has_operator = true;
    return true;
}

static bool
read_operator(struct registrations *f, struct error *err)
{
    const char *name = NULL, *schema = NULL;
    unsigned seen = 0, which = 0;
    enum json_token token;
    bool more = true, defined = true;

    for (;;) {
        if (!member(f, operator_fields, &seen, &which, &token, &more, err))
            return false;
        if (!more)
            return f->has_operator ||
                   begin_operator(f, name, schema, defined, false, err);
        if (f->has_operator)
            return fail(f, err, ERR_MALFORMED,
                        "an operator has one list of registrations, its last member");
        switch (which) {
        case O_NAME:
            name = token == JSON_TOKEN_STRING ? keep(&f->operator_arena, &f->scan) : NULL;
            break;
        case O_SCHEMA:
            schema =
                token == JSON_TOKEN_STRING ? keep(&f->operator_arena, &f->scan) : NULL;
            break;
        case O_DEF: defined = token == JSON_TOKEN_TRUE; break;
        default:
            if (!begin_operator(f, name, schema, defined, which != O_STEPS, err) ||
                !(which == O_STEPS ? read_steps(f, err) : read_dumped(f, err)))
                return false;
        }
    }
}

static void
end_operator(struct registrations *f)
{
    if (f->has_operator)
        replay_clear(&f->replay);
    f->has_operator = false;
    arena_clear(&f->operator_arena);
}

/* --- the file --- */

static bool
read_fallback_list(struct registrations *f, struct error *err)
{
    struct read_step r;
    bool more = true;

    memset(f->fallback, 0, sizeof(f->fallback));
    while (element(f, &more, err)) {
        struct kernel *kernel;

        if (!more)
            return true;
        if (!read_step_object(f, &r, err))
            return false;
        if (r.step.catch_all || r.step.what != STEP_IMPL || r.seen >> S_DO & 1 ||
            key_is_alias(&f->keys, r.step.key) || f->fallback[r.step.key])
            return fail(f, err, ERR_MALFORMED,
                        "a fallback has one runtime key, and a key one fallback");
        kernel = arena_alloc(&f->arena, sizeof(*kernel));
        kernel->debug = arena_strndup(&f->arena, r.step.debug, strlen(r.step.debug));
        kernel->kind = r.step.kind;
        kernel->key = r.step.key;
        f->fallback[kernel->key] = kernel;
    }
    return false;
}

enum { F_SCHEMA, F_TORCH, F_SOURCE, F_FALLBACKS, F_OPERATORS };

static const struct field file_fields[] = {
    {"schema", JSON_TOKEN_STRING, false},   {"torch", JSON_TOKEN_STRING, false},
    {"source", JSON_TOKEN_STRING, false},   {"fallbacks", JSON_TOKEN_ARRAY, false},
    {"operators", JSON_TOKEN_ARRAY, false}, {NULL, JSON_TOKEN_EOF, false},
};

static bool
use_version(struct registrations *f, const char *name, struct error *err)
{
    const struct torch_version *version;

    if (!torch_version_find(&version, name, err))
        return false;
    keyspace_init(&f->keys, version);
    registry_builtin(&f->keys, &f->arena, f->fallback);
    return true;
}

/* Everything up to the '[' of "operators". */
static bool
read_header(struct registrations *f, const char *torch, struct error *err)
{
    unsigned seen = 0, which = 0;
    enum json_token token;
    char version[32] = "";
    bool more = true;

    if (!next(f, &token, err))
        return false;
    if (token != JSON_TOKEN_OBJECT)
        return fail(f, err, ERR_MALFORMED, "a registrations file is an object");
    for (;;) {
        if (!member(f, file_fields, &seen, &which, &token, &more, err))
            return false;
        if (!more)
            return fail(f, err, ERR_MALFORMED, "key \"operators\" is missing");
        if (which == F_SCHEMA && (f->scan.token_size != strlen(SCHEMA) ||
                                  memcmp(f->scan.token, SCHEMA, strlen(SCHEMA)) != 0))
            return fail(f, err, ERR_VERSION, "the schema is not " SCHEMA);
        if (which == F_TORCH && !torch && f->scan.token_size < sizeof(version))
            memcpy(version, f->scan.token, f->scan.token_size);
        if (which < F_FALLBACKS)
            continue;
        if (!(seen >> F_SCHEMA & 1))
            return fail(f, err, ERR_VERSION,
                        "\"schema\": \"" SCHEMA "\" should come first");
        if (!f->keys.version && !use_version(f,
                                             torch      ? torch
                                             : *version ? version
                                                        : TORCH_DEFAULT,
                                             err))
            return false;
        if (which == F_OPERATORS)
            return true;
        if (!read_fallback_list(f, err))
            return false;
    }
}

/* YAML is read as a tree and written as JSON: it is bounded to a mebibyte anyway. */
static bool
open_text(struct registrations *f, const char *path, struct error *err)
{
    size_t n = strlen(path), size = 0;
    struct json_doc *doc = NULL;
    struct json_out j;
    FILE *stream;

    if ((n < 5 || strcmp(path + n - 5, ".yaml") != 0) &&
        (n < 4 || strcmp(path + n - 4, ".yml") != 0)) {
        if (!input_open(&f->input, path, size_max, err))
            return false;
        json_scan_begin(&f->scan, (const char *)f->input.data, f->input.size,
                        REGISTRATIONS_DEPTH);
        return true;
    }
    if (!yaml_open(&doc, path, NULL, err))
        return false;
    stream = xmemstream(&f->text, &size);
    json_start(&j, stream, JSON_LINE);
    json_node(&j, NULL, json_root(doc));
    xmemclose(stream);
    json_free(doc);
    json_scan_begin(&f->scan, f->text, size, REGISTRATIONS_DEPTH);
    return true;
}

bool
registrations_open(struct registrations *f, const char *path, const char *torch,
                   struct error *err)
{
    memset(f, 0, sizeof(*f));
    if (open_text(f, path, err) && read_header(f, torch, err))
        return true;
    registrations_close(f);
    return error_in(err, path);
}

bool
registrations_parse(struct registrations *f, const char *text, size_t size,
                    const char *torch, struct error *err)
{
    memset(f, 0, sizeof(*f));
    json_scan_begin(&f->scan, text, size, REGISTRATIONS_DEPTH);
    if (read_header(f, torch, err))
        return true;
    registrations_close(f);
    return false;
}

bool
registrations_next(struct registrations *f, bool *more, struct error *err)
{
    enum json_token token;

    if (f->has_operator)
        f->operator_count++;
    end_operator(f);
    if (!element(f, more, err))
        return false;
    if (*more)
        return read_operator(f, err);
    if (!next(f, &token, err))
        return false;
    if (token != JSON_TOKEN_END)
        return fail(f, err, ERR_MALFORMED, "\"operators\" is the last key of the file");
    return next(f, &token, err); /* the end of the text, or an error */
}

static bool
is_last(const struct registrations *f)
{
    struct json_scan ahead = f->scan;
    struct error none = {0};
    enum json_token token;

    return !json_scan_next(&ahead, &token, &none) || token == JSON_TOKEN_END;
}

bool
registrations_find(struct registrations *f, const char *path, const char *torch,
                   const char *name, struct error *err)
{
    bool more = true;

    if (!registrations_open(f, path, torch, err))
        return false;
    while (registrations_next(f, &more, err)) {
        if (!more)
            (void)error_set(err, ERR_UNSUPPORTED, "there is no operator %s here",
                            name ? name : "at all");
        else if (!name && !is_last(f))
            (void)error_set(err, ERR_USAGE,
                            "there are several operators (add --op NAME)");
        else if (name && strcmp(name, f->replay.table.registry.name) != 0)
            continue;
        else
            return true;
        break;
    }
    registrations_close(f);
    return error_in(err, path);
}

void
registrations_close(struct registrations *f)
{
    end_operator(f);
    arena_clear(&f->arena);
    json_scan_end(&f->scan);
    input_close(&f->input);
    free(f->text);
    f->text = NULL;
}
