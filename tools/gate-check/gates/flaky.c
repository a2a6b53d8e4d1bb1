/* The flaky-test registry: every row has an owner and an issue; blocking lanes are clean.
 */
#include "evidence/markdown_table.h"
#include "gates/gates.h"

#include <inttypes.h>
#include <string.h>
#include <strings.h>

static const char rule[] = "flaky registry";
enum { LANE, ITEM, SEVERITY, OWNER, ISSUE, FIRST_SEEN, ETA, STATUS, MITIGATION, COLUMNS };

static const char *const columns[COLUMNS] = {"Lane",  "Flaky Item", "Severity",
                                             "Owner", "Issue",      "First Seen",
                                             "ETA",   "Status",     "Mitigation"};

/* Says nobody or nothing. */
static bool
is_blank(const char *cell)
{
    static const char *const words[] = {"",     "-",   "--",   "?",          "n/a",
                                        "none", "tbd", "todo", "unassigned", "nobody"};

    for (size_t i = 0; i < COUNT_OF(words); i++)
        if (strcasecmp(cell, words[i]) == 0)
            return true;
    return false;
}

static bool
is_blocking(const char *lane)
{
    return strstr(lane, "blocking") && !strstr(lane, "non-blocking") &&
           !strstr(lane, "nonblocking");
}

static void
check_row(struct judgement *j, const char *file, const struct markdown_table *t)
{
    static const char *const known[] = {"open", "mitigating", "monitoring", "resolved",
                                        "waived"};
    const char *status = t->cells[STATUS];
    char at[32];
    size_t i = 0;

    (void)snprintf(at, sizeof at, "line %" PRIu64, t->line);
    if (is_blank(t->cells[OWNER]) || is_blank(t->cells[ISSUE]))
        (void)judge(j, REASON_OWNER_MISSING, rule, file, at, "'%s' has no %s",
                    t->cells[ITEM], is_blank(t->cells[OWNER]) ? "owner" : "issue");
    while (i < COUNT_OF(known) && strcasecmp(status, known[i]) != 0)
        i++;
    if (i == COUNT_OF(known)) {
        (void)judge(
            j, REASON_PARSE_ERROR, rule, file, at,
            "status '%s' is none of open, mitigating, monitoring, resolved, waived",
            status);
        return;
    }
    if (i < 3 && is_blocking(t->cells[LANE]))
        (void)judge(j, REASON_FLAKE_BUDGET, rule, file, at,
                    "'%s' is %s in the blocking lane '%s' (owner %s, issue %s)",
                    t->cells[ITEM], status, t->cells[LANE], t->cells[OWNER],
                    t->cells[ISSUE]);
}

static void
check_table(struct judgement *j, const char *file, struct markdown_table *t)
{
    bool ragged;

    while (markdown_table_next(t, &ragged)) {
        char at[32];

        if (!ragged) {
            check_row(j, file, t);
            continue;
        }
        (void)snprintf(at, sizeof at, "line %" PRIu64, t->line);
        (void)judge(j, REASON_PARSE_ERROR, rule, file, at,
                    "not as many cells as the header has");
    }
}

void
gate_flaky(struct judgement *j, const char *file)
{
    struct evidence e = {.judgement = j, .file = file};
    struct markdown_table t;

    if (evidence_text(&e)) {
        if (!markdown_table_find(&t, (const char *)e.input.data, e.input.size, columns,
                                 COLUMNS))
            (void)judge(
                j, REASON_EVIDENCE_MISSING, rule, file, "",
                "no table with the columns Lane, Flaky Item, Severity, Owner, Issue, "
                "First Seen, ETA, Status, Mitigation");
        else
            do
                check_table(j, file, &t);
            while (markdown_table_again(&t, columns));
        markdown_table_close(&t);
    }
    evidence_close(&e);
}
