#include "compare/parity_write.h"

#include "common/json_out.h"
#include "common/mem.h"
#include "common/term.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { PRINT_MAX = 20, PRINT_VALUE = 40 };

/* A path that means the same on every machine: below the working folder, or bare. */
static const char *
portable_path(const char *path, char cwd[static 4096])
{
    size_t n;

    if (path[0] != '/')
        return strncmp(path, "./", 2) == 0 ? path + 2 : path;
    n = getcwd(cwd, 4096) ? strlen(cwd) : 0;
    if (n > 0 && strncmp(path, cwd, n) == 0 && path[n] == '/')
        return path + n + 1;
    return strrchr(path, '/') + 1;
}

static const char *
packet_of(const struct outcome *o)
{
    if (o->check && o->check->packet_id)
        return o->check->packet_id;
    return o->result ? o->result->packet_id : "";
}

static void
write_case(const struct parity *p, const struct outcome *o, struct json_out *j)
{
    json_object(j, NULL);
    if (!p->packet_id)
        json_string(j, "packet_id", packet_of(o));
    json_string(j, "case_id", o->check ? o->check->case_id : o->result->case_id);
    if (o->check)
        json_string(j, "operation", o->check->operation);
    json_string(j, "mode", mode_name(o->check ? o->check->mode : o->result->mode));
}

static void
write_expected(const struct outcome *o, struct json_out *j)
{
    const struct check *c = o->check;

    if (o->original && o->original->ok) {
        json_node(j, "value", o->original->value);
    } else if (o->original || (c && c->wants_error)) {
        const char *class = o->original ? o->original->error_class : c->error_class;

        json_object(j, "error");
        if (class)
            json_string(j, "class", class);
        if (!o->original && c->error_contains)
            json_string(j, "contains", c->error_contains);
        json_end(j);
    } else if (c && c->member_count == 1 && !c->members[0].name) {
        json_node(j, "value", c->members[0].node);
    } else if (c) {
        json_object(j, "value");
        for (size_t i = 0; i < c->member_count; i++)
            json_node(j, c->members[i].name, c->members[i].node);
        json_end(j);
    }
}

static void
write_actual(const struct outcome *o, struct json_out *j)
{
    if (o->result->ok) {
        json_node(j, "value", o->result->value);
        return;
    }
    json_object(j, "error");
    json_string(j, "class", o->result->error_class);
    json_string(j, "message", o->result->error_message);
    json_end(j);
}

static void
write_difference(const struct outcome *o, struct json_out *j)
{
    const struct difference *d = &o->difference;

    json_object(j, "first_difference");
    json_string(j, "at", d->at);
    json_string(j, "detail", d->detail);
    if (d->expected)
        json_node(j, "expected", d->expected);
    if (d->actual)
        json_node(j, "actual", d->actual);
    json_end(j);
}

static void
write_mismatch(const struct parity *p, const struct outcome *o, struct json_out *j)
{
    write_case(p, o, j);
    json_string(j, "class", mismatch_name(o->class));
    if (o->class == MISMATCH_VALUE || o->class == MISMATCH_DIAGNOSTICS)
        write_difference(o, j);
    json_object(j, "expected");
    write_expected(o, j);
    if (o->check && o->check->diagnostics)
        json_node(j, "diagnostics", o->check->diagnostics);
    json_end(j);
    json_object(j, "actual");
    if (o->result)
        write_actual(o, j);
    if (o->result && o->result->diagnostics)
        json_node(j, "diagnostics", o->result->diagnostics);
    json_end(j);
    json_end(j);
}

static void
write_packet(const struct parity *p, struct json_out *j)
{
    if (p->packet_id)
        json_string(j, "packet_id", p->packet_id);
    else
        json_null(j, "packet_id");
}

static void
write_mismatches(const struct parity *p, FILE *stream)
{
    struct json_out j;

    json_start(&j, stream, JSON_PRETTY);
    json_object(&j, NULL);
    json_string(&j, "schema", "lockstep-mismatch/1");
    write_packet(p, &j);
    json_u64(&j, "mismatch_count", p->mismatches);
    json_array(&j, "mismatches");
    for (size_t i = 0; i < p->count; i++)
        if (p->outcomes[i].class != MISMATCH_NONE)
            write_mismatch(p, &p->outcomes[i], &j);
    json_end(&j);
    json_end(&j);
}

static void
write_fixtures(const struct parity *p, struct json_out *j)
{
    json_array(j, "fixtures");
    for (size_t i = 0; i < p->fixture_count; i++) {
        const struct fixture *f = &p->fixtures[i];
        char cwd[4096];

        json_object(j, NULL);
        json_string(j, "path", portable_path(f->path, cwd));
        json_string(j, "schema", f->schema);
        json_u64(j, "size", f->size);
        json_string(j, "blake2b_256", f->blake2b);
        json_u64(j, "cases", f->case_count);
        json_string(j, "original", f->original);
        json_string(j, "version", f->version);
        json_end(j);
    }
    json_end(j);
}

static void
write_counts(const struct parity *p, enum mode mode, struct json_out *j)
{
    json_object(j, mode_name(mode));
    json_u64(j, "cases_total", p->modes[mode].total);
    json_u64(j, "cases_passed", p->modes[mode].passed);
    json_u64(j, "cases_failed", p->modes[mode].total - p->modes[mode].passed);
    json_end(j);
}

