/*
 * Volta's ten release KPIs.  Each needs five fields of evidence, in the KPI's own row
 * under "evidence" or in DIR/<ID>.yaml or DIR/<ID>.json.
 */
#include "common/num.h"
#include "evidence/field.h"
#include "gates/gates.h"

#include <stdio.h>
#include <string.h>
#include <strings.h>

static const char rule[] = "release KPI";
enum { KPIS = 10 };

static bool
is_yaml(const char *path)
{
    size_t n = strlen(path);

    return (n > 5 && strcmp(path + n - 5, ".yaml") == 0) ||
           (n > 4 && strcmp(path + n - 4, ".yml") == 0);
}

static bool
open_either(struct evidence *e)
{
    return is_yaml(e->file) ? evidence_yaml(e) : evidence_json(e);
}

/* RFC 3339 as far as digits go: 2026-03-08T12:00:00Z. */
static bool
is_timestamp(const char *text)
{
    static const char form[] = "dddd-dd-ddTdd:dd:dd";

    for (size_t i = 0; form[i]; i++)
        if (form[i] == 'd' ? !(text[i] >= '0' && text[i] <= '9') : text[i] != form[i])
            return false;
    return true;
}

static bool
is_placeholder(const char *text)
{
    static const char *const words[] = {"",     "-",   "?",    "n/a",
                                        "none", "tbd", "todo", "pending"};

    for (size_t i = 0; i < COUNT_OF(words); i++)
        if (strcasecmp(text, words[i]) == 0)
            return true;
    return false;
}

/* A file under the evidence folder, not empty. */
static void
check_file(const struct evidence *e, const struct evidence_root *root, const char *path)
{
    struct evidence file = {.judgement = e->judgement, .root = root, .file = path};

    if (evidence_open(&file, UINT64_C(1) << 32) && file.input.size == 0)
        (void)judge(e->judgement, REASON_EMPTY_FILE, rule, path, "", "empty evidence");
    evidence_close(&file);
}

static void
check_fields(const struct evidence *e, const struct evidence_root *root, const char *id,
             const struct json *object)
{
    static const char *const names[] = {"command_output", "workflow_url", "artifact",
                                        "owner", "timestamp"};
    const char *values[COUNT_OF(names)];

    for (size_t i = 0; i < COUNT_OF(names); i++) {
        values[i] = NULL;
        if (!field_text(e, object, names[i], &values[i]))
            continue;
        if (is_placeholder(values[i])) {
            (void)judge(e->judgement,
                        i == 3 ? REASON_OWNER_MISSING : REASON_EVIDENCE_MISSING, rule,
                        e->file, id, "%s is '%s'", names[i], values[i]);
            values[i] = NULL;
        }
    }
    if (values[0])
        check_file(e, root, values[0]);
    if (values[1] && strncmp(values[1], "https://", 8) != 0)
        (void)judge(e->judgement, REASON_EVIDENCE_MISSING, rule, e->file, id,
                    "workflow_url '%s' is no https address", values[1]);
    if (values[2])
        check_file(e, root, values[2]);
    if (values[4] && !is_timestamp(values[4]))
        (void)judge(e->judgement, REASON_TYPE_ERROR, rule, e->file, id,
                    "timestamp '%s' is not like 2026-03-08T12:00:00Z", values[4]);
}

static void
check_status(const struct evidence *e, const char *id, const struct json *object)
{
    const struct json *status = json_get(object, "status");

    if (status &&
        (json_type(status) != JSON_STRING || (strcmp(json_text(status), "pass") != 0 &&
                                              strcmp(json_text(status), "green") != 0)))
        (void)judge(e->judgement, REASON_STATUS_NOT_GREEN, rule, e->file, id,
                    "status is not pass");
}

static void
check_kpi(const struct evidence *e, const struct evidence_root *root, const char *id,
          const struct json *row)
{
    const struct json *inside = json_get(row, "evidence");
    struct evidence own = {.judgement = e->judgement, .root = root};
    char file[64];

    check_status(e, id, row);
    if (inside) {
        check_fields(e, root, id, inside);
        return;
    }
    (void)snprintf(file, sizeof file, "%.40s.yaml", id);
    if (!evidence_exists(root, file))
        (void)snprintf(file, sizeof file, "%.40s.json", id);
    own.file = file;
    if (open_either(&own)) {
        check_status(&own, id, json_root(own.doc));
        check_fields(&own, root, id, json_root(own.doc));
    }
    evidence_close(&own);
}

/* "KPI-01" .. "KPI-NN": its number; 0 when it is no such id. */
static uint64_t
kpi_number(const char *id)
{
    uint64_t number;

    if (strlen(id) != 6 || strncmp(id, "KPI-", 4) != 0 ||
        !num_parse_u64(id + 4, 2, &number) || number > KPIS)
        return 0;
    return number;
}

static void
check_rows(const struct evidence *e, const struct evidence_root *root,
           const struct json *list)
{
    bool seen[KPIS + 1] = {false};

    for (const struct json *row = json_first(list); row; row = json_next(row)) {
        uint64_t number;
        const char *id;

        if (!field_text(e, row, "id", &id))
            continue;
        number = kpi_number(id);
        if (number == 0) {
            (void)judge(e->judgement, REASON_DANGLING_ID, rule, e->file, id,
                        "no release KPI has this id");
            continue;
        }
        if (seen[number])
            (void)judge(e->judgement, REASON_DUPLICATE_ID, rule, e->file, id,
                        "listed twice");
        seen[number] = true;
        check_kpi(e, root, id, row);
    }
    for (unsigned i = 1; i <= KPIS; i++)
        if (!seen[i])
            (void)judge(e->judgement, REASON_EVIDENCE_MISSING, rule, e->file, "",
                        "KPI-%02u is not listed", i);
}

void
gate_release(struct judgement *j, const char *kpi, const char *evidence_dir)
{
    struct evidence e = {.judgement = j, .file = kpi};
    struct evidence_root root;
    struct error err = {0};
    const struct json *list;

    if (!evidence_root_open(&root, evidence_dir, &err)) {
        (void)judge(j, REASON_EVIDENCE_MISSING, rule, evidence_dir, "", "%s",
                    err.message);
        return;
    }
    if (open_either(&e) && field_array(&e, json_root(e.doc), "kpis", &list))
        check_rows(&e, &root, list);
    evidence_close(&e);
    evidence_root_close(&root);
}
