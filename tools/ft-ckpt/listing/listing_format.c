/* listing_format.c: what only one format has to say. */
#include "listing/listing_parts.h"

#include "container/dcp.h"
#include "container/envelope.h"
#include "container/torch_zip.h"

#include <inttypes.h>
#include <string.h>

/* A dict of plain values, as sys_info is. */
static void
put_plain(struct json_out *j, const char *key, const struct value *v, int depth)
{
    struct buf name = {0};

    if (v->kind == VALUE_DICT && depth < 8) {
        json_object(j, key);
        for (size_t i = 0; i < v->count; i += 2) {
            name.size = 0;
            if (v->items[i]->kind == VALUE_TEXT)
                buf_put(&name, v->items[i]->text, v->items[i]->count);
            put_plain(j, buf_string(&name), v->items[i + 1], depth + 1);
        }
        json_end(j);
    } else if (v->kind == VALUE_BOOL) {
        json_bool(j, key, v->truth);
    } else if (v->kind == VALUE_INT) {
        json_i64(j, key, v->integer);
    } else if (v->kind == VALUE_TEXT) {
        json_string_n(j, key, (const char *)v->text, v->count);
    } else {
        json_null(j, key);
    }
    buf_clear(&name);
}

static void
put_text(struct json_out *j, const char *key, const char *text)
{
    if (text)
        json_string(j, key, text);
    else
        json_null(j, key);
}

/* Listings of parts share the writer's options. */
static bool
put_part(struct writer *w, const char *key, struct checkpoint *part, bool tensors)
{
    struct writer inner = *w;
    bool ok = true;

    inner.c = part;
    if (tensors && w->options->digests &&
        !digests_make_stored(&inner.digests, part, DIGEST_SHA256, w->options->threads,
                             w->err))
        return false;
    json_object(w->j, key);
    listing_globals(w->j, "globals", listing_main_pickle(part));
    listing_leaves(w->j, part);
    if (tensors)
        ok = listing_tensors(&inner);
    json_end(w->j);
    if (tensors && w->options->digests)
        digests_clear(&inner.digests);
    return ok;
}

static bool
put_octets_digest(struct writer *w, const char *key, const uint8_t *data, uint64_t size)
{
    char hex[DIGEST_HEX_SIZE];

    if (w->options->digests) {
        digest_hex(DIGEST_SHA256, data, (size_t)size, hex);
        json_string(w->j, key, hex);
    }
    return true;
}

static bool
put_script(struct writer *w)
{
    const struct torchscript *s = w->c->script;
    struct json_out *j = w->j;

    json_array(j, "code");
    for (size_t i = 0; i < s->code_count; i++)
        json_string(j, NULL, s->code[i]);
    json_end(j);
    json_object(j, "extra_files");
    for (size_t i = 0; i < s->extra_count; i++) {
        const struct zip_entry *e = s->extra[i];
        struct blob blob = {.zip = &w->c->zip, .entry = e, .size = e->size};
        const char *name = strstr(e->name, "/extra/") + 7;
        const uint8_t *data = w->c->data + e->data_at;

        if (e->method != ZIP_STORED && !checkpoint_blob(w->c, &blob, &data, NULL, w->err))
            return false;
        (void)put_octets_digest(w, name, data, e->size);
    }
    json_end(j);
    return put_part(w, "constants", s->constants, true);
}

static bool
put_members(struct writer *w)
{
    struct json_out *j = w->j;

    json_array(j, "members");
    for (size_t i = 0; i < w->c->member_count; i++) {
        const struct member *m = &w->c->members[i];
        struct blob blob = {.zip = m->zip, .entry = m->entry, .size = m->size};
        const uint8_t *data = m->entry ? w->c->data + m->entry->data_at : m->data;

        if (m->entry && m->method != ZIP_STORED &&
            !checkpoint_blob(w->c, &blob, &data, NULL, w->err))
            return false;
        json_object(j, NULL);
        json_string(j, "name", m->name);
        json_u64(j, "size", m->size);
        if (m->entry) {
            json_u64(j, "method", m->method);
            json_stringf(j, "crc32", "%08" PRIx32, m->crc);
        }
        (void)put_octets_digest(w, "sha256", data, m->size);
        json_end(j);
    }
    json_end(j);
    return true;
}

static bool
put_bundle(struct writer *w)
{
    struct json_out *j = w->j;
    bool ok = put_members(w);

    if (w->c->format == FORMAT_PT2) {
        const struct json *version =
            w->c->header ? json_get(json_root(w->c->header), "schema_version") : NULL;

        put_text(j, "version", w->c->version);
        if (version)
            json_node(j, "schema_version", version);
        return ok;
    }
    for (struct checkpoint *p = w->c->parts; ok && p; p = p->next)
        if (strcmp(p->role, "manifest.dill") == 0)
            ok = put_part(w, "manifest", p, false);
    json_object(j, "params");
    for (struct checkpoint *p = w->c->parts; ok && p; p = p->next)
        if (p->format == FORMAT_PICKLE && strcmp(p->role, "manifest.dill") != 0)
            ok = put_part(w, p->role, p, false);
    json_end(j);
    return ok;
}

