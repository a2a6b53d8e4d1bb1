#include "keyset/torch_version.h"

#include "common/buf.h"

#include <string.h>

extern const struct torch_version *const __start_torch_versions[];
extern const struct torch_version *const __stop_torch_versions[];

const struct torch_version *
torch_version_at(size_t i)
{
    /* Both are of one section, which the linker makes one array. */
    // cppcheck-suppress comparePointers
    size_t count = (size_t)(__stop_torch_versions - __start_torch_versions);

    return i < count ? __start_torch_versions[i] : NULL;
}

static bool
is_called(const struct torch_version *v, const char *name)
{
    size_t n = strlen(v->name);

    /* "2.6" names the table; so does any release of it, "2.6.1" or "2.6.0+cpu". */
    return strncmp(name, v->name, n) == 0 &&
           (name[n] == '\0' || name[n] == '.' || name[n] == '+');
}

bool
torch_version_find(const struct torch_version **out, const char *name, struct error *err)
{
    struct buf known = {0};

    for (size_t i = 0; (*out = torch_version_at(i)) != NULL; i++)
        if (is_called(*out, name))
            return true;
    for (size_t i = 0; torch_version_at(i); i++)
        buf_printf(&known, "%s%s", i ? ", " : "", torch_version_at(i)->name);
    (void)error_set(err, ERR_VERSION, "no key table for torch '%.40s' (there is %s)",
                    name, buf_string(&known));
    buf_clear(&known);
    return false;
}
