/* fuzz_fixture.c: any octets as the cases of a fixture file, answered. */
#include "cases/case.h"

#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void
answer(const struct json_doc *doc, const struct json *node)
{
    const struct json *name = json_get(node, "op");
    const struct case_operation *o =
        name && json_type(name) == JSON_STRING ? case_find(json_text(name)) : NULL;
    struct diagnostics diagnostics;
    struct arena a = {0};
    struct case_call call = {&a, doc, json_get(node, "args"), json_get(node, "in"),
                             &diagnostics};
    struct fixture_value value;
    struct error err = {0};

    diagnostics_init(&diagnostics, MODE_HARDENED, 8);
    if (call.args && json_type(call.args) != JSON_OBJECT)
        call.args = NULL;
    if (o && call.args)
        (void)(o->run(&call, &value, &err) || err.message[0]);
    diagnostics_clear(&diagnostics);
    arena_clear(&a);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct json_doc *doc = NULL;
    struct error err = {0};

    if (!json_parse(&doc, (const char *)data, size, NULL, &err))
        return 0;
    answer(doc, json_root(doc));
    json_free(doc);
    return 0;
}
