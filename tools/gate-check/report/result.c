#include "report/result.h"

#include "common/diagnostic.h"
#include "common/json_out.h"
#include "common/term.h"

#include <inttypes.h>
#include <string.h>

enum { REASONS_SHOWN = 200 };

enum verdict
result_verdict(const struct gate_result *r)
{
    enum verdict worst = VERDICT_PASS;

    for (size_t i = 0; i < r->count; i++)
        if (judgement_verdict(&r->subjects[i]) > worst)
            worst = judgement_verdict(&r->subjects[i]);
    return worst;
}

/* The class that decided the whole: of the first subject with the worst verdict. */
static enum reason_class
result_reason(const struct gate_result *r)
{
    enum verdict worst = result_verdict(r);

    for (size_t i = 0; i < r->count && worst > VERDICT_PASS; i++)
        if (judgement_verdict(&r->subjects[i]) == worst)
            return judgement_reason(&r->subjects[i]);
    return REASON_OK;
}

static void
write_optional(struct json_out *j, const char *key, const char *text)
{
    if (text && text[0])
        json_string(j, key, text);
}

static void
write_reason(const struct reason *r, struct json_out *j)
{
    json_object(j, NULL);
    json_string(j, "class", reason_name(r->class));
    json_string(j, "severity", severity_name(r->severity));
    json_string(j, "rule", r->rule);
    json_string(j, "file", r->file);
    json_string(j, "at", r->at);
    json_string(j, "message", r->message);
    if (r->claimed)
        json_string(j, "claimed", r->claimed);
    if (r->actual)
        json_string(j, "actual", r->actual);
    write_optional(j, "command", r->command);
    json_end(j);
}

static void
write_subject(const struct judgement *s, struct json_out *j)
{
    json_object(j, NULL);
    json_string(j, "id", s->id);
    write_optional(j, "layout", s->layout);
    json_string(j, "verdict", verdict_name(judgement_verdict(s)));
    json_string(j, "reason", reason_name(judgement_reason(s)));
    write_optional(j, "upstream", s->upstream);
    for (enum mode mode = MODE_STRICT; mode <= MODE_HARDENED; mode++) {
        if (!s->modes[mode].known)
            continue;
        json_object(j, mode_name(mode));
        json_u64(j, "total", s->modes[mode].total);
        json_u64(j, "failed", s->modes[mode].failed);
        json_end(j);
    }
    write_optional(j, "report_blake2b_256", s->report_blake2b);
    json_array(j, "reasons");
    for (const struct reason *r = s->reasons; r; r = r->next)
        write_reason(r, j);
    json_end(j);
    json_array(j, "evidence");
    for (const struct exhibit *e = s->exhibits; e; e = e->next) {
        json_object(j, NULL);
        json_string(j, "path", e->path);
        json_u64(j, "size", e->size);
        json_string(j, "blake2b_256", e->blake2b);
        json_end(j);
    }
    json_end(j);
    json_end(j);
}

void
result_write(const struct gate_result *r, FILE *out)
{
    size_t counts[4] = {0};
    struct json_out j;

    for (size_t i = 0; i < r->count; i++)
        counts[judgement_verdict(&r->subjects[i])]++;
    json_start(&j, out, JSON_PRETTY);
    json_object(&j, NULL);
    json_string(&j, "schema", "lockstep-gate-result/1");
    json_string(&j, "gate", r->gate);
    write_optional(&j, "profile", r->profile);
    if (r->root && strcmp(r->root, ".") != 0)
        json_string(&j, "root", r->root);
    json_string(&j, "verdict", verdict_name(result_verdict(r)));
    json_string(&j, "reason", reason_name(result_reason(r)));
    json_object(&j, "counts");
    for (enum verdict v = VERDICT_PASS; v <= VERDICT_FAIL; v++)
        json_u64(&j, verdict_name(v), counts[v]);
    json_end(&j);
    json_array(&j, "subjects");
    for (size_t i = 0; i < r->count; i++)
        write_subject(&r->subjects[i], &j);
    json_end(&j);
    json_end(&j);
}

/* --- For people --- */

static enum term_style
verdict_style(enum verdict v)
{
    static const enum term_style styles[] = {TERM_GOOD, TERM_WARN, TERM_BAD, TERM_BAD};

    return styles[v];
}

static void
mode_cell(struct term_table *t, const struct mode_tally *m)
{
    if (m->known)
        term_cell(t, "%" PRIu64 "/%" PRIu64, m->total - m->failed, m->total);
    else
        term_cell(t, "-");
}

static void
print_table(const struct gate_result *r, FILE *out)
{
    struct term_table *t = term_table_new();
    bool modes = false, upstream = false;

    for (size_t i = 0; i < r->count; i++) {
        modes |= r->subjects[i].modes[MODE_STRICT].known;
        upstream |= r->subjects[i].upstream != NULL;
    }
    term_column(t, r->gate, TERM_LEFT);
    term_column(t, "verdict", TERM_LEFT);
    if (modes) {
        term_column(t, "strict", TERM_RIGHT);
        term_column(t, "hardened", TERM_RIGHT);
    }
    if (upstream)
        term_column(t, "upstream", TERM_LEFT);
    term_column(t, "reason", TERM_LEFT);
    for (size_t i = 0; i < r->count; i++) {
        const struct judgement *s = &r->subjects[i];
        enum verdict v = judgement_verdict(s);

        term_cell(t, "%s", s->id);
        term_cell_style(t, verdict_style(v), "%s", verdict_name(v));
        if (modes) {
            mode_cell(t, &s->modes[MODE_STRICT]);
            mode_cell(t, &s->modes[MODE_HARDENED]);
        }
        if (upstream)
            term_cell(t, "%s", s->upstream ? s->upstream : "-");
        term_cell(t, "%s", reason_name(judgement_reason(s)));
    }
    term_table_print(t, out);
}

static void
print_reason(const struct reason *r, FILE *out)
{
    static const enum term_style styles[] = {TERM_DIM, TERM_WARN, TERM_BAD, TERM_BAD};
    enum term_style style = styles[r->severity];

    (void)fprintf(out, "  %s%s%s  %s%s%s%s%s\n", term_on(out, style),
                  reason_name(r->class), term_off(out, style), r->file,
                  r->at[0] ? ":" : "", r->at, r->file[0] || r->at[0] ? ": " : "",
                  r->message);
    if (r->claimed)
        (void)fprintf(out, "      claimed %s\n", r->claimed);
    if (r->actual)
        (void)fprintf(out, "      actual  %s\n", r->actual);
}

static void
print_reasons(const struct gate_result *r, FILE *out)
{
    size_t shown = 0, all = 0;

    for (size_t i = 0; i < r->count; i++) {
        const struct judgement *s = &r->subjects[i];

        all += s->reason_count;
        if (!s->reasons || shown >= REASONS_SHOWN)
            continue;
        (void)fprintf(out, "\n%s\n", s->id);
        for (const struct reason *each = s->reasons; each && shown < REASONS_SHOWN;
             each = each->next, shown++)
            print_reason(each, out);
    }
    if (all > shown)
        (void)fprintf(out, "\n... and %zu more reasons (see --json)\n", all - shown);
}

void
result_print(const struct gate_result *r, FILE *out)
{
    print_table(r, out);
    print_reasons(r, out);
}
