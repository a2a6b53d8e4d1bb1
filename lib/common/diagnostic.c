#include "diagnostic.h"

#include "mem.h"

#include <stdarg.h>
#include <stdlib.h>

const char *
mode_name(enum mode mode)
{
    static const char *const names[] = {"strict", "hardened", "both"};

    return names[mode];
}

void
diagnostics_init(struct diagnostics *d, enum mode mode, size_t max)
{
    *d = (struct diagnostics){.mode = mode, .max = max};
}

void
diagnostics_clear(struct diagnostics *d)
{
    free(d->items);
    *d = (struct diagnostics){.mode = d->mode, .max = d->max};
}

bool
diagnostics_recover(struct diagnostics *d, const char *code, const char *where,
                    struct error *err, const char *fmt, ...)
{
    struct diagnostic item;
    va_list args;

    (void)snprintf(item.code, sizeof item.code, "%s", code);
    (void)snprintf(item.where, sizeof item.where, "%s", where);
    va_start(args, fmt);
    (void)vsnprintf(item.message, sizeof item.message, fmt, args);
    va_end(args);

    if (d->mode != MODE_HARDENED) {
        (void)error_set(err, ERR_MALFORMED, "%s", item.message);
        (void)error_subclass(err, code);
        return error_at(err, "%s", where);
    }
    if (d->count >= d->max) {
        (void)error_set(err, ERR_LIMIT,
                        "more than %zu recoveries; the next would be: %s "
                        "(--max-diagnostics raises the bound)",
                        d->max, item.message);
        return error_at(err, "%s", where);
    }
    d->items = xrealloc(d->items, d->count + 1, sizeof *d->items);
    d->items[d->count++] = item;
    return true;
}

void
diagnostics_write(const struct diagnostics *d, struct json_out *j)
{
    json_array(j, "diagnostics");
    for (size_t i = 0; d && i < d->count; i++) {
        json_object(j, NULL);
        json_string(j, "code", d->items[i].code);
        json_string(j, "where", d->items[i].where);
        json_string(j, "message", d->items[i].message);
        json_end(j);
    }
    json_end(j);
}
