/* One self-contained page: no script, nothing fetched; charts are inline SVG
 * (LS-GATE-031). */
#include "report/formats.h"

#include "report/markup.h"

#include <inttypes.h>
#include <string.h>

static const char style[] =
    "body{font:15px/1.5 system-ui,sans-serif;margin:2rem auto;max-width:72rem;padding:0 "
    "1rem;"
    "color:#1c2430;background:#fff}h1{font-size:1.5rem}h2{font-size:1.15rem;margin-top:"
    "2rem}"
    "table{border-collapse:collapse;width:100%}th,td{text-align:left;padding:.35rem "
    ".7rem;"
    "border-bottom:1px solid #dde3ea;vertical-align:top}th{font-weight:600;color:#566}"
    "td.n{text-align:right;font-variant-numeric:tabular-nums}"
    ".pass,.warn,.fail,.error{font-weight:600;border-radius:.3rem;padding:.05rem .45rem;"
    "white-space:nowrap}.pass{color:#0a5c2b;background:#d9f3e2}.warn{color:#6b4a00;"
    "background:#fdf0cc}.fail,.error{color:#8c1420;background:#fbdde0}"
    "code{font:13px/1.4 ui-monospace,monospace;overflow-wrap:anywhere}"
    "details{margin:.4rem 0}summary{cursor:pointer}dl{display:grid;grid-template-columns:"
    "max-content 1fr;gap:.1rem .8rem;margin:.4rem 0 .9rem 1rem}dt{color:#566}dd{margin:0}"
    "@media(prefers-color-scheme:dark){body{color:#dbe2ea;background:#14181d}th,td{"
    "border-color:"
    "#2b333c}th,dt{color:#98a6b3}.pass{color:#8fe3b0;background:#123a24}.warn{color:#"
    "f2d27a;"
    "background:#40330c}.fail,.error{color:#ffb3ba;background:#4a1219}}";

enum { CHART_WIDTH = 240, CHART_HEIGHT = 36, CHART_POINTS = 120 };

static void
write_cell(FILE *out, const char *text, bool number)
{
    (void)fprintf(out, "<td%s>", number ? " class=\"n\"" : "");
    markup_text(out, text);
    (void)fputs("</td>", out);
}

static void
write_verdict(FILE *out, const char *verdict)
{
    (void)fputs("<td><span class=\"", out);
    markup_text(out, verdict);
    (void)fputs("\">", out);
    markup_text(out, verdict);
    (void)fputs("</span></td>", out);
}

/* Failed cases of the newest runs of one packet; a dot a run, red where it was not green.
 */
static void
write_chart(const struct loaded *l, const char *id, FILE *out)
{
    size_t runs = 0, skip, n = 0;
    uint64_t most = 1;

    for (size_t i = 0; i < l->point_count; i++)
        runs += strcmp(l->points[i].id, id) == 0;
    if (runs == 0)
        return;
    skip = runs > CHART_POINTS ? runs - CHART_POINTS : 0;
    for (size_t i = 0; i < l->point_count; i++)
        if (strcmp(l->points[i].id, id) == 0 && l->points[i].failed > most)
            most = l->points[i].failed;
    (void)fprintf(
        out,
        "<svg role=\"img\" aria-label=\"failed cases of %zu runs\" width=\"%d\" "
        "height=\"%d\" viewBox=\"0 0 %d %d\">",
        runs, CHART_WIDTH, CHART_HEIGHT, CHART_WIDTH, CHART_HEIGHT);
    (void)fprintf(out,
                  "<line x1=\"0\" y1=\"%d\" x2=\"%d\" y2=\"%d\" stroke=\"#8894a0\" "
                  "stroke-width=\"0.5\"/>",
                  CHART_HEIGHT - 4, CHART_WIDTH, CHART_HEIGHT - 4);
    for (size_t i = 0; i < l->point_count; i++) {
        const struct loaded_point *p = &l->points[i];
        double x, y;

        if (strcmp(p->id, id) != 0)
            continue;
        if (n++ < skip)
            continue;
        x = 4 + (CHART_WIDTH - 8.0) * (double)(n - 1 - skip) /
                    (double)(runs - skip > 1 ? runs - skip - 1 : 1);
        y = CHART_HEIGHT - 4 - (CHART_HEIGHT - 8.0) * (double)p->failed / (double)most;
        (void)fprintf(
            out,
            "<circle cx=\"%.1f\" cy=\"%.1f\" r=\"2.5\" fill=\"%s\"><title>run %zu: "
            "%" PRIu64 " of %" PRIu64 " failed</title></circle>",
            x, y, p->pass ? "#1d9a55" : "#d13a49", n, p->failed, p->total);
    }
    (void)fputs("</svg>", out);
}

