#include "layouts/lockstep_report.h"

#include "common/mem.h"
#include "compare/fixture.h"
#include "evidence/field.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const char rule[] = "report";
enum { FIXTURES_MAX = 1024 };

/* One result of the report, to be paired with a check. */
struct entry {
    const char *case_id;
    enum mode mode;
    bool passed;
    bool paired;
};

struct reading {
    const struct packet *p;
    const struct evidence *report;
    const struct json *root;
    struct entry *entries; /* owned; sorted */
    size_t count;
    struct fixture *fixtures; /* owned */
    size_t fixture_count;
    uint64_t mismatch_count;
};

static int
by_case(const void *a, const void *b)
{
    const struct entry *x = a, *y = b;
    int order = strcmp(x->case_id, y->case_id);

    return order ? order : (x->mode > y->mode) - (x->mode < y->mode);
}

static bool
read_entry(const struct reading *r, const struct json *node, struct entry *out)
{
    static const char *const keys[] = {"case_id", "operation", "mode", "status", NULL};
    const struct evidence *e = r->report;
    const char *mode, *status, *operation;
    char at[FIELD_AT_SIZE];

    if (json_type(node) != JSON_OBJECT) {
        (void)judge(e->judgement, REASON_TYPE_ERROR, rule, e->file,
                    field_at(e, node, NULL, at), "a result is an object");
        return false;
    }
    if (!field_only(e, node, keys) || !field_text(e, node, "case_id", &out->case_id) ||
        !field_text(e, node, "operation", &operation) ||
        !field_text(e, node, "mode", &mode) || !field_text(e, node, "status", &status))
        return false;
    if ((strcmp(mode, "strict") != 0 && strcmp(mode, "hardened") != 0) ||
        (strcmp(status, "pass") != 0 && strcmp(status, "fail") != 0)) {
        (void)judge(e->judgement, REASON_TYPE_ERROR, rule, e->file,
                    field_at(e, node, NULL, at), "mode '%s', status '%s'", mode, status);
        return false;
    }
    out->mode = mode[0] == 's' ? MODE_STRICT : MODE_HARDENED;
    out->passed = status[0] == 'p';
    return true;
}

static bool
read_entries(struct reading *r)
{
    const struct json *results;
    bool ok = true;

    if (!field_array(r->report, r->root, "results", &results))
        return false;
    r->entries = xcalloc(json_count(results) + 1, sizeof *r->entries);
    for (const struct json *n = json_first(results); n; n = json_next(n))
        ok = read_entry(r, n, &r->entries[r->count++]) && ok;
    if (!ok)
        return false;
    if (r->count > 1)
        qsort(r->entries, r->count, sizeof *r->entries, by_case);
    for (size_t i = 1; i < r->count; i++)
        if (by_case(&r->entries[i - 1], &r->entries[i]) == 0) {
            (void)judge(r->p->j, REASON_DUPLICATE_ID, rule, r->report->file, "/results",
                        "case '%s' counts twice in %s mode", r->entries[i].case_id,
                        mode_name(r->entries[i].mode));
            ok = false;
        }
    return ok;
}

/* {cases_total, cases_passed, cases_failed} of a mode, against the results. */
static bool
recount(const struct reading *r, enum mode mode, struct mode_counts_read *out)
{
    static const char *const keys[] = {"cases_total", "cases_passed", "cases_failed",
                                       NULL};
    const struct evidence *e = r->report;
    uint64_t actual[3] = {0}, claimed[3];
    const struct json *node;
    bool ok = true;

    for (size_t i = 0; i < r->count; i++)
        if (r->entries[i].mode == mode) {
            actual[0]++;
            actual[r->entries[i].passed ? 1 : 2]++;
        }
    *out = (struct mode_counts_read){actual[0], actual[1], actual[2]};
    if (!field_object(e, r->root, mode_name(mode), &node) || !field_only(e, node, keys))
        return false;
    for (size_t i = 0; i < 3; i++) {
        char at[FIELD_AT_SIZE];

        if (!field_u64(e, node, keys[i], &claimed[i])) {
            ok = false;
        } else if (claimed[i] != actual[i]) {
            reason_numbers(e->judgement,
                           judge(e->judgement, REASON_COUNT_INCONSISTENT, rule, e->file,
                                 field_at(e, node, keys[i], at),
                                 "%s is not what the results add up to", keys[i]),
                           claimed[i], actual[i]);
        }
    }
    return ok;
}

