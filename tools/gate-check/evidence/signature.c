#include "evidence/signature.h"

#include "common/minisign.h"
#include "evidence/field.h"

#include <string.h>

static const char rule[] = "signature";

/* The octets that were judged are the octets that are there. */
static void
check_input(const struct evidence *result, const struct json *entry)
{
    struct evidence e = {.judgement = result->judgement, .root = result->root};
    const char *path, *claimed;
    char digest[DIGEST_HEX_SIZE];

    if (!field_text(result, entry, "path", &path) ||
        !field_text(result, entry, "blake2b_256", &claimed))
        return;
    e.file = path;
    if (evidence_open(&e, UINT64_C(1) << 40)) {
        digest_hex(DIGEST_BLAKE2B, e.input.data, e.input.size, digest);
        if (strcmp(digest, claimed) != 0)
            reason_values(e.judgement,
                          judge(e.judgement, REASON_HASH_MISMATCH, rule, path, "",
                                "changed since the signed result %s", result->file),
                          claimed, digest);
    }
    evidence_close(&e);
}

static void
check_inputs(const struct evidence *result)
{
    const struct json *subjects, *list;

    if (!field_array(result, json_root(result->doc), "subjects", &subjects))
        return;
    for (const struct json *s = json_first(subjects); s; s = json_next(s)) {
        if (!field_array(result, s, "evidence", &list))
            continue;
        if (!json_first(list))
            (void)judge(result->judgement, REASON_ZERO_EXECUTED, rule, result->file, "",
                        "the signed result judged nothing");
        for (const struct json *entry = json_first(list); entry; entry = json_next(entry))
            check_input(result, entry);
    }
}

void
signature_judge(const struct evidence *result, const char *key)
{
    struct judgement *j = result->judgement;
    struct evidence e = {.judgement = j, .root = result->root};
    struct minisign_public public;
    char comment[MINISIGN_COMMENT_SIZE];
    struct error err = {0};

    e.file = judgement_text(j, "%s.minisig", result->file);
    if (!minisign_public_open(&public, key, &err)) {
        (void)judge(j, REASON_SIGNATURE_INVALID, rule, key, "", "%s", err.message);
        return;
    }
    if (evidence_open(&e, 1 << 16)) {
        if (!minisign_verify(&public, result->input.data, result->input.size,
                             (const char *)e.input.data, e.input.size, comment, &err))
            (void)judge(j, REASON_SIGNATURE_INVALID, rule, e.file, "", "%s", err.message);
        else
            check_inputs(result);
    }
    evidence_close(&e);
}
