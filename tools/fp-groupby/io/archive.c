/* archive.c: see archive.h. */
#include "io/archive.h"

#include <dlfcn.h>
#include <string.h>

static bool
find(void *handle, const char *name, void *function, struct error *err)
{
    void *address = dlsym(handle, name);

    memcpy(function, &address, sizeof address);
    return address || error_set(err, ERR_UNSUPPORTED, "libarchive lacks %s", name);
}

bool
archive_load(struct archive_library *l, struct error *err)
{
    void *handle = dlopen("libarchive.so.13", RTLD_NOW | RTLD_LOCAL);

    if (!handle)
        return error_set(err, ERR_UNSUPPORTED,
                         "compressed data and .npz need libarchive, which is not "
                         "installed");
#define X(function)                                                                      \
    if (!find(handle, #function, &l->function, err))                                     \
        return false;
    ARCHIVE_FUNCTIONS(X)
#undef X
    return true;
}

bool
archive_fail(const struct archive_library *l, struct archive *a, enum error_class class,
             const char *what, struct error *err)
{
    const char *why = a ? l->archive_error_string(a) : NULL;

    return error_set(err, class, "%s: %s", what, why ? why : "perhaps it was cut short");
}
