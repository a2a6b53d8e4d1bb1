/* shared.c: what several commands do with their options. */
#include "commands/commands.h"
#include "common/mem.h"
#include "keyset/expression.h"

#include <stdlib.h>
#include <string.h>

bool
open_keys(struct keyspace *out, const char *torch, struct error *err)
{
    const struct torch_version *version;

    if (!torch_version_find(&version, torch ? torch : TORCH_DEFAULT, err))
        return false;
    keyspace_init(out, version);
    return true;
}

static bool
read_arguments(const struct keyspace *k, const char *list, uint64_t *out,
               struct error *err)
{
    *out = 0;
    while (list) {
        size_t n = strcspn(list, ",");
        char *one = xstrndup(list, n);
        uint64_t bits = 0;
        bool ok = keyset_expression(k, one, &bits, err);

        free(one);
        if (!ok)
            return false;
        *out |= bits;
        list = list[n] ? list + n + 1 : NULL;
    }
    return true;
}

bool
read_call_options(const struct keyspace *k, const struct call_options *options,
                  uint64_t *arguments, struct tls *tls, struct error *err)
{
    tls->included = k->version->default_included;
    tls->excluded = k->version->default_excluded;
    if (!read_arguments(k, options->args, arguments, err))
        return error_in(err, "--args");
    if (options->include && !keyset_expression(k, options->include, &tls->included, err))
        return error_in(err, "--include");
    if (options->exclude && !keyset_expression(k, options->exclude, &tls->excluded, err))
        return error_in(err, "--exclude");
    return true;
}

const char *
set_text(const struct keyspace *k, uint64_t set, struct buf *buffer)
{
    buffer->size = 0;
    keyset_format(k, set, buffer);
    return buf_string(buffer);
}
