#include "keyset/torch_version.h"

#include "common/buf.h"

#include <string.h>

extern const struct torch_version *const __start_torch_versions[];
extern const struct torch_version *const __stop_torch_versions[];

const struct torch_version *
torch_version_at(size_t i)
{
    size_t count = (size_t)(__stop_torch_versions - __start_torch_versions);

    return i < count ? __start_torch_versions[i] : NULL;
}

bool
torch_version_find(const struct torch_version **out, const char *name, struct error *err)
{
    struct buf known = {0};

    for (size_t i = 0; (*out = torch_version_at(i)) != NULL; i++) {
        size_t n = strlen((*out)->name);

        /* "2.6" names the table; so does any release of it, "2.6.1" or "2.6.0+cpu". */
        if (strncmp(name, (*out)->name, n) == 0 &&
            (name[n] == '\0' || name[n] == '.' || name[n] == '+'))
            return true;
        buf_printf(&known, "%s%s", i ? ", " : "", (*out)->name);
    }
    (void)error_set(err, ERR_VERSION, "no key table for torch '%.40s' (there is %s)",
                    name, buf_string(&known));
    buf_clear(&known);
    return false;
}
