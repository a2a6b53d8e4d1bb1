#include "compare/fixture.h"

#include "common/file.h"
#include "common/mem.h"
#include "compare/schemas.h"

#include <stdlib.h>
#include <string.h>

enum { FIXTURE_SIZE_MAX = 64 << 20 };

static const struct {
    const char *schema;
    const char *original;
    bool modeless;
    bool (*read)(struct fixture *f, struct error *err);
} schemas[] = {
    {"lockstep-cases/1", "", false, schema_lockstep},
    {"fp-groupby-oracle/2", "pandas", true, schema_groupby_oracle},
    {"ft-dispatch-cases/1", "torch", true, schema_dispatch_cases},
    {"ft-grad-cases/1", "torch", true, schema_grad_cases},
    {"frankentorch-cases", "torch", false, schema_frankentorch},
    {"frankenpandas-packet", "pandas", false, schema_frankenpandas},
};

struct check *
fixture_add(struct fixture *f)
{
    if (f->count == f->capacity) {
        f->capacity = f->capacity ? 2 * f->capacity : 64;
        f->checks = xrealloc(f->checks, f->capacity, sizeof *f->checks);
    }
    f->checks[f->count] = (struct check){.operation = ""};
    return &f->checks[f->count++];
}

void
check_expect(struct fixture *f, struct check *c, const char *name,
             const struct json *node, const char *project)
{
    struct expect_member *more =
        arena_alloc(&f->arena, (c->member_count + 1) * sizeof *more);

    if (c->member_count > 0)
        memcpy(more, c->members, c->member_count * sizeof *more);
    more[c->member_count++] = (struct expect_member){name, node, project};
    c->members = more;
}

/* The seeds' files name no schema: their keys tell them.  NULL: it must have a name. */
static const char *
unnamed_schema(const struct json *root)
{
    const struct json *cases, *first;

    if (json_type(root) != JSON_OBJECT || json_get(root, "schema"))
        return NULL;
    if (json_get(root, "packet_id") && json_get(root, "case_id"))
        return "frankenpandas-packet";
    cases = json_get(root, "cases");
    first = cases && json_type(cases) == JSON_ARRAY ? json_first(cases) : NULL;
    if (first && json_type(first) == JSON_OBJECT && json_get(first, "name"))
        return "frankentorch-cases";
    return NULL;
}

static bool
read_schema(struct fixture *f, struct error *err)
{
    const struct json *root = json_root(f->doc);
    const char *name = unnamed_schema(root);

    f->original = f->version = "";
    if (!name && !json_want_string(f->doc, root, "schema", &name, err))
        return false;
    for (size_t i = 0; i < COUNT_OF(schemas); i++) {
        if (strcmp(name, schemas[i].schema) != 0)
            continue;
        f->schema = schemas[i].schema;
        f->original = schemas[i].original;
        f->modeless = schemas[i].modeless;
        return schemas[i].read(f, err);
    }
    return json_fail(f->doc, root, err, ERR_VERSION,
                     "schema '%s' is no schema of cases known here", name);
}

bool
fixture_open(struct fixture *f, const char *path, struct error *err)
{
    struct input in;
    bool ok;

    *f = (struct fixture){.path = path};
    if (!input_open(&in, path, FIXTURE_SIZE_MAX, err))
        return false;
    digest_hex(DIGEST_BLAKE2B, in.data, in.size, f->blake2b);
    f->size = in.size;
    ok = json_parse(&f->doc, (const char *)in.data, in.size, NULL, err) &&
         read_schema(f, err);
    input_close(&in);
    if (ok)
        return true;
    fixture_close(f);
    return error_in(err, path);
}

void
fixture_close(struct fixture *f)
{
    json_free(f->doc);
    free(f->checks);
    arena_clear(&f->arena);
    *f = (struct fixture){0};
}
