/* value.c: see value.h. */
#include "pickle/value.h"

#include <string.h>

const struct value *
value_get(const struct value *v, const char *key)
{
    size_t size = strlen(key);

    if (v->kind == VALUE_OBJECT && v->object->keyed)
        v = v->object->keyed;
    if (v->kind != VALUE_DICT)
        return NULL;
    for (size_t i = v->count; i >= 2; i -= 2)
        if (value_is_text(v->items[i - 2], key, size))
            return v->items[i - 1];
    return NULL;
}

struct global *
value_global(const struct value *v)
{
    if (v->kind == VALUE_OBJECT)
        v = v->object->callee;
    /* ('module', class, file, source): how old torch saved a module's class */
    if (v->kind == VALUE_PERSISTENT && v->items[0]->kind == VALUE_TUPLE &&
        v->items[0]->count >= 2 && value_is_text(v->items[0]->items[0], "module", 6))
        v = v->items[0]->items[1];
    return v->kind == VALUE_GLOBAL ? v->global : NULL;
}
