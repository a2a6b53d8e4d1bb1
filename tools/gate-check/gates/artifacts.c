/*
 * What a PtychoPINN run must leave behind.  Whether the checkpoint holds its
 * hyper-parameters is read from what ft-ckpt listed, never from the checkpoint.
 */
#include "common/bytes.h"
#include "evidence/field.h"
#include "gates/gates.h"

#include <inttypes.h>
#include <string.h>

static const char rule[] = "artifacts";

static const struct {
    const char *path;
    uint64_t min; /* octets */
    bool is_png;
    const char *trigger;
} required[] = {
    {"checkpoints/last.ckpt", 1000000, false, "ARTIF-001"},
    {"reconstruction_amplitude.png", 1 << 10, true, "ARTIF-002"},
    {"reconstruction_phase.png", 1 << 10, true, "ARTIF-002"},
};

/* Signature, IHDR first with a size above 0, IEND last. */
static bool
is_png(const struct input *in)
{
    static const uint8_t signature[8] = {0x89, 'P', 'N', 'G', '\r', '\n', 0x1a, '\n'};
    static const uint8_t end[12] = {0,   0,   0,    0,    'I',  'E',
                                    'N', 'D', 0xae, 0x42, 0x60, 0x82};

    return in->size >= 8 + 25 + 12 && memcmp(in->data, signature, 8) == 0 &&
           get_be32(in->data + 8) == 13 && memcmp(in->data + 12, "IHDR", 4) == 0 &&
           get_be32(in->data + 16) > 0 && get_be32(in->data + 20) > 0 &&
           memcmp(in->data + in->size - 12, end, 12) == 0;
}

static void
check_file(struct judgement *j, const struct evidence_root *root, size_t i)
{
    struct evidence e = {.judgement = j, .root = root, .file = required[i].path};

    if (evidence_open(&e, UINT64_C(1) << 40)) {
        if (e.input.size < required[i].min)
            reason_numbers(j,
                           judge(j, REASON_SIZE_OUT_OF_BOUNDS, rule, e.file, "",
                                 "smaller than it can be (%s)", required[i].trigger),
                           required[i].min, e.input.size);
        if (required[i].is_png && !is_png(&e.input))
            (void)judge(j, REASON_PARSE_ERROR, rule, e.file, "", "not a whole PNG (%s)",
                        required[i].trigger);
    }
    evidence_close(&e);
}

/* "hyper_parameters", or a path that begins or goes on with it. */
static bool
names_it(const char *text)
{
    static const char word[] = "hyper_parameters";
    const char *at = strstr(text, word);

    return at && (at == text || strchr("./['\"", at[-1])) &&
           (at[sizeof word - 1] == '\0' || strchr("./['\"]", at[sizeof word - 1]));
}

static bool
mentions(const struct json *node)
{
    if (json_key(node) && names_it(json_key(node)))
        return true;
    if (json_type(node) == JSON_STRING)
        return names_it(json_text(node));
    if (json_type(node) != JSON_OBJECT && json_type(node) != JSON_ARRAY)
        return false;
    for (const struct json *n = json_first(node); n; n = json_next(n))
        if (mentions(n))
            return true;
    return false;
}

static void
check_listing(struct judgement *j, const char *listing)
{
    struct evidence e = {.judgement = j, .file = listing};

    if (evidence_json(&e) && !mentions(json_root(e.doc)))
        (void)judge(j, REASON_EVIDENCE_MISSING, rule, listing, "",
                    "the checkpoint holds no hyper_parameters (ARTIF-001)");
    evidence_close(&e);
}

void
gate_artifacts(struct judgement *j, const char *dir, const char *listing)
{
    struct evidence_root root;
    struct error err = {0};

    if (!evidence_root_open(&root, dir, &err)) {
        (void)judge(j, REASON_EVIDENCE_MISSING, rule, dir, "", "%s", err.message);
        return;
    }
    for (size_t i = 0; i < COUNT_OF(required); i++)
        check_file(j, &root, i);
    if (listing)
        check_listing(j, listing);
    else
        (void)judge(
            j, REASON_EVIDENCE_MISSING, rule, "checkpoints/last.ckpt", "",
            "no listing of the checkpoint (run ft-ckpt ls --json, give --listing)");
    evidence_root_close(&root);
}
