/* archive_library.c: see archive_library.h. */
#include "archive/archive_library.h"

#include "common/attr.h"

#include <dlfcn.h>
#include <stddef.h>
#include <string.h>

bool
archive_library_load(struct archive_library *l, struct error *err)
{
    static const struct {
        const char *name;
        size_t at;
    } functions[] = {
        {"archive_read_new", offsetof(struct archive_library, read_new)},
        {"archive_read_support_filter_zstd",
         offsetof(struct archive_library, support_zstd)},
        {"archive_read_support_format_raw",
         offsetof(struct archive_library, support_raw)},
        {"archive_read_support_format_tar",
         offsetof(struct archive_library, support_tar)},
        {"archive_read_open_memory", offsetof(struct archive_library, open_memory)},
        {"archive_read_next_header", offsetof(struct archive_library, next_header)},
        {"archive_read_data", offsetof(struct archive_library, data)},
        {"archive_read_data_block", offsetof(struct archive_library, data_block)},
        {"archive_error_string", offsetof(struct archive_library, error_string)},
        {"archive_read_free", offsetof(struct archive_library, read_free)},
        {"archive_entry_pathname", offsetof(struct archive_library, pathname)},
        {"archive_entry_filetype", offsetof(struct archive_library, filetype)},
        {"archive_entry_hardlink", offsetof(struct archive_library, hardlink)},
        {"archive_entry_size", offsetof(struct archive_library, size)},
    };
    void *handle = dlopen("libarchive.so.13", RTLD_NOW | RTLD_LOCAL);

    *l = (struct archive_library){0};
    if (!handle)
        return error_set(err, ERR_UNSUPPORTED,
                         "this file needs libarchive, which is not installed");
    for (size_t i = 0; i < COUNT_OF(functions); i++) {
        void *address = dlsym(handle, functions[i].name);

        if (!address)
            return error_set(err, ERR_UNSUPPORTED, "libarchive lacks %s",
                             functions[i].name);
        memcpy((char *)l + functions[i].at, &address, sizeof address);
    }
    return true;
}
