#include "manifest.h"

#include "common/file.h"
#include "files/names.h"

#include <stdlib.h>
#include <string.h>

enum { MANIFEST_MAX = 1 << 20 };

static void
write_layout(struct json_out *j, const struct layout *l)
{
    json_object(j, "layout");
    json_u64(j, "T", l->T);
    json_u64(j, "K", l->K);
    json_u64(j, "Z", l->Z);
    json_u64(j, "source_symbols", layout_source_symbols(l));
    json_u64(j, "repair_per_block", l->R);
    json_u64(j, "spare_per_block", l->spare);
    json_u64(j, "repair_symbols", layout_repair_symbols(l));
    json_end(j);
}

void
manifest_members(struct json_out *j, const struct protect_report *report)
{
    const struct head *head = &report->head;
    uint8_t oti[RQ_OTI_SIZE];
    char hex[DIGEST_HEX_SIZE];

    json_string(j, "schema", MANIFEST_SCHEMA);
    json_string(j, "artifact", head->name);
    json_u64(j, "size", head->layout.F);
    if (head->is_set)
        json_u64(j, "files", head->file_count);
    if (layout_oti(&head->layout, oti)) {
        hex_encode(oti, sizeof oti, hex);
        json_string(j, "oti", hex);
    } else {
        json_null(j, "oti");
    }
    write_layout(j, &head->layout);
    source_digest_write(j, "digests", &head->digest);
    hex_encode(head->root, sizeof head->root, hex);
    json_string(j, "symbol_digests_root", hex);
    json_object(j, "sidecar");
    json_stringf(j, "file", "%s.rq", head->name);
    json_u64(j, "size", report->sidecar_size);
    hex_encode(head->set_id, sizeof head->set_id, hex);
    json_string(j, "set_id", hex);
    source_digest_write(j, "digests", &report->sidecar_digest);
    json_end(j);
}

static bool
says_just(const char *path, const char *text, size_t size)
{
    struct input in;
    struct error ignored;
    bool same;

    if (!input_open(&in, path, MANIFEST_MAX, &ignored))
        return false;
    same = in.size == size && memcmp(in.data, text, size) == 0;
    input_close(&in);
    return same;
}

bool
manifest_put(const char *file, const struct protect_report *report, struct error *err)
{
    char *path = manifest_path(file), *text = NULL;
    size_t size = 0;
    FILE *memory = open_memstream(&text, &size);
    struct json_out j;
    bool ok;

    if (!memory) {
        free(path);
        return error_errno(err, "cannot write the manifest");
    }
    json_start(&j, memory, JSON_PRETTY);
    json_object(&j, NULL);
    manifest_members(&j, report);
    json_end(&j);
    ok = (fclose(memory) == 0 || error_errno(err, "cannot write the manifest")) &&
         (says_just(path, text, size) || out_put(path, text, size, err));
    free(text);
    free(path);
    return ok;
}
