/*
 * The docs-contract audit: a table of claims with their status, and the commands a
 * document shows, run in a folder of their own with a bare environment.
 */
#define _XOPEN_SOURCE 700 /* nftw(), mkdtemp() */
#include "common/mem.h"
#include "evidence/markdown_table.h"
#include "evidence/process.h"
#include "gates/document.h"
#include "gates/gates.h"

#include <errno.h>
#include <ftw.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <unistd.h>

static const char rule[] = "docs contract";
enum { SOURCE, CLAIM, EVIDENCE, STATUS, NOTES, COLUMNS };
enum { OUTPUT_MAX = 1 << 20 };

static const char *const columns[COLUMNS] = {"Claim Source", "Claim", "Evidence",
                                             "Status", "Notes"};

/* --- The table --- */

static void
check_claim(struct judgement *j, const char *file, const struct markdown_table *t)
{
    const char *status = t->cells[STATUS];
    char at[32];

    (void)snprintf(at, sizeof at, "line %" PRIu64, t->line);
    if (t->cells[EVIDENCE][0] == '\0' || strcmp(t->cells[EVIDENCE], "-") == 0)
        (void)judge(j, REASON_EVIDENCE_MISSING, rule, file, at, "'%s' names no evidence",
                    t->cells[CLAIM]);
    if (strcasecmp(status, "verified") == 0)
        return;
    if (strcasecmp(status, "mismatch") == 0) {
        (void)judge(j, REASON_CLAIM_MISMATCH, rule, file, at, "'%s' does not hold (%s)",
                    t->cells[CLAIM], t->cells[SOURCE]);
    } else if (strcasecmp(status, "pending") == 0) {
        struct reason *r =
            judge(j, REASON_CLAIM_PENDING, rule, file, at, "'%s' is not verified (%s)",
                  t->cells[CLAIM], t->cells[SOURCE]);

        if (strstr(t->cells[NOTES], "non-blocking"))
            reason_severity(j, r, SEVERITY_WARN);
    } else {
        (void)judge(j, REASON_PARSE_ERROR, rule, file, at,
                    "status '%s' is none of verified, pending, mismatch", status);
    }
}

/* How many claims the tables hold. */
static size_t
check_tables(struct judgement *j, const char *file, const struct input *in)
{
    struct markdown_table t;
    size_t rows = 0;
    bool ragged, found;

    for (found =
             markdown_table_find(&t, (const char *)in->data, in->size, columns, COLUMNS);
         found; found = markdown_table_again(&t, columns))
        while (markdown_table_next(&t, &ragged)) {
            rows++;
            if (ragged)
                (void)judge(j, REASON_PARSE_ERROR, rule, file, "",
                            "line %" PRIu64 ": not as many cells as the header has",
                            t.line);
            else
                check_claim(j, file, &t);
        }
    markdown_table_close(&t);
    return rows;
}

/* --- The commands --- */

static int
remove_entry(const char *path, const struct stat *st, int type, struct FTW *ftw)
{
    (void)st;
    (void)type;
    (void)ftw;
    return remove(path);
}

/* cd into the sandbox, bound what a process may use, then the command itself. */
static const char script[] =
    "cd \"$1\" && ulimit -c 0 && ulimit -f 2097152 && eval \"$2\"";

static bool
run_in(const char *folder, const char *command, uint64_t timeout_s, struct buf *out,
       int *status, struct error *err)
{
    char *home = xasprintf("HOME=%s", folder), *temp = xasprintf("TMPDIR=%s", folder);
    char *path = xasprintf("PATH=%s", getenv("PATH") ? getenv("PATH") : "/usr/bin:/bin");
    char *sh = xstrdup("/bin/sh"), *c = xstrdup("-c"), *text = xstrdup(script);
    char *where = xstrdup(folder), *what = xstrdup(command);
    char *argv[] = {sh, c, text, sh, where, what, NULL};
    char locale[] = "LC_ALL=C.UTF-8", dumb[] = "TERM=dumb", plain[] = "NO_COLOR=1";
    char *environment[] = {home, temp, path, locale, dumb, plain, NULL};
    const struct process p = {.argv = argv,
                              .environment = environment,
                              .timeout_s = (unsigned)timeout_s,
                              .output_max = OUTPUT_MAX};
    bool ok = process_run(&p, out, status, err);

    free(home);
    free(temp);
    free(path);
    free(sh);
    free(c);
    free(text);
    free(where);
    free(what);
    return ok;
}