static const struct json *
listed_fixture(const struct reading *r, const char *path)
{
    for (const struct json *n = json_first(json_get(r->root, "fixtures")); n;
         n = json_next(n)) {
        const struct json *named = json_get(n, "path");

        if (named && json_type(named) == JSON_STRING &&
            strcmp(json_text(named), path) == 0)
            return n;
    }
    return NULL;
}

/* One fixture of the manifest: there, the very octets the report was made from. */
static bool
check_fixture(struct reading *r, const struct evidence *manifest, const char *path)
{
    struct evidence e = packet_evidence(r->p, path);
    struct fixture *f = &r->fixtures[r->fixture_count];
    const struct json *listed = listed_fixture(r, path);
    char real[4096];
    struct error err = {0};
    bool ok;

    if (!evidence_open(&e, EVIDENCE_JSON_MAX))
        return false;
    evidence_close(&e);
    if (!listed) {
        (void)judge(r->p->j, REASON_REFERENCE_MISSING, rule, r->report->file, "/fixtures",
                    "the report was not made from %s, which %s lists", path,
                    manifest->file);
        return false;
    }
    if (!evidence_resolve(r->p->j, r->p->root, path, REASON_REFERENCE_MISSING, real))
        return false;
    ok = fixture_open(f, real, &err);
    if (!ok) {
        evidence_fault(r->p->j, rule, path, &err);
        return false;
    }
    r->fixture_count++;
    (void)field_is(r->report, listed, "blake2b_256", f->blake2b, REASON_HASH_MISMATCH);
    for (size_t i = 0; i < f->count; i++)
        if (!f->checks[i].packet_id || strcmp(f->checks[i].packet_id, r->p->id) != 0) {
            (void)judge(r->p->j, REASON_IDENTITY_MISMATCH, rule, path, "/packet_id",
                        "cases of '%s' among those of %s",
                        f->checks[i].packet_id ? f->checks[i].packet_id : "no packet",
                        r->p->id);
            break;
        }
    return true;
}

static bool
check_manifest_entry(struct reading *r, const struct evidence *manifest,
                     const struct json *node)
{
    static const char *const keys[] = {"id", "path", "class", NULL};
    const char *id, *path, *class;

    return field_only(manifest, node, keys) && field_text(manifest, node, "id", &id) &&
           field_text(manifest, node, "path", &path) &&
           field_text(manifest, node, "class", &class) &&
           check_fixture(r, manifest, path);
}

/* A list of "strict" and "hardened", each at most once. */
static bool
check_modes(const struct reading *r, const struct evidence *manifest)
{
    const struct json *modes;
    bool seen[2] = {false}, ok = true;

    if (!field_array(manifest, json_root(manifest->doc), "modes", &modes))
        return false;
    for (const struct json *n = json_first(modes); n; n = json_next(n)) {
        const char *text = json_type(n) == JSON_STRING ? json_text(n) : "";
        enum mode mode =
            strcmp(text, mode_name(MODE_STRICT)) == 0 ? MODE_STRICT : MODE_HARDENED;

        ok = ok && strcmp(text, mode_name(mode)) == 0 && !seen[mode];
        seen[mode] = true;
    }
    if (ok && json_first(modes))
        return true;
    (void)judge(r->p->j, REASON_RANGE_ERROR, rule, manifest->file, "/modes",
                "not a list of strict and hardened, each once");
    return false;
}

