#include "evidence/durability.h"

#include "evidence/decode_proof.h"
#include "evidence/field.h"
#include "evidence/sidecar.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

static const char rule[] = "durability";

struct bundle {
    struct evidence manifest, sidecar;
    const struct evidence *artifact;
    const char *folder;
    const char *base; /* the artifact's base name; borrowed */
    struct source_digests digests;
    char sidecar_file[4096];
};

static bool
number_is(const struct evidence *e, const struct json *object, const char *key,
          uint64_t want, enum reason_class class)
{
    uint64_t value;
    char at[FIELD_AT_SIZE];

    if (!field_u64(e, object, key, &value))
        return false;
    if (value == want)
        return true;
    reason_numbers(e->judgement,
                   judge(e->judgement, class, rule, e->file, field_at(e, object, key, at),
                         "%s is %" PRIu64 ", not %" PRIu64, key, value, want),
                   value, want);
    return false;
}

/* One digest that `file` must have, by what e says of it. */
static void
check_digest(const struct evidence *e, const struct json *digests, const char *key,
             const char *actual, const char *file)
{
    const char *claimed;

    if (!field_text(e, digests, key, &claimed) || strcmp(claimed, actual) == 0)
        return;
    reason_values(e->judgement,
                  judge(e->judgement, REASON_HASH_MISMATCH, rule, file, "",
                        "%s is not the one in %s", key, e->file),
                  claimed, actual);
}

/* {"blake2b_256"|"blake2b_256_tree", "xxh3_128"} of the octets of `file`. */
static void
check_digests(const struct evidence *e, const struct json *owner,
              const struct source_digests *want, const char *file)
{
    const char *const keys[] = {want->blake2b_key, "xxh3_128", NULL};
    const struct json *digests;

    if (!field_object(e, owner, "digests", &digests) || !field_only(e, digests, keys))
        return;
    check_digest(e, digests, want->blake2b_key, want->blake2b, file);
    check_digest(e, digests, "xxh3_128", want->xxh3_128, file);
}

static void
check_layout(const struct evidence *e, const struct json *root, const struct sidecar *s)
{
    static const char *const keys[] = {"T",
                                       "K",
                                       "Z",
                                       "source_symbols",
                                       "repair_per_block",
                                       "spare_per_block",
                                       "repair_symbols",
                                       NULL};
    const uint64_t want[] = {
        s->T, s->K, s->Z, s->Kt, s->R, s->spare, (uint64_t)s->Z * s->R};
    const struct json *layout;

    if (!field_object(e, root, "layout", &layout) || !field_only(e, layout, keys))
        return;
    for (size_t i = 0; keys[i]; i++)
        (void)number_is(e, layout, keys[i], want[i], REASON_COUNT_INCONSISTENT);
}

/* The RFC 6330 object transmission information, or null where it cannot say it. */
static void
check_oti(const struct evidence *e, const struct json *root, const struct sidecar *s)
{
    const struct json *oti = json_get(root, "oti");
    char want[32], at[FIELD_AT_SIZE];
    bool fits = s->F > 0 && s->F < UINT64_C(1) << 40 && s->Z <= 255 && s->T <= UINT16_MAX;

    (void)snprintf(want, sizeof want, "%010" PRIx64 "00%04" PRIx32 "%02" PRIx32 "000108",
                   s->F, s->T, s->Z);
    if (oti && json_type(oti) == JSON_NULL) {
        if (fits)
            (void)judge(e->judgement, REASON_COUNT_INCONSISTENT, rule, e->file,
                        field_at(e, oti, NULL, at), "oti is null but '%s' says it", want);
        return;
    }
    (void)field_is(e, root, "oti", want, REASON_COUNT_INCONSISTENT);
}