static void
write_report(const struct parity *p, const char *corpus_digest, FILE *stream)
{
    struct json_out j;

    json_start(&j, stream, JSON_PRETTY);
    json_object(&j, NULL);
    json_string(&j, "schema", "lockstep-parity/1");
    write_packet(p, &j);
    json_string(&j, "oracle", p->live ? "live" : "fixture");
    write_fixtures(p, &j);
    write_counts(p, MODE_STRICT, &j);
    write_counts(p, MODE_HARDENED, &j);
    json_object(&j, "mismatches");
    json_u64(&j, "count", p->mismatches);
    json_string(&j, "blake2b_256", corpus_digest);
    json_end(&j);
    json_string(&j, "status", parity_is_green(p) ? "green" : "red");
    json_array(&j, "results");
    for (size_t i = 0; i < p->count; i++) {
        if (!p->outcomes[i].check)
            continue;
        write_case(p, &p->outcomes[i], &j);
        json_string(&j, "status",
                    p->outcomes[i].class == MISMATCH_NONE ? "pass" : "fail");
        json_end(&j);
    }
    json_end(&j);
    json_end(&j);
}

void
parity_documents(const struct parity *p, struct parity_documents *out)
{
    char digest[DIGEST_HEX_SIZE];
    FILE *stream;

    *out = (struct parity_documents){0};
    stream = xmemstream(&out->mismatches, &out->mismatches_size);
    write_mismatches(p, stream);
    xmemclose(stream);
    digest_hex(DIGEST_BLAKE2B, out->mismatches, out->mismatches_size, digest);
    stream = xmemstream(&out->report, &out->report_size);
    write_report(p, digest, stream);
    xmemclose(stream);
}

void
parity_documents_free(struct parity_documents *d)
{
    free(d->report);
    free(d->mismatches);
    *d = (struct parity_documents){0};
}

/* --- For people --- */

/* One node in a few columns. */
static void
value_cell(struct term_table *t, const struct json *node)
{
    char *text = NULL;
    size_t size = 0;
    FILE *stream = xmemstream(&text, &size);
    struct json_out j;

    json_start(&j, stream, JSON_LINE);
    if (node)
        json_node(&j, NULL, node);
    xmemclose(stream);
    if (size > 0 && text[size - 1] == '\n')
        text[--size] = '\0';
    if (!node)
        term_cell(t, "-");
    else if (size > PRINT_VALUE)
        term_cell(t, "%.*s...", PRINT_VALUE - 3, text);
    else
        term_cell(t, "%s", text);
    free(text);
}

static void
mismatch_row(struct term_table *t, const struct outcome *o)
{
    term_cell(t, "%s", o->check ? o->check->case_id : o->result->case_id);
    term_cell(t, "%s", mode_name(o->check ? o->check->mode : o->result->mode));
    term_cell_style(t, TERM_BAD, "%s", mismatch_name(o->class));
    term_cell(t, "%s", o->difference.at);
    if (o->class == MISMATCH_ERROR_CLASS || o->class == MISMATCH_ERROR_MESSAGE) {
        const struct check *c = o->check;

        term_cell(t, "%s",
                  o->original                          ? o->original->error_class
                  : o->class == MISMATCH_ERROR_MESSAGE ? c->error_contains
                                                       : c->error_class);
        term_cell(t, "%s",
                  o->class == MISMATCH_ERROR_MESSAGE ? o->result->error_message
                                                     : o->result->error_class);
    } else if (o->class == MISMATCH_OUTCOME) {
        term_cell(t, "%s", o->result->ok ? "an error" : "a value");
        term_cell(t, "%s", o->result->ok ? "a value" : o->result->error_class);
    } else {
        value_cell(t, o->difference.expected);
        value_cell(t, o->difference.actual);
    }
}

void
parity_print(const struct parity *p, FILE *out)
{
    static const char *const titles[] = {"case", "mode",     "mismatch",
                                         "at",   "expected", "actual"};
    struct term_table *t = NULL;
    size_t shown = 0;

    if (p->mismatches > 0)
        t = term_table_new();
    for (size_t i = 0; t && i < COUNT_OF(titles); i++)
        term_column(t, titles[i], TERM_LEFT);
    for (size_t i = 0; t && i < p->count && shown < PRINT_MAX; i++) {
        if (p->outcomes[i].class == MISMATCH_NONE)
            continue;
        mismatch_row(t, &p->outcomes[i]);
        shown++;
    }
    if (t)
        term_table_print(t, out);
    if (p->mismatches > shown)
        (void)fprintf(out, "... and %zu more\n", p->mismatches - shown);
    (void)fprintf(
        out, "%s: strict %zu/%zu, hardened %zu/%zu, %zu mismatch%s, against %s: %s%s%s\n",
        p->packet_id ? p->packet_id : "cases", p->modes[MODE_STRICT].passed,
        p->modes[MODE_STRICT].total, p->modes[MODE_HARDENED].passed,
        p->modes[MODE_HARDENED].total, p->mismatches, p->mismatches == 1 ? "" : "es",
        p->live ? "the live original" : "the fixtures",
        term_on(out, parity_is_green(p) ? TERM_GOOD : TERM_BAD),
        parity_is_green(p) ? "green" : "red", term_off(out, TERM_GOOD));
}