static bool
check_manifest(struct reading *r)
{
    static const char *const keys[] = {"schema", "packet_id", "fixtures", "modes", NULL};
    struct evidence e = packet_evidence(r->p, packet_file(r->p, "fixture_manifest.json"));
    const struct json *fixtures, *root;
    bool ok = false;

    if (!evidence_json(&e) || !field_schema(&e, "lockstep-fixture-manifest/1"))
        goto done;
    root = json_root(e.doc);
    ok = field_only(&e, root, keys);
    ok = field_is(&e, root, "packet_id", r->p->id, REASON_IDENTITY_MISMATCH) && ok;
    ok = check_modes(r, &e) && ok;
    if (!field_array(&e, root, "fixtures", &fixtures)) {
        ok = false;
        goto done;
    }
    if (json_count(fixtures) == 0 || json_count(fixtures) > FIXTURES_MAX) {
        (void)judge(r->p->j, REASON_ZERO_EXECUTED, rule, e.file, "/fixtures",
                    "a packet has 1 to %d fixtures", FIXTURES_MAX);
        ok = false;
        goto done;
    }
    r->fixtures = xcalloc(json_count(fixtures), sizeof *r->fixtures);
    for (const struct json *n = json_first(fixtures); n; n = json_next(n))
        ok = check_manifest_entry(r, &e, n) && ok;
    if (ok && json_count(json_get(r->root, "fixtures")) != r->fixture_count)
        (void)judge(r->p->j, REASON_REFERENCE_MISSING, rule, e.file, "/fixtures",
                    "the report was made from fixtures this manifest does not list");
done:
    evidence_close(&e);
    return ok;
}

/* Every check has one result and every result a check. */
static void
pair_results(const struct reading *r)
{
    for (size_t i = 0; i < r->fixture_count; i++)
        for (size_t k = 0; k < r->fixtures[i].count; k++) {
            const struct check *c = &r->fixtures[i].checks[k];
            struct entry key = {.case_id = c->case_id, .mode = c->mode};
            struct entry *e =
                r->count ? bsearch(&key, r->entries, r->count, sizeof key, by_case)
                         : NULL;

            if (e)
                e->paired = true;
            else
                (void)judge(r->p->j, REASON_EVIDENCE_MISSING, rule, r->report->file,
                            "/results", "no result for case '%s' in %s mode", c->case_id,
                            mode_name(c->mode));
        }
    for (size_t i = 0; i < r->count; i++)
        if (!r->entries[i].paired)
            (void)judge(r->p->j, REASON_REFERENCE_MISSING, rule, r->report->file,
                        "/results",
                        "a result for case '%s' in %s mode, which no fixture has",
                        r->entries[i].case_id, mode_name(r->entries[i].mode));
}

static void
check_corpus_entries(const struct reading *r, const struct evidence *e,
                     const struct json *list, const struct json *allowlist)
{
    for (const struct json *n = json_first(list); n; n = json_next(n)) {
        const struct json *mode = json_get(n, "mode");
        const struct json *category = json_first(allowlist);
        const char *class;

        if (!field_text(e, n, "class", &class))
            continue;
        if (!mode || json_type(mode) != JSON_STRING ||
            strcmp(json_text(mode), "hardened") != 0)
            continue;
        while (category && (json_type(category) != JSON_STRING ||
                            strcmp(json_text(category), class) != 0))
            category = json_next(category);
        if (!category) {
            char at[FIELD_AT_SIZE];

            (void)judge(r->p->j, REASON_ALLOWLIST_VIOLATION, rule, e->file,
                        field_at(e, n, NULL, at),
                        "divergence '%s' is not on the allowlist", class);
        }
    }
}

