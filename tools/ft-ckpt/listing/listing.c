/* listing.c: see listing.h. */
#include "listing/listing_parts.h"

#include "model/describe.h"
#include "pickle/policy.h"
#include "tensors/digests.h"
#include "tensors/stream.h"

#include <inttypes.h>
#include <string.h>

void
listing_path(struct json_out *j, const char *key, const struct path *path)
{
    const struct path *steps[2 * PICKLE_DEPTH_MAX + 8];
    size_t n = 0;

    for (; path && n < COUNT_OF(steps); path = path->parent)
        steps[n++] = path;
    json_array(j, key);
    while (n-- > 0) {
        const struct path *p = steps[n];

        if (p->kind == PATH_TEXT) {
            json_string_n(j, NULL, p->text, p->size);
        } else if (p->kind == PATH_INDEX) {
            json_i64(j, NULL, p->index);
        } else {
            struct buf text = {0};

            describe_key(p->key, &text);
            json_raw(j, NULL, (const char *)text.data, text.size);
            buf_clear(&text);
        }
    }
    json_end(j);
}

void
listing_sizes(struct json_out *j, const char *key, const uint64_t *sizes, uint32_t n)
{
    json_array(j, key);
    for (uint32_t i = 0; i < n; i++)
        json_u64(j, NULL, sizes[i]);
    json_end(j);
}

static void
put_quantizer(struct json_out *j, const struct tensor *t)
{
    if (!t->quant.scheme)
        return;
    json_string(j, "qscheme", t->quant.scheme);
    if (strcmp(t->quant.scheme, "per_tensor_affine") == 0) {
        json_f64(j, "scale", t->quant.scale);
        json_i64(j, "zero_point", t->quant.zero_point);
    } else {
        json_i64(j, "axis", t->quant.axis);
    }
}

static void
put_strided(struct json_out *j, const struct tensor *t)
{
    const struct storage *s = t->storage;

    if (s && s->key && s->key_is_number)
        json_raw(j, "storage_key", s->key, s->key_size);
    else if (s && s->key)
        json_string_n(j, "storage_key", s->key, s->key_size);
    if (s && s->key)
        json_u64(j, "storage_nbytes", s->nbytes);
    json_u64(j, "storage_offset", t->offset);
    if (t->stride)
        listing_sizes(j, "stride", t->stride, t->rank);
    put_quantizer(j, t);
    if (t->has_metadata && (t->conj || t->neg)) {
        json_object(j, "tensor_metadata");
        if (t->conj)
            json_bool(j, "conj", true);
        if (t->neg)
            json_bool(j, "neg", true);
        json_end(j);
    }
    if (t->type)
        json_string(j, "tensor_type", t->type);
}

static void
put_numpy(struct json_out *j, const struct tensor *t)
{
    json_string(j, "descr", t->descr);
    json_bool(j, "fortran_order", t->fortran);
    json_u64(j, "header_len", t->header_size);
    json_array(j, "npy_version");
    json_u64(j, NULL, t->npy_version[0]);
    json_u64(j, NULL, t->npy_version[1]);
    json_end(j);
}

void
listing_digest(struct writer *w, const char *key, const struct digests *d, size_t i)
{
    char hex[DIGEST_HEX_SIZE];

    if (!w->options->digests)
        return;
    if (!d->present[i]) {
        json_null(w->j, key);
        return;
    }
    hex_encode(d->of[i], digest_size(d->kind), hex);
    json_string(w->j, key, hex);
}

