#include "files/registrations.h"

#include "common/json_out.h"
#include "common/mem.h"
#include "common/yaml_in.h"
#include "dispatcher/schema.h"
#include "files/registration_steps.h"

#include <stdlib.h>
#include <string.h>

#define SCHEMA "ft-dispatch-registrations/1"

enum { REGISTRATIONS_DEPTH = 16 };
static const uint64_t size_max = 1ULL << 32;

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
        (void)registration_fail(f, err, ERR_MALFORMED, buf_string(&why));
        err->message[strcspn(err->message, "\n")] = '\0';
        buf_clear(&why);
        return false;
    }
    if (strlen(name) != size || strncmp(name, schema, size) != 0)
        return registration_fail(f, err, ERR_MALFORMED,
                                 "the schema is of another operator");
    return true;
}

static uint64_t
digest(const char *name)
{
    uint64_t h = 14695981039346656037ULL; /* FNV-1a */

    for (; *name; name++)
        h = (h ^ (unsigned char)*name) * 1099511628211ULL;
    return h ? h : 1;
}

static bool
insert(uint64_t *table, size_t capacity, uint64_t value)
{
    size_t i = (value ^ value >> 32) & (capacity - 1);

    for (; table[i]; i = (i + 1) & (capacity - 1))
        if (table[i] == value)
            return false;
    table[i] = value;
    return true;
}

/* An operator that stands twice contradicts itself. */
static bool
check_new(struct registrations *f, const char *name, struct error *err)
{
    if (f->operator_count == OPERATORS_MAX)
        return registration_fail(f, err, ERR_LIMIT,
                                 "more operators than a file may have (4194304)");
    if (f->operator_count * 2 >= f->name_capacity) {
        size_t capacity = f->name_capacity ? f->name_capacity * 2 : 1024;
        uint64_t *table = xcalloc(capacity, sizeof(*table));

        for (size_t i = 0; i < f->name_capacity; i++)
            if (f->names[i])
                (void)insert(table, capacity, f->names[i]);
        free(f->names);
        f->names = table;
        f->name_capacity = capacity;
    }
    return insert(f->names, f->name_capacity, digest(name)) ||
           json_scan_fail(&f->scan, err, ERR_MALFORMED,
                          "the operator %.100s stands here a second time", name);
}

static bool
begin_operator(struct registrations *f, const char *name, const char *schema,
               bool defined, bool is_dump, struct error *err)
{
    if (!name)
        return registration_fail(
            f, err, ERR_MALFORMED,
            "an operator's \"name\" stands before its registrations");
    if (!check_new(f, name, err) || (schema && !check_schema(f, name, schema, err)))
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
        if (!registration_member(f, operator_fields, &seen, &which, &token, &more, err))
            return false;
        if (!more)
            return f->has_operator ||
                   begin_operator(f, name, schema, defined, false, err);
        if (f->has_operator)
            return registration_fail(
                f, err, ERR_MALFORMED,
                "an operator has one list of registrations, its last member");
        switch (which) {
        case O_NAME:
            name = token == JSON_TOKEN_STRING
                       ? registration_keep(&f->operator_arena, &f->scan)
                       : NULL;
            break;
        case O_SCHEMA:
            schema = token == JSON_TOKEN_STRING
                         ? registration_keep(&f->operator_arena, &f->scan)
                         : NULL;
            break;
        case O_DEF: defined = token == JSON_TOKEN_TRUE; break;
        default:
            if (!begin_operator(f, name, schema, defined, which != O_STEPS, err) ||
                !(which == O_STEPS ? registration_read_steps(f, err)
                                   : registration_read_dump(f, err)))
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
    while (registration_element(f, &more, err)) {
        struct kernel *kernel;

        if (!more)
            return true;
        if (!registration_read(f, &r, err))
            return false;
        if (r.step.catch_all || r.step.what != STEP_IMPL || r.seen >> S_DO & 1 ||
            key_is_alias(&f->keys, r.step.key) || f->fallback[r.step.key])
            return registration_fail(
                f, err, ERR_MALFORMED,
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

    if (!registration_next(f, &token, err))
        return false;
    if (token != JSON_TOKEN_OBJECT)
        return registration_fail(f, err, ERR_MALFORMED,
                                 "a registrations file is an object");
    for (;;) {
        if (!registration_member(f, file_fields, &seen, &which, &token, &more, err))
            return false;
        if (!more)
            return registration_fail(f, err, ERR_MALFORMED,
                                     "key \"operators\" is missing");
        if (which == F_SCHEMA && (f->scan.token_size != strlen(SCHEMA) ||
                                  memcmp(f->scan.token, SCHEMA, strlen(SCHEMA)) != 0))
            return registration_fail(f, err, ERR_VERSION, "the schema is not " SCHEMA);
        if (which == F_TORCH && f->scan.token_size >= sizeof(version))
            return registration_fail(f, err, ERR_VERSION,
                                     "no torch has so long a version");
        if (which == F_TORCH && !torch)
            memcpy(version, f->scan.token, f->scan.token_size);
        if (which < F_FALLBACKS)
            continue;
        if (!(seen >> F_SCHEMA & 1))
            return registration_fail(f, err, ERR_VERSION,
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
    if (!registration_element(f, more, err))
        return false;
    if (*more)
        return read_operator(f, err);
    if (!registration_next(f, &token, err))
        return false;
    if (token != JSON_TOKEN_END)
        return registration_fail(f, err, ERR_MALFORMED,
                                 "\"operators\" is the last key of the file");
    return registration_next(f, &token, err); /* the end of the text, or an error */
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
    free(f->names);
    f->text = NULL;
    f->names = NULL;
}