/* The corpus is the one the report binds, and holds what the report counts. */
static void
check_corpus(const struct reading *r, const struct json *allowlist)
{
    static const char *const keys[] = {"schema", "packet_id", "mismatch_count",
                                       "mismatches", NULL};
    struct evidence e =
        packet_evidence(r->p, packet_file(r->p, "parity_mismatch_corpus.json"));
    const struct json *bound, *list, *root;
    uint64_t count = 0, bound_count = 0;
    char digest[DIGEST_HEX_SIZE];

    if (!evidence_json(&e) || !field_schema(&e, "lockstep-mismatch/1"))
        goto done;
    root = json_root(e.doc);
    (void)field_only(&e, root, keys);
    (void)field_is(&e, root, "packet_id", r->p->id, REASON_IDENTITY_MISMATCH);
    digest_hex(DIGEST_BLAKE2B, e.input.data, e.input.size, digest);
    if (!field_object(r->report, r->root, "mismatches", &bound) ||
        !field_u64(r->report, bound, "count", &bound_count) ||
        !field_u64(&e, root, "mismatch_count", &count) ||
        !field_array(&e, root, "mismatches", &list))
        goto done;
    (void)field_is(r->report, bound, "blake2b_256", digest, REASON_HASH_MISMATCH);
    if (count != json_count(list) || count != bound_count)
        reason_numbers(r->p->j,
                       judge(r->p->j, REASON_COUNT_INCONSISTENT, rule, e.file,
                             "/mismatch_count",
                             "corpus, its count and the report's count differ"),
                       count, json_count(list));
    if (allowlist)
        check_corpus_entries(r, &e, list, allowlist);
done:
    evidence_close(&e);
}

static void
check_status(const struct reading *r, const struct mode_counts_read counts[2])
{
    const struct json *bound = json_get(r->root, "mismatches");
    uint64_t mismatches = 0, failed = counts[0].failed + counts[1].failed;
    const char *status;
    struct reason *reason;

    if (!field_text(r->report, r->root, "status", &status))
        return;
    /* Of another type it has been judged already. */
    bound = bound ? json_get(bound, "count") : NULL;
    if (bound && !json_to_u64(bound, &mismatches))
        mismatches = 0;
    if (mismatches < failed)
        reason_numbers(r->p->j,
                       judge(r->p->j, REASON_COUNT_INCONSISTENT, rule, r->report->file,
                             "/mismatches/count", "fewer mismatches than failed cases"),
                       mismatches, failed);
    if (strcmp(status, "green") == 0 && failed == 0 && mismatches == 0)
        return;
    if (strcmp(status, "green") == 0)
        (void)judge(r->p->j, REASON_RESULT_CONTRADICTION, rule, r->report->file,
                    "/status",
                    "green, with %" PRIu64 " failed cases and %" PRIu64 " mismatches",
                    failed, mismatches);
    reason =
        judge(r->p->j, REASON_STATUS_NOT_GREEN, rule, r->report->file, "/status",
              "%" PRIu64 " failed cases, %" PRIu64 " mismatches", failed, mismatches);
    /* A failed case within the gate's budget is the gate's to excuse. */
    if (mismatches == failed && counts[0].failed == 0)
        reason_severity(r->p->j, reason, SEVERITY_WARN);
}

bool
lockstep_report(const struct packet *p, const struct evidence *report,
                const struct json *allowlist, struct mode_counts_read counts[2])
{
    static const char *const keys[] = {"schema",  "packet_id", "oracle",     "fixtures",
                                       "strict",  "hardened",  "mismatches", "status",
                                       "results", NULL};
    struct reading r = {.p = p, .report = report, .root = json_root(report->doc)};
    const struct json *fixtures;
    bool ok;

    if (!field_schema(report, "lockstep-parity/1"))
        return false;
    ok = field_only(report, r.root, keys);
    ok = field_is(report, r.root, "packet_id", p->id, REASON_IDENTITY_MISMATCH) && ok;
    ok = field_array(report, r.root, "fixtures", &fixtures) && ok;
    ok = read_entries(&r) && ok;
    if (ok) {
        ok = recount(&r, MODE_STRICT, &counts[MODE_STRICT]);
        ok = recount(&r, MODE_HARDENED, &counts[MODE_HARDENED]) && ok;
        if (check_manifest(&r))
            pair_results(&r);
        check_corpus(&r, allowlist);
        check_status(&r, counts);
    }
    for (size_t i = 0; i < r.fixture_count; i++)
        fixture_close(&r.fixtures[i]);
    free(r.fixtures);
    free(r.entries);
    return ok;
}