bool
listing_chunks(struct writer *w, size_t number)
{
    const struct dcp *d = w->c->dcp;
    struct json_out *j = w->j;

    json_array(j, "chunks");
    for (size_t i = 0; i < d->count; i++) {
        const struct dcp_item *item = &d->items[i];
        struct digests digests = {0};
        const struct tensor *t;

        if (item->tensor != number)
            continue;
        t = &item->part->tensors[0];
        if (w->options->digests &&
            !digests_make_stored(&digests, item->part, DIGEST_SHA256, 1, w->err))
            return false;
        json_object(j, NULL);
        json_string(j, "file", item->file);
        json_u64(j, "offset", item->offset);
        json_u64(j, "length", item->length);
        json_u64(j, "nbytes", t->nbytes);
        listing_sizes(j, "offsets", item->at, item->rank);
        listing_sizes(j, "shape", t->shape, t->rank);
        listing_sizes(j, "stride", t->stride, t->rank);
        listing_digest(w, "sha256", &digests, 0);
        json_end(j);
        if (w->options->digests)
            digests_clear(&digests);
    }
    json_end(j);
    return true;
}

static void
put_plan(struct json_out *j, const struct value *plan)
{
    struct buf name = {0};

    json_object(j, "planner_data");
    for (size_t i = 0; plan && plan->kind == VALUE_DICT && i < plan->count; i += 2) {
        const struct value *path = plan->items[i + 1];

        if (plan->items[i]->kind != VALUE_TEXT || path->kind != VALUE_TUPLE)
            continue;
        name.size = 0;
        buf_put(&name, plan->items[i]->text, plan->items[i]->count);
        json_array(j, buf_string(&name));
        for (size_t k = 0; k < path->count; k++)
            put_plain(j, NULL, path->items[k], 8);
        json_end(j);
    }
    json_end(j);
    buf_clear(&name);
}

static bool
put_dcp(struct writer *w)
{
    const struct dcp *d = w->c->dcp;
    struct json_out *j = w->j;

    json_array(j, "bytes");
    for (size_t i = 0; i < d->count; i++) {
        const struct dcp_item *item = &d->items[i];

        if (item->tensor != SIZE_MAX)
            continue;
        json_object(j, NULL);
        json_string_n(j, "name", item->name, item->name_size);
        json_string(j, "file", item->file);
        json_u64(j, "offset", item->offset);
        json_u64(j, "length", item->length);
        listing_leaves(j, item->part);
        (void)put_octets_digest(w, "sha256", item->data, item->length);
        json_end(j);
    }
    json_end(j);
    listing_globals(j, "metadata_globals", d->metadata);
    json_u64(j, "metadata_proto", d->metadata->pickle.proto);
    put_plan(j, d->plan);
    return true;
}

static void
put_envelope(struct json_out *j, const struct envelope *e)
{
    json_u64(j, "schema_version", ENVELOPE_VERSION);
    json_string(j, "mode", mode_name(e->mode));
    json_array(j, "entries");
    for (size_t i = 0; i < e->count; i++) {
        json_object(j, NULL);
        json_u64(j, "node_id", e->entries[i].node_id);
        json_f64(j, "value", e->entries[i].value);
        if (e->entries[i].has_grad)
            json_f64(j, "grad", e->entries[i].grad);
        else
            json_null(j, "grad");
        json_end(j);
    }
    json_end(j);
    json_stringf(j, "source_hash", "det64:%016" PRIx64, e->hash);
}

static void
put_safetensors(struct json_out *j, const struct safetensors *s)
{
    json_u64(j, "header_len", s->header_size);
    if (!s->has_metadata) {
        json_null(j, "metadata");
        return;
    }
    json_object(j, "metadata");
    for (size_t i = 0; i < s->metadata_count; i++)
        json_string(j, s->metadata[i].key, s->metadata[i].value);
    json_end(j);
}

static void
put_methods(struct json_out *j, const struct zip *z)
{
    bool seen[ZIP_DEFLATED + 1] = {0};

    for (size_t i = 0; i < z->count; i++)
        seen[z->entries[i].method] = true;
    json_array(j, "methods");
    for (unsigned m = 0; m < COUNT_OF(seen); m++)
        if (seen[m])
            json_u64(j, NULL, m);
    json_end(j);
}

/* What only this format has to say. */
bool
listing_format(struct writer *w)
{
    const struct checkpoint *c = w->c;
    struct json_out *j = w->j;

    switch (c->format) {
    case FORMAT_TORCH_ZIP:
    case FORMAT_TORCHSCRIPT:
        json_string(j, "archive", c->archive);
        put_text(j, "byteorder", c->byteorder);
        json_string(j, "version", c->version);
        listing_globals(j, "globals", listing_main_pickle(c));
        listing_opaque(j, listing_main_pickle(c));
        return c->format == FORMAT_TORCH_ZIP || put_script(w);
    case FORMAT_TORCH_LEGACY:
    case FORMAT_PICKLE:
    case FORMAT_TORCH_TAR:
        listing_globals(j, "globals", listing_main_pickle(c));
        listing_opaque(j, listing_main_pickle(c));
        if (c->sys_info)
            put_plain(j, "sys_info", c->sys_info, 0);
        return true;
    case FORMAT_PT2:
    case FORMAT_BUNDLE: return put_bundle(w);
    case FORMAT_TAR: return put_members(w);
    case FORMAT_DCP: return put_dcp(w);
    case FORMAT_ENVELOPE: put_envelope(j, c->envelope); return true;
    case FORMAT_SAFETENSORS: put_safetensors(j, c->safetensors); return true;
    case FORMAT_INDEX:
        if (c->total_size != UINT64_MAX)
            json_u64(j, "total_size", c->total_size);
        return true;
    case FORMAT_RAW:
        json_u64(j, "element_size", dtype_size(c->tensors[0].dtype));
        json_u64(j, "numel", c->tensors[0].numel);
        return true;
    case FORMAT_FTSV: json_u64(j, "version", 1); return true;
    case FORMAT_NPZ: put_methods(j, &c->zip); return true;
    case FORMAT_NPY: return true;
    }
    return true;
}
