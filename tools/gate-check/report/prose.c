/* Markdown for a job summary, GitHub's annotations, and explanations in full. */
#include "common/term.h"
#include "evidence/judgement.h"
#include "report/formats.h"

#include <inttypes.h>
#include <string.h>

/* --- Markdown --- */

static void
write_cell(FILE *out, const char *text)
{
    (void)fputs(" ", out);
    for (; *text; text++) {
        if (strchr("|\\`*_<>[]", *text))
            (void)fputc('\\', out);
        (void)fputc(*text == '\n' ? ' ' : *text, out);
    }
    (void)fputs(" |", out);
}

void
report_markdown(const struct loaded *l, FILE *out)
{
    size_t bad = 0;

    for (size_t i = 0; i < l->count; i++)
        bad += loaded_is_bad(&l->subjects[i]);
    (void)fprintf(out, "### Gates: %zu judged, %zu not green\n\n", l->count, bad);
    (void)fputs("| Subject | Gate | Verdict | Strict | Hardened | Reason | Detail |\n"
                "| --- | --- | --- | ---: | ---: | --- | --- |\n",
                out);
    for (size_t i = 0; i < l->count; i++) {
        const struct loaded_subject *s = &l->subjects[i];

        (void)fputc('|', out);
        write_cell(out, s->id);
        write_cell(out, s->gate);
        write_cell(out, s->verdict);
        write_cell(out, s->strict);
        write_cell(out, s->hardened);
        write_cell(out, s->reason);
        write_cell(out, s->reason_count ? s->reasons[0].message : "");
        (void)fputc('\n', out);
    }
}

/* --- GitHub --- */

/* A property also escapes ':' and ','. */
static void
write_command_text(FILE *out, const char *text, bool property)
{
    for (; *text; text++) {
        if (*text == '%' || *text == '\n' || *text == '\r' ||
            (property && (*text == ':' || *text == ',')))
            (void)fprintf(out, "%%%02X", (unsigned)(unsigned char)*text);
        else
            (void)fputc(*text, out);
    }
}

void
report_github(const struct loaded *l, FILE *out)
{
    for (size_t i = 0; i < l->count; i++)
        for (size_t k = 0; k < l->subjects[i].reason_count; k++) {
            const struct loaded_reason *r = &l->subjects[i].reasons[k];
            const char *level = strcmp(r->severity, "note") == 0   ? "notice"
                                : strcmp(r->severity, "warn") == 0 ? "warning"
                                                                   : "error";

            (void)fprintf(out, "::%s file=", level);
            write_command_text(out, r->file, true);
            (void)fprintf(out, ",line=%" PRIu64 ",title=", r->line);
            write_command_text(out, r->class, true);
            (void)fputs("::", out);
            write_command_text(out, l->subjects[i].id, false);
            (void)fputs(": ", out);
            write_command_text(out, r->message, false);
            (void)fputc('\n', out);
        }
}

/* --- Explanations --- */

static void
line(FILE *out, const char *name, const char *value)
{
    if (value && value[0])
        (void)fprintf(out, "    %-8s %s\n", name, value);
}

void
report_explain(const struct loaded *l, FILE *out)
{
    for (size_t i = 0; i < l->count; i++) {
        const struct loaded_subject *s = &l->subjects[i];

        (void)fprintf(out, "%s%s%s: %s (%s)\n", term_on(out, TERM_BOLD), s->id,
                      term_off(out, TERM_BOLD), s->verdict, s->reason);
        for (size_t k = 0; k < s->reason_count; k++) {
            const struct loaded_reason *r = &s->reasons[k];
            enum reason_class class;

            (void)fprintf(out, "\n  %zu. %s: %s\n", k + 1, r->class, r->message);
            if (reason_by_name(r->class, &class))
                line(out, "meaning", reason_text(class));
            line(out, "rule", r->rule);
            line(out, "file", r->file);
            line(out, "at", r->at);
            line(out, "claimed", r->claimed);
            line(out, "actual", r->actual);
            line(out, "shown by", r->command);
        }
        (void)fputc('\n', out);
    }
}
