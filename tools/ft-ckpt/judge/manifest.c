/* manifest.c: see manifest.h. */
#include "judge/manifest.h"

#include "common/json_in.h"
#include "common/json_out.h"
#include "fault.h"
#include "model/names.h"

#include <string.h>

void
manifest_write(const struct checkpoint *c, const struct digests *d, FILE *out)
{
    uint8_t root[DIGESTS_ROOT_SIZE];
    char hex[DIGEST_HEX_SIZE];
    struct json_out j;

    digests_root(d, c, root);
    hex_encode(root, sizeof root, hex);
    json_start(&j, out, JSON_PRETTY);
    json_object(&j, NULL);
    json_string(&j, "schema", MANIFEST_SCHEMA);
    json_string(&j, "algorithm", digest_name(d->kind));
    json_string(&j, "root", hex);
    json_array(&j, "tensors");
    for (size_t i = 0; i < c->tensor_count; i++) {
        const struct tensor *t = &c->tensors[i];

        if (!d->present[i])
            continue;
        hex_encode(d->of[i], digest_size(d->kind), hex);
        json_object(&j, NULL);
        json_string_n(&j, "name", t->name, t->name_size);
        json_string(&j, "dtype", digests_dtype(t));
        json_array(&j, "shape");
        for (uint32_t k = 0; k < t->rank; k++)
            json_u64(&j, NULL, t->shape[k]);
        json_end(&j);
        json_string(&j, "digest", hex);
        json_end(&j);
    }
    json_end(&j);
    json_end(&j);
}

static bool
kind_by_name(const char *name, enum digest_kind *out)
{
    for (enum digest_kind k = DIGEST_XXH3_64; k <= DIGEST_SHA256; k++)
        if (strcmp(digest_name(k), name) == 0) {
            *out = k;
            return true;
        }
    return false;
}

static bool
differs(struct error *err, const char *name, const char *what)
{
    char text[160];

    return fault(err, ERR_MISMATCH, "digest-mismatch", "tensor '%s' %s",
                 fault_text(name, strlen(name), text, sizeof text), what);
}

static bool
compare_tensors(const struct checkpoint *c, const struct digests *d,
                const struct json_doc *doc, struct names *names, struct error *err)
{
    const struct json *list = NULL;
    size_t listed = 0, present = 0;

    if (!json_want(doc, json_root(doc), "tensors", JSON_ARRAY, &list, err))
        return false;
    for (const struct json *e = json_first(list); e; e = json_next(e), listed++) {
        const char *name = NULL, *digest = NULL;
        char hex[DIGEST_HEX_SIZE];
        size_t i;

        if (!json_want_string(doc, e, "name", &name, err) ||
            !json_want_string(doc, e, "digest", &digest, err))
            return false;
        i = names_find(names, name, strlen(name));
        if (i == (size_t)NAMES_ABSENT || !d->present[i])
            return differs(err, name, "is missing");
        hex_encode(d->of[i], digest_size(d->kind), hex);
        if (strcmp(hex, digest) != 0)
            return differs(err, name, "has another digest");
    }
    for (size_t i = 0; i < c->tensor_count; i++)
        present += d->present[i];
    return listed == present ||
           fault(err, ERR_MISMATCH, "digest-mismatch",
                 "%zu tensors, the manifest lists %zu", present, listed);
}

static bool
compare(struct checkpoint *c, const struct json_doc *doc, unsigned threads,
        struct error *err)
{
    const struct json *root = json_root(doc);
    const char *schema = NULL, *algorithm = NULL, *expected = NULL;
    enum digest_kind kind;
    struct names names = {0};
    struct digests d = {0};
    uint8_t own[DIGESTS_ROOT_SIZE];
    char hex[DIGEST_HEX_SIZE];
    bool ok;

    if (!json_want_string(doc, root, "schema", &schema, err) ||
        !json_want_string(doc, root, "algorithm", &algorithm, err) ||
        !json_want_string(doc, root, "root", &expected, err))
        return false;
    if (strcmp(schema, MANIFEST_SCHEMA) != 0 || !kind_by_name(algorithm, &kind))
        return error_set(err, ERR_VERSION, "schema or algorithm is not known");
    for (size_t i = 0; i < c->tensor_count; i++)
        (void)names_add(&names, c->tensors[i].name, c->tensors[i].name_size, i);
    ok = digests_make(&d, c, kind, threads, err) &&
         compare_tensors(c, &d, doc, &names, err);
    if (ok) {
        digests_root(&d, c, own);
        hex_encode(own, sizeof own, hex);
        ok = strcmp(hex, expected) == 0 ||
             fault(err, ERR_MISMATCH, "digest-mismatch",
                   "all digests agree, but not the root: dtypes or shapes differ");
    }
    digests_clear(&d);
    names_clear(&names);
    return ok;
}

bool
manifest_check(struct checkpoint *c, const char *path, unsigned threads,
               struct error *err)
{
    struct json_doc *doc = NULL;
    bool ok = json_open(&doc, path, NULL, err) && compare(c, doc, threads, err);

    json_free(doc);
    return ok;
}
