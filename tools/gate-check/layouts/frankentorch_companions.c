/*
 * What FrankenTorch keeps beside the eight files of a packet: differential reports,
 * linkage, optimization records.  Upstream never opens them; here each must be
 * readable and about this packet, and a count of blocking checks must be zero and add
 * up.
 */
#include "layouts/frankentorch_companions.h"

#include "common/mem.h"
#include "evidence/field.h"
#include "evidence/text_set.h"

#include <dirent.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const char rule[] = "companion";

/* Those that have rules of their own. */
static bool
is_companion(const char *name)
{
    static const char *const own[] = {"fixture_manifest.json", "parity_report.json",
                                      "parity_report.raptorq.json",
                                      "parity_report.decode_proof.json"};
    size_t n = strlen(name);

    if (name[0] == '.' || n < 5 || strcmp(name + n - 5, ".json") != 0)
        return false;
    for (size_t i = 0; i < COUNT_OF(own); i++)
        if (strcmp(name, own[i]) == 0)
            return false;
    return true;
}

/* ft-p2c-differential-packet-v1: total = pass + not pass; what is not pass is allowed. */
static void
check_sums(const struct evidence *e, const struct json *root)
{
    uint64_t total, passed, others, allowed;

    if (!json_get(root, "total_checks") || !json_get(root, "pass_checks") ||
        !field_u64(e, root, "total_checks", &total) ||
        !field_u64(e, root, "pass_checks", &passed) ||
        !field_u64(e, root, "non_pass_checks", &others) ||
        !field_u64(e, root, "allowlisted_checks", &allowed))
        return;
    if (passed > total || others != total - passed || allowed > others)
        (void)judge(e->judgement, REASON_COUNT_INCONSISTENT, rule, e->file,
                    "/total_checks", "the checks do not add up to %" PRIu64, total);
}

static void
check_blocking(const struct evidence *e, const struct json *root)
{
    static const char *const names[] = {"blocking_checks", "blocking_drifts",
                                        "failed_checks", "failed_entries"};
    char at[FIELD_AT_SIZE];
    uint64_t count;

    for (size_t i = 0; i < COUNT_OF(names); i++)
        if (json_get(root, names[i]) && field_u64(e, root, names[i], &count) && count > 0)
            (void)judge(e->judgement, REASON_THRESHOLD_EXCEEDED, rule, e->file,
                        field_at(e, root, names[i], at), "%" PRIu64 " %s", count,
                        names[i]);
}

static void
check_companion(const struct packet *p, const char *name)
{
    struct evidence e = packet_evidence(p, packet_file(p, name));
    const struct json *root, *id;

    if (evidence_json(&e)) {
        root = json_root(e.doc);
        id = json_type(root) == JSON_OBJECT ? json_get(root, "packet_id") : NULL;
        if (id && json_type(id) != JSON_NULL)
            (void)field_is(&e, root, "packet_id", p->id, REASON_IDENTITY_MISMATCH);
        if (json_type(root) == JSON_OBJECT) {
            check_sums(&e, root);
            check_blocking(&e, root);
        }
    }
    evidence_close(&e);
}

void
frankentorch_companions(const struct packet *p)
{
    struct text_set names = {0};
    struct dirent *entry;
    char path[4096];
    DIR *dir;

    (void)snprintf(path, sizeof path, "%s/%s", p->root->real, p->folder);
    dir = opendir(path);
    if (!dir)
        return; /* no folder: all its files are missing, which is said elsewhere */
    while ((entry = readdir(dir)))
        if (is_companion(entry->d_name))
            text_set_add(&names, judgement_text(p->j, "%s", entry->d_name));
    (void)closedir(dir);
    text_set_finish(&names);
    for (size_t i = 0; i < names.count; i++)
        check_companion(p, names.items[i]);
    text_set_clear(&names);
}