static void
run_command(struct judgement *j, const char *file, const struct shown_command *c,
            const char *folder, const struct claims_options *o)
{
    struct buf out = {0};
    struct error err = {0};
    struct reason *r;
    char at[32];
    int status = 0;

    (void)snprintf(at, sizeof at, "line %" PRIu64, c->line);
    if (!run_in(folder, c->text, o->timeout_s, &out, &status, &err)) {
        r = judge(j, REASON_CLAIM_MISMATCH, rule, file, at, "'%s': %s", c->text,
                  err.message);
        r->command = judgement_text(j, "%s", c->text);
    } else if (status != c->status) {
        r = judge(j, REASON_CLAIM_MISMATCH, rule, file, at,
                  "'%s' ended with status %d, documented is %d", c->text, status,
                  c->status);
        r->command = judgement_text(j, "%s", c->text);
    } else if (c->output && !document_output_matches(c->output, buf_string(&out))) {
        r = judge(j, REASON_CLAIM_MISMATCH, rule, file, at, "'%s' prints something else",
                  c->text);
        reason_values(j, r, c->output, buf_string(&out));
        r->command = judgement_text(j, "%s", c->text);
    }
    buf_clear(&out);
}

static void
run_commands(struct judgement *j, const char *file, const struct document *d,
             const struct claims_options *o)
{
    const char *base = getenv("TMPDIR") ? getenv("TMPDIR") : "/tmp";
    char *folder = xasprintf("%s/claims.XXXXXX", base);
    struct buf out = {0};
    struct error err = {0};
    char *copy;
    int status = 0;

    if (!mkdtemp(folder)) {
        (void)judge(j, REASON_IO_ERROR, rule, file, "", "no sandbox folder: %s",
                    strerror(errno));
        free(folder);
        return;
    }
    copy = o->seed ? realpath(o->seed, NULL) : NULL;
    if (o->seed) {
        char *command = xasprintf("cp -R '%s/.' .", copy ? copy : "");

        if (!copy || strchr(copy, '\'') ||
            !run_in(folder, command, o->timeout_s, &out, &status, &err) || status != 0)
            (void)judge(j, REASON_IO_ERROR, rule, o->seed, "",
                        "cannot be copied into the sandbox");
        free(command);
    }
    for (size_t i = 0; i < d->count; i++)
        run_command(j, file, &d->commands[i], folder, o);
    (void)nftw(folder, remove_entry, 16, FTW_DEPTH | FTW_PHYS);
    buf_clear(&out);
    free(copy);
    free(folder);
}

void
gate_claims(struct judgement *j, const char *file, const struct claims_options *options)
{
    struct evidence e = {.judgement = j, .file = file};
    struct document d = {0};

    if (evidence_text(&e)) {
        size_t claims = check_tables(j, file, &e.input);

        document_read(&d, (const char *)e.input.data, e.input.size);
        if (options->execute)
            run_commands(j, file, &d, options);
        if (claims == 0 && d.count == 0)
            (void)judge(j, REASON_EVIDENCE_MISSING, rule, file, "",
                        "no claim table and no commands: nothing to audit");
        else if (claims == 0 && !options->execute)
            (void)judge(j, REASON_UNPROVEN, rule, file, "",
                        "%zu documented commands were not run (--execute)", d.count);
        else if (options->execute)
            (void)judge(j, REASON_OK, rule, file, "",
                        "%zu documented commands were run, "
                        "%zu blocks left out",
                        d.count, d.skipped);
    }
    document_clear(&d);
    evidence_close(&e);
}
