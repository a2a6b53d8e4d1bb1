/*
 * The proof's own words are hashed as docs/FORMATS.md says and compared with its
 * proof_hash; each word that can be computed from the artifact or its sidecar is.
 */
#include "evidence/decode_proof.h"

#include "common/buf.h"
#include "evidence/esi_list.h"
#include "evidence/field.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

static const char rule[] = "decode proof";

struct proof {
    const struct evidence *e;
    const struct json *root;
    const struct source_digests *digests;
    const struct sidecar *s; /* or NULL */
    uint64_t K, Z;
    uint64_t dropped, recovered; /* counted over all blocks */
    struct buf text;             /* what proof_hash is of */
};

static void
invalid(const struct proof *p, const struct json *node, const char *key, const char *what)
{
    char at[FIELD_AT_SIZE];

    (void)judge(p->e->judgement, REASON_PROOF_INVALID, rule, p->e->file,
                field_at(p->e, node, key, at), "%s", what);
}

static bool
number(struct proof *p, const struct json *object, const char *key, uint64_t want)
{
    uint64_t value;

    if (!field_u64(p->e, object, key, &value))
        return false;
    if (value != want) {
        char at[FIELD_AT_SIZE];

        reason_numbers(p->e->judgement,
                       judge(p->e->judgement, REASON_PROOF_INVALID, rule, p->e->file,
                             field_at(p->e, object, key, at),
                             "%s does not follow from the content", key),
                       value, want);
    }
    return true;
}

static bool
text_line(struct proof *p, const char *key, const char *want, enum reason_class class)
{
    const struct json *node = json_get(p->root, key);

    if (node && json_type(node) == JSON_NULL && strcmp(key, "oti") == 0) {
        buf_printf(&p->text, "oti -\n");
        return true;
    }
    if (want && !field_is(p->e, p->root, key, want, class))
        return node && json_type(node) == JSON_STRING;
    if (!node || json_type(node) != JSON_STRING)
        return field_text(p->e, p->root, key, &want);
    buf_printf(&p->text, "%s %s\n", key, json_text(node));
    return true;
}

static bool
digest_line(struct proof *p, const char *key, const char *label)
{
    const char *const keys[] = {p->digests->blake2b_key, "xxh3_128", NULL};
    const struct json *d;
    const char *blake2b, *xxh3;

    if (!field_object(p->e, p->root, key, &d) || !field_only(p->e, d, keys) ||
        !field_text(p->e, d, p->digests->blake2b_key, &blake2b) ||
        !field_text(p->e, d, "xxh3_128", &xxh3))
        return false;
    (void)field_is(p->e, d, p->digests->blake2b_key, p->digests->blake2b,
                   REASON_PROOF_INVALID);
    (void)field_is(p->e, d, "xxh3_128", p->digests->xxh3_128, REASON_PROOF_INVALID);
    buf_printf(&p->text, "%s %s %s xxh3_128 %s\n", label, p->digests->blake2b_key,
               blake2b, xxh3);
    return true;
}

static bool
layout_line(struct proof *p)
{
    static const char *const keys[] = {"T", "K", "Z", NULL};
    const struct json *layout;
    uint64_t T;

    if (!field_object(p->e, p->root, "layout", &layout) ||
        !field_only(p->e, layout, keys) || !field_u64(p->e, layout, "T", &T) ||
        !field_u64(p->e, layout, "K", &p->K) || !field_u64(p->e, layout, "Z", &p->Z))
        return false;
    if (p->s && (T != p->s->T || p->K != p->s->K || p->Z != p->s->Z))
        invalid(p, layout, NULL, "layout is not that of the sidecar");
    buf_printf(&p->text, "layout %" PRIu64 " %" PRIu64 " %" PRIu64 "\n", T, p->K, p->Z);
    return true;
}

static const char *
or_dash(const char *list)
{
    return list[0] ? list : "-";
}

static bool
block_line(struct proof *p, const struct json *block, uint64_t index)
{
    static const char *const keys[] = {"block", "dropped", "received", "overhead", NULL};
    struct esi_list dropped = {0}, received = {0};
    const char *lost, *got;
    uint64_t overhead = 0;
    bool ok = false;

    if (!field_only(p->e, block, keys) || !number(p, block, "block", index) ||
        !field_text(p->e, block, "dropped", &lost) ||
        !field_text(p->e, block, "received", &got) ||
        !field_u64(p->e, block, "overhead", &overhead))
        return false;
    if (!esi_list_parse(lost, &dropped) || !esi_list_parse(got, &received)) {
        invalid(p, block, NULL, "not ascending lists of symbol ids");
    } else if (!esi_lists_partition(&dropped, &received)) {
        invalid(p, block, NULL, "dropped and received are not every symbol once");
    } else if (received.members < p->K || overhead != received.members - p->K) {
        invalid(p, block, "overhead", "overhead is not the number received less K");
    } else {
        p->dropped += dropped.members;
        p->recovered += esi_list_below(&dropped, (uint32_t)p->K);
        ok = true;
    }
    buf_printf(&p->text,
               "block %" PRIu64 " dropped %s received %s overhead %" PRIu64 "\n", index,
               or_dash(lost), or_dash(got), overhead);
    esi_list_clear(&dropped);
    esi_list_clear(&received);
    return ok;
}

