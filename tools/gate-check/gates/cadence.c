/* Every selector of a plan ran within its period, passed, and has an owner. */
#include "evidence/field.h"
#include "evidence/json_lines.h"
#include "gates/gates.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

static const char rule[] = "cadence";

/* "90s", "15m", "24h", "7d". */
static bool
parse_period(const char *text, uint64_t *seconds)
{
    static const char units[] = "smhd";
    static const uint64_t factors[] = {1, 60, 3600, 86400};
    char *end;
    unsigned long value = strtoul(text, &end, 10);
    const char *unit = *end ? strchr(units, *end) : NULL;

    if (text[0] < '0' || text[0] > '9' || !unit || end[1] || value == 0 || value > 100000)
        return false;
    *seconds = value * factors[unit - units];
    return true;
}

struct last_run {
    bool found, passed;
    uint64_t time_s;
};

static struct last_run
find_last(struct judgement *j, const char *runs, const char *selector)
{
    struct last_run last = {0};
    struct json_lines lines;

    if (json_lines_open(&lines, j, NULL, runs))
        while (json_lines_next(&lines)) {
            const struct json *root = json_root(lines.file.doc);
            const char *name, *outcome;
            uint64_t ms;

            if (!field_text(&lines.file, root, "selector", &name) ||
                !field_u64(&lines.file, root, "ts_unix_ms", &ms) ||
                !field_text(&lines.file, root, "outcome", &outcome) ||
                strcmp(name, selector) != 0 || (last.found && ms / 1000 < last.time_s))
                continue;
            last = (struct last_run){
                true, strcmp(outcome, "passed") == 0 || strcmp(outcome, "pass") == 0,
                ms / 1000};
        }
    json_lines_close(&lines);
    return last;
}

static void
check_selector(const struct evidence *e, const struct json *row, const char *runs,
               uint64_t now_s)
{
    static const char *const keys[] = {"selector", "period", "owner", "command", NULL};
    struct judgement *j = e->judgement;
    const char *selector, *period, *owner;
    struct last_run last;
    uint64_t seconds;

    (void)field_only(e, row, keys);
    if (!field_text(e, row, "selector", &selector) ||
        !field_text(e, row, "period", &period))
        return;
    if (!json_get(row, "owner") || !field_text(e, row, "owner", &owner) || !owner[0]) {
        owner = "nobody";
        (void)judge(j, REASON_OWNER_MISSING, rule, e->file, selector, "no owner");
    }
    if (!parse_period(period, &seconds)) {
        (void)judge(j, REASON_TYPE_ERROR, rule, e->file, selector,
                    "period '%s' is not like 90s, 15m, 24h or 7d", period);
        return;
    }
    last = find_last(j, runs, selector);
    if (!last.found)
        (void)judge(j, REASON_OVERDUE, rule, runs, selector, "never ran (owner %s)",
                    owner);
    else if (last.time_s > now_s)
        (void)judge(j, REASON_TIME_REVERSED, rule, runs, selector, "ran in the future");
    else if (now_s - last.time_s > seconds)
        (void)judge(j, REASON_OVERDUE, rule, runs, selector,
                    "ran %" PRIu64 " h ago, period %s (owner %s)",
                    (now_s - last.time_s) / 3600, period, owner);
    if (last.found && !last.passed)
        (void)judge(j, REASON_TESTS_FAILED, rule, runs, selector,
                    "its newest run did not pass (owner %s)", owner);
}

void
gate_cadence(struct judgement *j, const char *plan, const char *runs, uint64_t now_s)
{
    static const char *const keys[] = {"checks", NULL};
    struct evidence e = {.judgement = j, .file = plan};
    const struct json *checks;

    if (evidence_yaml(&e) && field_only(&e, json_root(e.doc), keys) &&
        field_array(&e, json_root(e.doc), "checks", &checks)) {
        if (!json_first(checks))
            (void)judge(j, REASON_ZERO_EXECUTED, rule, plan, "/checks",
                        "a plan without checks shows nothing");
        for (const struct json *row = json_first(checks); row; row = json_next(row))
            check_selector(&e, row, runs, now_s);
    }
    evidence_close(&e);
}
