/* Any expression: refused with a place, or a set whose raw form reads back the same. */
#include "keyset/expression.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void
check(const char *version, const char *text)
{
    const struct torch_version *v = NULL;
    static struct keyspace keys;
    struct error err = {0}, again = {0};
    struct buf shown = {0};
    uint64_t set = 0, reread = 0;
    char raw[24];

    if (!torch_version_find(&v, version, &err))
        abort();
    keyspace_init(&keys, v);
    if (!keyset_expression(&keys, text, &set, &err)) {
        if (!err.message[0] || !err.at[0])
            abort();
        return;
    }
    (void)snprintf(raw, sizeof(raw), "0x%016" PRIx64, set);
    if (!keyset_expression(&keys, raw, &reread, &again) || reread != set)
        abort();
    if (keyset_slot(&keys, set) >= keys.slot_count)
        abort();
    keyset_format(&keys, set, &shown);
    buf_clear(&shown);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct buf text = {0};

    buf_put(&text, data, size);
    check("2.6", buf_string(&text));
    check("1.13", buf_string(&text));
    buf_clear(&text);
    return 0;
}
