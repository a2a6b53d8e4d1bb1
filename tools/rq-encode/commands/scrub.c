#include "commands.h"
#include "common/file.h"
#include "common/json_out.h"
#include "common/mem.h"
#include "container/restore.h"
#include "files/tree.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

struct options {
    bool repair;
    const char *resume;
    uint64_t memory;
};

static const struct options defaults = {.memory = 256 << 20};

static const struct cli_option options[] = {
    {.name = "repair",
     .letter = 'r',
     .type = CLI_FLAG,
     .offset = offsetof(struct options, repair),
     .help = "repair what is damaged and can be"},
    {.name = "resume",
     .type = CLI_TEXT,
     .offset = offsetof(struct options, resume),
     .metavar = "FILE",
     .help = "note finished files there, and pass over those noted"},
    {.name = "memory",
     .letter = 'm',
     .type = CLI_SIZE,
     .offset = offsetof(struct options, memory),
     .metavar = "SIZE",
     .min = 1 << 20,
     .help = "working memory; more goes to disk (default 256M)"},
    CLI_OPTION_END,
};

struct scrub {
    struct cli *cli;
    const struct options *o;
    size_t files, intact, repaired, damaged, failed, skipped;
};

static void
print_line(struct scrub *s, const char *file, const char *state, const struct error *err)
{
    struct json_out j;

    json_start(&j, s->cli->out, JSON_LINE);
    json_object(&j, NULL);
    json_string(&j, "file", file);
    json_string(&j, "state", state);
    if (err)
        json_string(&j, "message", err->message);
    json_end(&j);
}

static void
scrub_file(struct scrub *s, const char *file)
{
    const struct restore_options how = {.memory = s->o->memory,
                                        .threads = (unsigned)s->cli->threads};
    struct restore_report report;
    struct error err = {0};
    struct checkup c;

    s->files++;
    if (!checkup_open(&c, file, &(struct checkup_options){.memory = s->o->memory},
                      &err)) {
        s->failed++;
        print_line(s, file, "failed", &err);
        return;
    }
    if (c.intact && c.sidecar.whole) {
        s->intact++;
        print_line(s, file, "intact", NULL);
    } else if (s->o->repair && restore(&c, file, NULL, &how, &report, &err)) {
        s->repaired++;
        print_line(s, file, "repaired", NULL);
    } else {
        s->damaged++;
        print_line(s, file,
                   c.intact        ? "sidecar_damaged"
                   : c.margin >= 0 ? "damaged"
                                   : "unrepairable",
                   err.class != ERR_NONE ? &err : NULL);
    }
    checkup_close(&c);
}

static void
print_summary(struct scrub *s)
{
    struct json_out j;

    json_start(&j, s->cli->out, JSON_LINE);
    json_object(&j, NULL);
    json_string(&j, "schema", "lockstep-scrub/1");
    json_u64(&j, "files", s->files);
    json_u64(&j, "intact", s->intact);
    json_u64(&j, "repaired", s->repaired);
    json_u64(&j, "damaged", s->damaged);
    json_u64(&j, "failed", s->failed);
    json_u64(&j, "skipped", s->skipped);
    json_end(&j);
}

/* Is `line` one of the lines of the note? */
static bool
noted(const struct input *note, const char *line)
{
    size_t n = strlen(line);
    const char *at = (const char *)note->data, *end = at + note->size;

    for (const char *next; at && at < end; at = next + 1) {
        next = memchr(at, '\n', (size_t)(end - at));
        if (!next)
            return false;
        if ((size_t)(next - at) == n && memcmp(at, line, n) == 0)
            return true;
    }
    return false;
}

/* Sidecars stand for their files, so that a missing file is noticed. */
static bool
scrub_tree(struct scrub *s, const struct tree *t, struct error *err)
{
    struct input note = {0};
    FILE *append = NULL;
    struct error ignored;
    bool ok = true;

    if (s->o->resume) {
        if (!input_open(&note, s->o->resume, UINT64_C(1) << 32, &ignored))
            note = (struct input){0}; /* the first run */
        append = fopen(s->o->resume, "ab");
        if (!append)
            ok = error_errno(err, "cannot write") || error_in(err, s->o->resume);
    }
    for (size_t i = 0; ok && i < t->count; i++) {
        char *file = xstrndup(t->path[i], strlen(t->path[i]) - 3);

        if (noted(&note, file)) {
            s->skipped++;
        } else {
            scrub_file(s, file);
            /* A name with a line feed would note two others. */
            if (append && !strchr(file, '\n') &&
                (fprintf(append, "%s\n", file) < 0 || fflush(append) != 0))
                ok = error_errno(err, "cannot write") || error_in(err, s->o->resume);
        }
        free(file);
    }
    if (append)
        (void)fclose(append);
    input_close(&note);
    if (ok && s->o->resume && remove(s->o->resume) != 0)
        ok = error_errno(err, "cannot remove") || error_in(err, s->o->resume);
    return ok;
}

static int
run(struct cli *cli, const void *given, struct error *err)
{
    struct scrub s = {.cli = cli, .o = given};
    struct tree tree = {0};
    bool ok = true;

    for (size_t i = 0; ok && i < cli->operand_count; i++)
        ok = tree_add(&tree, cli->operands[i], ".rq", err);
    tree_sort(&tree);
    ok = ok && scrub_tree(&s, &tree, err);
    tree_clear(&tree);
    if (!ok)
        return CLI_ERROR;
    print_summary(&s);
    return s.damaged + s.failed > 0 ? 1 : 0;
}

const struct cli_command scrub_command = {
    .name = "scrub",
    .operands = "FOLDER...",
    .summary = "verify, or repair, everything protected below FOLDER",
    .details =
        "One JSON line a file, then a summary.  Exit status 1: something is damaged\n"
        "and was not repaired.  With --resume an interrupted run goes on where it\n"
        "stopped; the note is removed at the end.\n",
    .examples = "rq-encode scrub --repair /srv/models\n",
    .options = options,
    .options_size = sizeof(struct options),
    .defaults = &defaults,
    .common = CLI_THREADS,
    .min_operands = 1,
    .max_operands = SIZE_MAX,
    .run = run,
};
