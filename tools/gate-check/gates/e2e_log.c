#include "gates/e2e_log.h"

#include "common/mem.h"
#include "evidence/field.h"
#include "evidence/json_lines.h"

#include <stdlib.h>
#include <string.h>

static const char rule[] = "log contract";

static bool
is_known_reason(const char *code)
{
    static const char *const tokens[] = {"parity",
                                         "mismatch",
                                         "expected_error_observed",
                                         "legacy_oracle_unavailable",
                                         "oracle_guard",
                                         "policy_match",
                                         "reentrant",
                                         "dependency",
                                         "unknown_node",
                                         "serialization",
                                         "dispatch",
                                         "tensor_meta",
                                         "scheduler",
                                         "op_schema",
                                         "nn_state",
                                         "fail_closed",
                                         "checksum",
                                         "version",
                                         "invalid_json"};

    for (size_t i = 0; i < COUNT_OF(tokens); i++)
        if (strstr(code, tokens[i]))
            return true;
    return false;
}

/* One of the two words, or a reason. */
static bool
is_word_of(const struct evidence *e, const char *key, const char *a, const char *b)
{
    const struct json *root = json_root(e->doc);
    const char *text;
    char at[FIELD_AT_SIZE];

    if (!field_text(e, root, key, &text))
        return false;
    if (strcmp(text, a) == 0 || strcmp(text, b) == 0)
        return true;
    (void)judge(e->judgement, REASON_RANGE_ERROR, rule, e->file,
                field_at(e, root, key, at), "%s is '%s', neither %s nor %s", key, text, a,
                b);
    return false;
}

static bool
read_refs(const struct evidence *e)
{
    const struct json *refs;
    char at[FIELD_AT_SIZE];

    if (!field_array(e, json_root(e->doc), "artifact_refs", &refs))
        return false;
    for (const struct json *n = json_first(refs); n; n = json_next(n))
        if (json_type(n) != JSON_STRING) {
            (void)judge(e->judgement, REASON_TYPE_ERROR, rule, e->file,
                        field_at(e, n, NULL, at), "a reference is a path");
            return false;
        }
    if (!json_first(refs))
        (void)judge(e->judgement, REASON_EVIDENCE_MISSING, rule, e->file,
                    "/artifact_refs", "an entry without evidence");
    return json_first(refs) != NULL;
}

/* The thirteen fields of the log contract; whatever a suite adds is its own. */
static bool
read_entry(struct e2e_log *log, struct judgement *j, const struct evidence *e)
{
    static const char *const texts[] = {"fixture_id", "env_fingerprint",
                                        "replay_command"};
    const struct json *root = json_root(e->doc);
    const char *packet, *suite, *scenario, *outcome, *reason, *text;
    struct e2e_entry *out;
    uint64_t number;

    for (size_t i = 0; i < COUNT_OF(texts); i++)
        if (!field_text(e, root, texts[i], &text))
            return false;
    if (!field_is(e, root, "schema_version", "ft-conformance-log-v1",
                  REASON_UNSUPPORTED) ||
        !is_word_of(e, "mode", "strict", "hardened") ||
        !is_word_of(e, "outcome", "pass", "fail") ||
        !field_u64(e, root, "ts_unix_ms", &number) ||
        !field_u64(e, root, "seed", &number) || !read_refs(e) ||
        !field_text(e, root, "suite_id", &suite) ||
        !field_text(e, root, "scenario_id", &scenario) ||
        !field_text(e, root, "packet_id", &packet) ||
        !field_text(e, root, "outcome", &outcome) ||
        !field_text(e, root, "reason_code", &reason))
        return false;
    if (log->count == log->capacity) {
        log->capacity = log->capacity ? 2 * log->capacity : 256;
        log->entries = xrealloc(log->entries, log->capacity, sizeof *log->entries);
    }
    out = &log->entries[log->count++];
    *out = (struct e2e_entry){.packet = judgement_text(j, "%s", packet),
                              .suite = judgement_text(j, "%s", suite),
                              .scenario = judgement_text(j, "%s", scenario),
                              .reason = judgement_text(j, "%s", reason),
                              .passed = strcmp(outcome, "pass") == 0};
    return true;
}

static void
read_entries(struct e2e_log *log, struct judgement *j, const char *file)
{
    struct json_lines lines;

    if (json_lines_open(&lines, j, NULL, file))
        while (json_lines_next(&lines))
            if (!read_entry(log, j, &lines.file))
                continue;
    json_lines_close(&lines);
    for (size_t i = 0; i < log->count; i++) {
        text_set_add(&log->packets, log->entries[i].packet);
        log->failed += !log->entries[i].passed;
        if (!is_known_reason(log->entries[i].reason))
            text_set_add(&log->unknown, log->entries[i].reason);
    }
    text_set_finish(&log->packets);
    text_set_finish(&log->unknown);
}

static int
by_packet(const void *a, const void *b)
{
    const struct e2e_entry *x = a, *y = b;

    return strcmp(x->packet, y->packet);
}

static int
by_scenario(const void *a, const void *b)
{
    const struct e2e_entry *x = a, *y = b;
    int order = strcmp(x->scenario, y->scenario);

    return order ? order : (int)x->passed - (int)y->passed;
}

/* Scenarios that both passed and did not. */
static void
find_flaky(struct e2e_log *log)
{
    struct e2e_entry *sorted = xcalloc(log->count + 1, sizeof *sorted);

    if (log->count > 0) {
        memcpy(sorted, log->entries, log->count * sizeof *sorted);
        qsort(sorted, log->count, sizeof *sorted, by_scenario);
    }
    for (size_t i = 1; i < log->count; i++)
        if (strcmp(sorted[i - 1].scenario, sorted[i].scenario) == 0 &&
            sorted[i - 1].passed != sorted[i].passed)
            text_set_add(&log->flaky, sorted[i].scenario);
    text_set_finish(&log->flaky);
    free(sorted);
}

void
e2e_log_read(struct e2e_log *log, struct judgement *j, const char *file)
{
    *log = (struct e2e_log){0};
    read_entries(log, j, file);
    find_flaky(log);
    if (log->count > 1)
        qsort(log->entries, log->count, sizeof *log->entries, by_packet);
}

void
e2e_log_clear(struct e2e_log *log)
{
    free(log->entries);
    text_set_clear(&log->packets);
    text_set_clear(&log->flaky);
    text_set_clear(&log->unknown);
    *log = (struct e2e_log){0};
}

void
e2e_log_packet(const struct e2e_log *log, const char *packet, size_t *first, size_t *end)
{
    size_t low = 0, high = log->count;

    while (low < high) {
        size_t middle = low + (high - low) / 2;

        if (strcmp(log->entries[middle].packet, packet) < 0)
            low = middle + 1;
        else
            high = middle;
    }
    *first = *end = low;
    while (*end < log->count && strcmp(log->entries[*end].packet, packet) == 0)
        (*end)++;
}