static bool
block_lines(struct proof *p)
{
    const struct json *blocks;
    uint64_t index = 0;
    bool ok = true;

    if (!field_array(p->e, p->root, "blocks", &blocks))
        return false;
    for (const struct json *b = json_first(blocks); b; b = json_next(b))
        ok = block_line(p, b, index++) && ok;
    if (index != p->Z) {
        invalid(p, blocks, NULL, "not one entry for each block");
        return false;
    }
    return ok;
}

static bool
closing_lines(struct proof *p)
{
    const struct json *decoded = json_get(p->root, "decoded");

    if (!number(p, p->root, "dropped_symbols", p->dropped) ||
        !number(p, p->root, "recovered_symbols", p->recovered))
        return false;
    if (p->dropped == 0)
        invalid(p, p->root, "dropped_symbols",
                "nothing was dropped, so nothing is proved");
    if (!decoded || json_type(decoded) != JSON_BOOL || !json_is_true(decoded))
        invalid(p, p->root, "decoded", "not decoded");
    buf_printf(&p->text, "dropped_symbols %s\nrecovered_symbols %s\ndecoded %s\n",
               json_text(json_get(p->root, "dropped_symbols")),
               json_text(json_get(p->root, "recovered_symbols")),
               decoded && json_is_true(decoded) ? "true" : "false");
    return true;
}

static bool
header_lines(struct proof *p, const char *artifact_name, uint64_t size)
{
    char root[2 * SIDECAR_DIGEST_SIZE + 1] = "", set[2 * SIDECAR_DIGEST_SIZE + 1] = "";
    uint64_t seed;

    if (p->s) {
        hex_encode(p->s->root, sizeof p->s->root, root);
        hex_encode(p->s->set_id, sizeof p->s->set_id, set);
    }
    buf_puts(&p->text, "lockstep-decode-proof/1\n");
    if (!text_line(p, "artifact", artifact_name, REASON_IDENTITY_MISMATCH) ||
        !number(p, p->root, "size", size))
        return false;
    buf_printf(&p->text, "size %s\n", json_text(json_get(p->root, "size")));
    if (!text_line(p, "oti", NULL, REASON_PROOF_INVALID) || !layout_line(p) ||
        !text_line(p, "set_id", p->s ? set : NULL, REASON_PROOF_UNPAIRED) ||
        !text_line(p, "symbol_digests_root", p->s ? root : NULL, REASON_PROOF_UNPAIRED) ||
        !text_line(p, "scenario", NULL, REASON_PROOF_INVALID) ||
        !field_u64(p->e, p->root, "seed", &seed))
        return false;
    buf_printf(&p->text, "seed %" PRIu64 "\n", seed);
    return true;
}

static void
check_hash(struct proof *p)
{
    char digest[DIGEST_HEX_SIZE];

    digest_hex(DIGEST_BLAKE2B, p->text.data, p->text.size, digest);
    (void)field_is(p->e, p->root, "proof_hash", digest, REASON_PROOF_INVALID);
}

void
decode_proof_judge(const struct evidence *e, const char *artifact_name,
                   const struct input *artifact, const struct source_digests *digests,
                   const struct sidecar *s)
{
    static const char *const keys[] = {"schema",
                                       "artifact",
                                       "size",
                                       "oti",
                                       "layout",
                                       "set_id",
                                       "symbol_digests_root",
                                       "scenario",
                                       "seed",
                                       "source_before",
                                       "source_after",
                                       "blocks",
                                       "dropped_symbols",
                                       "recovered_symbols",
                                       "decoded",
                                       "proof_hash",
                                       NULL};
    struct proof p = {.e = e, .root = json_root(e->doc), .digests = digests, .s = s};

    if (!field_schema(e, "lockstep-decode-proof/1"))
        return;
    (void)field_only(e, p.root, keys);
    if (header_lines(&p, artifact_name, artifact->size) &&
        digest_line(&p, "source_before", "before") &&
        digest_line(&p, "source_after", "after") && block_lines(&p) && closing_lines(&p))
        check_hash(&p);
    buf_clear(&p.text);
}