static bool
put_tensor(struct writer *w, size_t i)
{
    const struct tensor *t = &w->c->tensors[i];
    struct json_out *j = w->j;
    bool dcp = w->c->format == FORMAT_DCP, ok = true;

    json_object(j, NULL);
    json_string_n(j, "name", t->name, t->name_size);
    listing_path(j, "path", t->path);
    if (t->member)
        json_string(j, w->c->format == FORMAT_INDEX ? "shard" : "member", t->member);
    json_string(j, "dtype", t->dtype_text ? t->dtype_text : dtype_name(t->dtype));
    if (t->shape)
        listing_sizes(j, "shape", t->shape, t->rank);
    else if (t->composite)
        json_null(j, "shape");
    else
        listing_sizes(j, "shape", NULL, 0);
    if (t->layout)
        json_string(j, "layout", t->layout);
    if (t->composite && t->layout && strncmp(t->layout, "torch.sparse", 12) == 0) {
        if (t->coalesced < 0)
            json_null(j, "is_coalesced");
        else
            json_bool(j, "is_coalesced", t->coalesced != 0);
    }
    if (!t->composite && !dcp)
        json_u64(j, "nbytes", t->meta ? 0 : t->nbytes);
    if (t->device) {
        json_string(j, "device", t->device);
        json_bool(j, "requires_grad", t->requires_grad);
        json_bool(j, "parameter", t->parameter);
        put_strided(j, t);
    }
    if (dcp) {
        json_bool(j, "requires_grad", t->requires_grad);
        ok = listing_chunks(w, i);
    }
    if (t->descr)
        put_numpy(j, t);
    if (w->c->format == FORMAT_SAFETENSORS || w->c->format == FORMAT_INDEX) {
        uint64_t range[] = {t->begin, t->end};

        listing_sizes(j, "data_offsets", range, 2);
    }
    listing_digest(w, "sha256", &w->digests, i);
    json_end(j);
    return ok;
}

bool
listing_tensors(struct writer *w)
{
    bool ok = true;

    json_array(w->j, "tensors");
    for (size_t i = 0; ok && i < w->c->tensor_count; i++)
        ok = put_tensor(w, i);
    json_end(w->j);
    return ok;
}

void
listing_leaves(struct json_out *j, const struct checkpoint *c)
{
    struct buf name = {0};

    json_array(j, "leaves");
    for (size_t i = 0; i < c->leaf_count; i++) {
        name.size = 0;
        path_join(c->leaves[i].path, &name);
        json_object(j, NULL);
        json_string_n(j, "name", name.data ? (const char *)name.data : "", name.size);
        listing_path(j, "path", c->leaves[i].path);
        describe_leaf(c->leaves[i].value, j);
        json_end(j);
    }
    json_end(j);
    buf_clear(&name);
}

void
listing_globals(struct json_out *j, const char *key, const struct checkpoint_pickle *p)
{
    json_array(j, key);
    for (const struct global *g = p ? p->pickle.globals : NULL; g; g = g->next)
        json_string(j, NULL, g->name);
    json_end(j);
}

/* Globals an object was made from though their meaning is not known. */
void
listing_opaque(struct json_out *j, const struct checkpoint_pickle *p)
{
    json_array(j, "opaque_globals");
    for (const struct global *g = p ? p->pickle.globals : NULL; g; g = g->next)
        if (g->called && policy_judge(g, NULL) != VERDICT_ALLOWED)
            json_string(j, NULL, g->name);
    json_end(j);
}

/* The pickle that holds the object: data.pkl, or a legacy stream's fourth. */
const struct checkpoint_pickle *
listing_main_pickle(const struct checkpoint *c)
{
    for (const struct checkpoint_pickle *p = c->pickles; p; p = p->next)
        if (strcmp(p->name, "data.pkl") == 0 || strcmp(p->name, "object") == 0)
            return p;
    return c->pickles;
}

bool
listing_write(struct checkpoint *c, const struct listing_options *options,
              struct json_out *j, struct error *err)
{
    struct writer w = {.c = c, .options = options, .j = j, .err = err};
    bool ok = true;

    if (options->digests)
        ok = digests_make_stored(&w.digests, c, DIGEST_SHA256, options->threads, err);
    if (ok) {
        json_object(j, NULL);
        json_string(j, "schema", "lockstep-checkpoint/1");
        if (options->file)
            json_string(j, "file", options->file);
        json_string(j, "format", format_name(c->format));
        if (c->compression)
            json_string(j, "compression", c->compression);
        ok = listing_format(&w) && listing_tensors(&w);
        listing_leaves(j, c);
        json_end(j);
    }
    digests_clear(&w.digests);
    return ok;
}
