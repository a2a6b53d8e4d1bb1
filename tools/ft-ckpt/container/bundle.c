/* bundle.c: see bundle.h. */
#include "container/bundle.h"

#include "common/mem.h"
#include "container/open.h"
#include "container/torch_zip.h"
#include "fault.h"
#include "model/nested.h"

#include <string.h>

static const char program[] = "serialized_exported_program.json";
enum { DEPTH_MAX = 4 };

bool
bundle_is_pt2(const struct zip *z)
{
    return zip_find(z, program) != NULL;
}

bool
bundle_is_ptycho(const struct zip *z)
{
    return zip_find(z, "manifest.dill") != NULL;
}

static bool
ends_with(const struct zip_entry *e, const char *suffix)
{
    size_t m = strlen(suffix);

    return e->name_size > m && memcmp(e->name + e->name_size - m, suffix, m) == 0;
}

bool
bundle_add_part(struct checkpoint *c, const char *role, const uint8_t *data,
                uint64_t size, bool mapped, const struct open_options *options,
                struct checkpoint **out, struct error *err)
{
    struct checkpoint *part = xcalloc(1, sizeof *part), **last = &c->parts;

    while (*last)
        last = &(*last)->next;
    *last = part;
    checkpoint_init(part, c->path);
    part->role = role;
    part->mapped = mapped;
    part->nesting = c->nesting + 1;
    *out = part;
    if (part->nesting > DEPTH_MAX)
        return fault(err, ERR_LIMIT, "resource-limit", "archives nested deeper than %d",
                     DEPTH_MAX);
    return checkpoint_load(part, data, size, options, err) || error_at(err, "%s", role);
}

void
bundle_adopt(struct checkpoint *c, const struct checkpoint *part)
{
    for (size_t i = 0; i < part->tensor_count; i++) {
        struct tensor *t = checkpoint_add_tensor(c, part->tensors[i].path);
        const char *name = t->name;

        *t = part->tensors[i];
        t->name = name;
        t->member = part->role;
    }
}

static bool
member_data(struct checkpoint *c, const struct zip_entry *e, const uint8_t **data,
            struct error *err)
{
    struct blob blob = {.zip = &c->zip, .entry = e, .size = e->size};

    if (e->method == ZIP_STORED) {
        *data = c->data + e->data_at;
        return e->crc == 0 || e->size > (1 << 20) || zip_check_crc(&c->zip, e, err);
    }
    return checkpoint_blob(c, &blob, data, NULL, err);
}

static bool
load_member(struct checkpoint *c, const struct zip_entry *e,
            const struct open_options *options, struct error *err)
{
    struct checkpoint *part = NULL;
    const uint8_t *data = NULL;
    bool mapped = e->method == ZIP_STORED && c->mapped;

    if (!member_data(c, e, &data, err))
        return false;
    if (ends_with(e, ".pt") || ends_with(e, ".pth") || ends_with(e, ".ckpt") ||
        ends_with(e, ".dill") || ends_with(e, ".pkl")) {
        if (!bundle_add_part(c, e->name, data, e->size, mapped, options, &part, err))
            return false;
        bundle_adopt(c, part);
        return true;
    }
    if (strcmp(e->name, program) == 0)
        return json_parse(&c->header, (const char *)data, (size_t)e->size, NULL, err);
    if (strcmp(e->name, "version") == 0 && e->size < 64) {
        c->version = arena_strndup(&c->arena, (const char *)data, (size_t)e->size);
        return true;
    }
    if (!nested_check_octets(data, (size_t)e->size, err))
        return false;
    return diagnostics_recover(options->diagnostics, "zip-unexpected-entry", e->name, err,
                               "'%.80s' is no member of such a bundle", e->name);
}

bool
bundle_load(struct checkpoint *c, const struct open_options *options, struct error *err)
{
    c->format = bundle_is_pt2(&c->zip) ? FORMAT_PT2 : FORMAT_BUNDLE;
    c->members = arena_alloc(&c->arena, c->zip.count * sizeof *c->members);
    for (size_t i = 0; i < c->zip.count; i++) {
        const struct zip_entry *e = &c->zip.entries[i];

        c->members[c->member_count++] =
            (struct member){e->name, e->size, e->crc, e->method, &c->zip, e, NULL};
        if (!load_member(c, e, options, err))
            return false;
    }
    return true;
}