static void
check_against_sidecar(const struct bundle *b, const struct json *root,
                      const struct sidecar *s)
{
    const struct evidence *e = &b->manifest;
    const struct json *side = json_get(root, "sidecar");
    char hex[2 * SIDECAR_DIGEST_SIZE + 1];

    check_layout(e, root, s);
    check_oti(e, root, s);
    hex_encode(s->root, sizeof s->root, hex);
    (void)field_is(e, root, "symbol_digests_root", hex, REASON_HASH_MISMATCH);
    hex_encode(s->set_id, sizeof s->set_id, hex);
    (void)field_is(e, side, "set_id", hex, REASON_IDENTITY_MISMATCH);
    hex_encode(s->blake2b, sizeof s->blake2b, hex);
    if (strcmp(hex, b->digests.blake2b) != 0)
        reason_values(e->judgement,
                      judge(e->judgement, REASON_SIDECAR_STALE, rule, b->sidecar.file, "",
                            "HEAD's digest is not that of %s", b->artifact->file),
                      hex, b->digests.blake2b);
    hex_encode(s->xxh3_128, sizeof s->xxh3_128, hex);
    if (strcmp(hex, b->digests.xxh3_128) != 0)
        reason_values(e->judgement,
                      judge(e->judgement, REASON_SIDECAR_STALE, rule, b->sidecar.file, "",
                            "HEAD's XXH3 is not that of %s", b->artifact->file),
                      hex, b->digests.xxh3_128);
    if (s->name_size != strlen(b->base) || memcmp(s->name, b->base, s->name_size) != 0)
        (void)judge(e->judgement, REASON_IDENTITY_MISMATCH, rule, b->sidecar.file, "",
                    "HEAD names another file than %s", b->base);
}

/* What the manifest says of the artifact; HASH_MISMATCH names both digests. */
static bool
check_manifest(struct bundle *b)
{
    static const char *const keys[] = {
        "schema",  "artifact", "size", "oti", "layout", "digests", "symbol_digests_root",
        "sidecar", NULL};
    static const char *const side_keys[] = {"file", "size", "set_id", "digests", NULL};
    const struct evidence *e = &b->manifest;
    const struct json *root = json_root(e->doc), *side;
    const char *name;

    if (!field_schema(e, "lockstep-sidecar/1"))
        return false;
    (void)field_only(e, root, keys);
    (void)field_is(e, root, "artifact", b->base, REASON_IDENTITY_MISMATCH);
    (void)number_is(e, root, "size", b->artifact->input.size, REASON_HASH_MISMATCH);
    check_digests(e, root, &b->digests, b->artifact->file);
    if (!field_object(e, root, "sidecar", &side) || !field_only(e, side, side_keys) ||
        !field_text(e, side, "file", &name))
        return false;
    if (strchr(name, '/')) {
        (void)judge(e->judgement, REASON_PATH_ESCAPE, rule, e->file, "/sidecar/file",
                    "'%s' is not a name in the manifest's own folder", name);
        return false;
    }
    (void)snprintf(b->sidecar_file, sizeof b->sidecar_file, "%s%s", b->folder, name);
    return true;
}

static bool
check_sidecar(struct bundle *b, struct sidecar *s)
{
    const struct json *root = json_root(b->manifest.doc),
                      *side = json_get(root, "sidecar");
    struct source_digests digests;
    bool sound;

    b->sidecar.file = b->sidecar_file;
    if (!evidence_open(&b->sidecar, UINT64_C(1) << 40))
        return false;
    source_digests(b->sidecar.input.data, b->sidecar.input.size, &digests);
    (void)number_is(&b->manifest, side, "size", b->sidecar.input.size,
                    REASON_HASH_MISMATCH);
    check_digests(&b->manifest, side, &digests, b->sidecar.file);
    sound = sidecar_check(&b->sidecar, &b->artifact->input, b->artifact->file, s);
    if (s->T > 0)
        check_against_sidecar(b, root, s);
    return sound;
}

void
durability_judge(const struct evidence *artifact, const char *folder,
                 const char *manifest_name, const char *proof_name)
{
    struct bundle b = {.artifact = artifact, .folder = folder};
    struct evidence proof;
    char manifest_file[4096], proof_file[4096];
    struct sidecar s = {0};
    const char *slash = strrchr(artifact->file, '/');

    b.base = slash ? slash + 1 : artifact->file;
    b.manifest = b.sidecar = proof = *artifact;
    b.manifest.doc = b.sidecar.doc = proof.doc = NULL;
    b.manifest.input = b.sidecar.input = proof.input = (struct input){0};
    (void)snprintf(manifest_file, sizeof manifest_file, "%s%s", folder, manifest_name);
    b.manifest.file = manifest_file;
    source_digests(artifact->input.data, artifact->input.size, &b.digests);
    if (evidence_json(&b.manifest) && check_manifest(&b))
        (void)check_sidecar(&b, &s);
    if (proof_name) {
        (void)snprintf(proof_file, sizeof proof_file, "%s%s", folder, proof_name);
        proof.file = proof_file;
        if (evidence_json(&proof))
            decode_proof_judge(&proof, b.base, &artifact->input, &b.digests,
                               s.T > 0 ? &s : NULL);
    }
    evidence_close(&proof);
    evidence_close(&b.sidecar);
    evidence_close(&b.manifest);
}
