/* fuzz_zip.c: the zip reader: entries lie inside the archive and apart from each other.
 */
#include "archive/crc32.h"
#include "archive/zip.h"

#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct error err = {0};
    struct zip z;
    bool ok = zip_open(&z, data, size, false, &err);

    for (size_t i = 0; ok && i < z.count; i++) {
        const struct zip_entry *e = &z.entries[i];
        const uint8_t *content = NULL;
        struct buf space = {0};

        if (e->end_at > size || e->data_at + e->stored_size > e->end_at ||
            (i > 0 && e->header_at < e[-1].end_at) || zip_find(&z, e->name) != e)
            abort();
        if (e->size < (1 << 20) && zip_content(&z, e, e->size, &space, &content, &err) &&
            e->method == ZIP_DEFLATED && crc32_update(0, content, e->size) != e->crc)
            abort();
        buf_clear(&space);
    }
    zip_close(&z);
    return 0;
}