static void
write_row(const struct loaded *l, const struct loaded_subject *s, FILE *out)
{
    (void)fputs("<tr>", out);
    write_cell(out, s->id, false);
    write_cell(out, s->gate, false);
    write_verdict(out, s->verdict);
    write_cell(out, s->strict, true);
    write_cell(out, s->hardened, true);
    write_cell(out, s->upstream ? s->upstream : "", false);
    write_cell(out, s->reason, false);
    (void)fputs("<td>", out);
    write_chart(l, s->id, out);
    (void)fputs("</td></tr>\n", out);
}

static void
write_pair(FILE *out, const char *name, const char *value)
{
    if (!value || !value[0])
        return;
    (void)fprintf(out, "<dt>%s</dt><dd><code>", name);
    markup_text(out, value);
    (void)fputs("</code></dd>", out);
}

static void
write_reasons(const struct loaded_subject *s, FILE *out)
{
    (void)fprintf(out, "<details%s><summary><b>", loaded_is_bad(s) ? " open" : "");
    markup_text(out, s->id);
    (void)fprintf(out, "</b>: %zu</summary>\n", s->reason_count);
    for (size_t i = 0; i < s->reason_count; i++) {
        const struct loaded_reason *r = &s->reasons[i];

        (void)fputs("<dl><dt><span class=\"", out);
        markup_text(out, strcmp(r->severity, "note") == 0 ? "pass" : r->severity);
        (void)fputs("\">", out);
        markup_text(out, r->class);
        (void)fputs("</span></dt><dd>", out);
        markup_text(out, r->message);
        (void)fputs("</dd>", out);
        write_pair(out, "file", r->file);
        write_pair(out, "at", r->at);
        write_pair(out, "claimed", r->claimed);
        write_pair(out, "actual", r->actual);
        write_pair(out, "shown by", r->command);
        (void)fputs("</dl>\n", out);
    }
    (void)fputs("</details>\n", out);
}

void
report_html(const struct loaded *l, FILE *out)
{
    size_t bad = 0, reasons = 0;

    for (size_t i = 0; i < l->count; i++) {
        bad += loaded_is_bad(&l->subjects[i]);
        reasons += l->subjects[i].reason_count;
    }
    (void)fprintf(
        out,
        "<!DOCTYPE html>\n<html lang=\"en\"><head><meta charset=\"utf-8\">"
        "<meta name=\"viewport\" content=\"width=device-width\">"
        "<title>Gate report</title><style>%s</style></head>\n<body><h1>Gate report"
        "</h1>\n<p>%zu judged, <span class=\"%s\">%zu not green</span></p>\n",
        style, l->count, bad ? "fail" : "pass", bad);
    (void)fputs("<table><thead><tr><th>subject<th>gate<th>verdict<th>strict<th>hardened"
                "<th>upstream<th>reason<th>failed cases by run</tr></thead><tbody>\n",
                out);
    for (size_t i = 0; i < l->count; i++)
        write_row(l, &l->subjects[i], out);
    (void)fputs("</tbody></table>\n", out);
    if (reasons > 0)
        (void)fputs("<h2>Reasons</h2>\n", out);
    for (size_t i = 0; i < l->count; i++)
        if (l->subjects[i].reason_count > 0)
            write_reasons(&l->subjects[i], out);
    (void)fputs("</body></html>\n", out);
}
