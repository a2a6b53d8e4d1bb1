/* reader.c: header, implicit index, columns. */
#include "csv/reader.h"

#include "common/buf.h"
#include "common/num.h"
#include "common/term.h"
#include "csv/convert.h"
#include "csv/place.h"
#include "csv/repair.h"
#include "csv/tokenize.h"
#include "table/name_set.h"

#include <stdio.h>

const struct csv_options csv_defaults = {.delimiter = ",",
                                         .quote = '"',
                                         .decimal = '.',
                                         .header = true,
                                         .keep_default_na = true,
                                         .max_record = CSV_RECORD_MOST};

/* base, separator and number. */
static struct cell
numbered(struct arena *a, struct cell base, const char *separator, size_t n)
{
    size_t room = (size_t)base.size + strlen(separator) + 24;
    char *text = arena_alloc(a, room);
    int size = snprintf(text, room, "%.*s%s%zu", (int)base.size, base.s, separator, n);

    return cell_str_n(text, (size_t)size);
}

/*
 * "Unnamed: 3" for empty names; a, a becomes a, a.1, skipping names that exist.  A name
 * is marked once a column has it for good.
 */
static void
mangle_names(struct arena *a, struct cell *names, size_t n)
{
    bool *unnamed = arena_alloc(a, n + 1);
    struct name_set known;
    size_t n_known = 0;
    bool added;

    name_set_init(a, &known, n);
    for (size_t i = 0; i < n; i++) {
        unnamed[i] = names[i].size == 0;
        if (unnamed[i])
            names[i] = numbered(a, names[i], "Unnamed: ", i);
        (void)name_set_add(&known, names[i], &added);
        n_known += added;
    }
    if (n_known == n)
        return;
    for (int pass = 0; pass < 2; pass++)
        for (size_t i = 0; i < n; i++) {
            struct name_entry *e = name_set_find(&known, names[i]);
            struct cell base = names[i];

            if (unnamed[i] != (pass == 1))
                continue;
            for (added = !e->marked; !added; e->next++) {
                names[i] = numbered(a, base, ".", e->next + 1);
                if (!name_set_find(&known, names[i]))
                    name_set_add(&known, names[i], &added)->marked = true;
            }
            e->marked = true;
        }
}

struct layout {
    size_t first_row; /* of data */
    size_t n_fields;  /* in every data row */
    size_t n_index;   /* leading fields that the header does not name */
    struct cell *names;
    size_t n_names;
    bool *wanted;  /* by usecols */
    bool *numbers; /* fields that usecols has numbers of, labels counted */
    bool *named;   /* wanted by its name */
};

/* The names given, those of the header, or 0, 1, ... */
static void
name_columns(struct arena *a, const struct csv_tokens *t, const struct csv_options *o,
             struct layout *out)
{
    size_t header = o->header ? o->header_row : 0;
    size_t in_row = t->starts[header + 1] - t->starts[header];

    out->n_names = o->n_names > 0 ? o->n_names : in_row;
    out->names = arena_alloc(a, (out->n_names + 1) * sizeof(struct cell));
    for (size_t i = 0; i < out->n_names; i++)
        out->names[i] = o->n_names > 0 ? cell_str(o->names[i])
                        : o->header    ? t->fields[t->starts[header] + i]
                                       : cell_int((int64_t)i);
    if (o->header && o->n_names == 0)
        mangle_names(a, out->names, out->n_names);
}

static bool
select_columns(struct arena *a, const struct csv_options *o, struct layout *l,
               struct error *err)
{
    l->wanted = arena_alloc(a, l->n_names + 1);
    l->named = arena_alloc(a, l->n_names + 1);
    l->numbers = arena_alloc(a, l->n_names + 1);
    for (size_t i = 0; o->n_usecols == 0 && i < l->n_names; i++)
        l->wanted[i] = true;
    for (size_t k = 0; k < o->n_usecols; k++) {
        const char *text = o->usecols[k];
        uint64_t at = l->n_names;
        uint64_t asked = l->n_names;
        bool number = num_parse_u64(text, strlen(text), &asked);

        at = number ? asked : at;

        for (size_t i = 0; !(number && at < l->n_names) && i < l->n_names; i++)
            if (cell_equal(l->names[i], cell_str(text)))
                at = i;
        if (at >= l->n_names)
            return raise_error(err, "ValueError",
                               "Usecols do not match columns, columns expected but not "
                               "found: ['%s']",
                               text);
        l->wanted[at] = true;
        *(number && asked == at ? &l->numbers[at] : &l->named[at]) = true;
    }
    return true;
}

static bool
lay_out(struct arena *a, const struct csv_tokens *t, const struct csv_options *o,
        struct layout *out, struct error *err)
{
    out->first_row = o->header ? o->header_row + 1 : 0;
    if (t->n_rows == 0 || t->n_rows < out->first_row)
        return raise_error(err, "EmptyDataError", "No columns to parse from file") ||
               csv_place_error(&csv_place_first, err);
    name_columns(a, t, o, out);
    out->n_fields = out->n_names;
    if (t->n_rows > out->first_row) {
        size_t row = out->first_row;

        out->n_fields = t->starts[row + 1] - t->starts[row];
    }
    if (o->n_names > 0 && o->n_usecols > 0 && out->n_fields > out->n_names)
        return error_set(err, ERR_UNSUPPORTED,
                         "names and usecols are given: name every column of the file");
    if (out->n_fields < out->n_names ||
        (o->n_names > t->widest && (o->header || o->n_usecols > 0)))
        return raise_error(err, "ParserError",
                           "Too many columns specified: expected %zu and found %zu",
                           out->n_names, t->widest);
    out->n_index = o->header || o->n_names > 0 ? out->n_fields - out->n_names : 0;
    return select_columns(a, o, out, err);
}

/* The type a column is to have, or NULL. */
static const struct csv_type *
type_of(const struct csv_options *o, struct cell name)
{
    const struct csv_type *found = NULL;

    for (size_t i = 0; i < o->n_types; i++)
        if (o->types[i].column && cell_equal(name, cell_str(o->types[i].column)))
            return &o->types[i];
        else if (!o->types[i].column)
            found = &o->types[i];
    return found;
}

struct reading {
    struct arena *a;
    const uint8_t *data;
    size_t size;
    const struct csv_tokens *tokens;
    const struct layout *layout;
    const struct csv_options *o;
    struct csv_report *report;
};

static struct cell *
column_fields(const struct reading *r, size_t field)
{
    const struct csv_tokens *t = r->tokens;
    size_t n = t->n_rows - r->layout->first_row;
    struct cell *fields = arena_alloc(r->a, (n + 1) * sizeof *fields);

    for (size_t i = 0; i < n; i++)
        fields[i] = t->fields[t->starts[r->layout->first_row + i] + field];
    return fields;
}

/* The error is about a field of a row: its octet, or that of the row when it was quoted.
 */
static bool
field_error(const struct reading *r, const struct cell *fields, size_t row,
            struct error *err)
{
    const uint8_t *at = (const uint8_t *)fields[row].s;
    uint64_t line = r->tokens->lines[r->layout->first_row + row];
    struct csv_place place = csv_place_first;

    if (at >= r->data && at < r->data + r->size)
        return csv_error_at(r->data, (size_t)(at - r->data), err);
    while (place.line < line && place.offset < r->size)
        csv_place_pass(&place, r->data + place.offset, 1);
    return csv_place_error(&place, err);
}

static bool
read_column(const struct reading *r, size_t field, struct cell name,
            const struct column **out, struct error *err)
{
    size_t n = r->tokens->n_rows - r->layout->first_row;
    struct cell *fields = column_fields(r, field);
    const struct csv_type *type = type_of(r->o, name);
    struct csv_field_error why = {0};

    bool index = field < r->layout->n_index;

    if (type && (!index || (!type->column && type->type == COLTYPE_OBJECT))) {
        struct csv_cast cast = {type->type, field, 0};

        if (!csv_convert_as(r->a, fields, n, r->o, &cast, out, err))
            return cast.fault < n && field_error(r, fields, cast.fault, err);
    } else
        *out = csv_convert(r->a, fields, n, r->o, &why);
    if (why.any) {
        r->report->reasons[field] =
            arena_strndup(r->a, fields[why.row].s, fields[why.row].size);
        r->report->lines[field] = r->tokens->lines[r->layout->first_row + why.row];
    }
    return true;
}

/* The field of a column that parse_dates names, or n_fields. */
static size_t
field_named(const struct layout *l, const char *name, size_t size)
{
    for (size_t i = 0; i < l->n_names; i++)
        if (cell_equal(l->names[i], cell_str_n(name, size)))
            return l->n_index + i;
    return l->n_fields;
}

/* "a+b": fields of a row joined by a blank, as text; names joined by "_". */
static bool
join_fields(const struct reading *r, const char *spec, struct cell *fields,
            struct cell *name, bool *taken, struct error *err)
{
    size_t n = r->tokens->n_rows - r->layout->first_row;
    struct buf text = {0};

    for (const char *at = spec;;) {
        const char *plus = strchr(at, '+');
        size_t size = plus ? (size_t)(plus - at) : strlen(at);
        size_t field = field_named(r->layout, at, size);
        struct cell *part;

        if (field == r->layout->n_fields)
            return raise_error(err, "ValueError",
                               "Missing column provided to 'parse_dates': '%.*s'",
                               (int)size, at);
        part = column_fields(r, field);
        taken[field] = true;
        for (size_t i = 0; i < n; i++) {
            bool missing = csv_field_missing(part[i], r->o);

            if (at == spec) {
                fields[i] = missing && plus ? cell_str("nan") : part[i];
                continue;
            }
            text.size = 0;
            buf_put(&text, fields[i].s, fields[i].size);
            buf_putc(&text, ' ');
            buf_put(&text, missing ? "nan" : part[i].s, missing ? 3 : part[i].size);
            fields[i] =
                cell_str_n(arena_strndup(r->a, buf_string(&text), text.size), text.size);
        }
        if (!plus)
            break;
        at = plus + 1;
    }
    text.size = 0;
    for (const char *p = spec; *p; p++)
        buf_putc(&text, *p == '+' ? '_' : *p);
    *name = cell_str(arena_strndup(r->a, buf_string(&text), text.size));
    buf_clear(&text);
    return true;
}

/* It is the first date whose form is not known. */
static bool
first_date_error(const struct reading *r, const struct cell *fields, size_t n,
                 struct error *err)
{
    for (size_t i = 0; i < n; i++)
        if (!csv_field_missing(fields[i], r->o))
            return field_error(r, fields, i, err);
    return false;
}

/* Columns joined to dates come first, a single one stays in its place (out[field]). */
static bool
read_dates(const struct reading *r, const struct column **single, bool *taken,
           struct frame *joined, struct error *err)
{
    size_t n = r->tokens->n_rows - r->layout->first_row;

    for (size_t i = 0; i < r->o->n_dates; i++) {
        const char *spec = r->o->dates[i];
        struct cell *fields = arena_alloc(r->a, (n + 1) * sizeof *fields);
        struct cell name;
        const struct column *c;

        if (!join_fields(r, spec, fields, &name, taken, err))
            return false;
        if (!csv_convert_dates(r->a, fields, n, r->o, &c, err))
            return first_date_error(r, fields, n, err);
        c = column_named(r->a, c, name);
        if (strchr(spec, '+'))
            frame_add(joined, c);
        else
            single[field_named(r->layout, spec, strlen(spec))] = c;
    }
    return true;
}

static bool
read_index(const struct reading *r, struct index *out, struct error *err)
{
    size_t n_levels = r->layout->n_index;

    if (n_levels == 0)
        return true;
    *out = (struct index){.n_levels = n_levels};
    out->levels = arena_alloc(r->a, n_levels * sizeof(struct column *));
    for (size_t i = 0; i < n_levels; i++)
        if (!read_column(r, i, cell_none(), &out->levels[i], err))
            return false;
    return true;
}

/* The numbers of usecols are those of fields, so that behind labels some names get none.
 */
static bool
is_read(const struct layout *l, size_t field)
{
    size_t name = field - l->n_index;

    return l->n_index == 0 || !l->numbers[name] || l->named[name] ||
           (field < l->n_names && l->numbers[field]);
}

static const struct column *
nothing(struct arena *a, size_t n)
{
    struct column *c = column_new(a, COLTYPE_OBJECT, n);

    for (size_t i = 0; i < n; i++)
        column_set(c, i, cell_nan());
    return c;
}

static bool
read_columns(const struct reading *r, struct frame *f, struct progress *progress,
             struct error *err)
{
    const struct layout *l = r->layout;
    const struct column **dates = arena_alloc(r->a, (l->n_fields + 1) * sizeof *dates);
    bool *taken = arena_alloc(r->a, l->n_fields + 1);

    if (!read_index(r, &f->index, err) || !read_dates(r, dates, taken, f, err))
        return false;
    for (size_t i = l->n_index; i < l->n_fields; i++) {
        progress_update(progress,
                        (uint64_t)((double)r->size * (double)i / (double)l->n_fields));
        struct cell name = l->names[i - l->n_index];
        const struct column *c = dates[i];

        if (!l->wanted[i - l->n_index] || (taken[i] && !c))
            continue;
        if (!c && !is_read(l, i))
            c = nothing(r->a, f->n_rows);
        if (!c && !read_column(r, i, name, &c, err))
            return false;
        r->report->fields[f->n_columns] = i;
        frame_add(f, column_named(r->a, c, name));
    }
    return true;
}

/*
 * What is not UTF-8 is found before a fault of the rows behind it, and before those in
 * the same chunk of the text, as pandas reads it.
 */
static bool
check_utf8(const uint8_t *data, size_t size, const struct csv_tokens *t,
           struct error *err)
{
    enum { CHUNK = 1 << 18 };
    size_t seen = size - t->stop > CHUNK ? t->stop + CHUNK : size;
    size_t fault = csv_utf8_fault(data, seen);

    if (fault == seen || (seen < size && seen - fault < 4)) /* a character cut in two */
        return true;
    (void)csv_utf8_error(data[fault], fault, err);
    return csv_error_at(data, fault, err);
}

static bool
tokenize(struct arena *a, const uint8_t **data, size_t *size, const struct csv_options *o,
         struct csv_tokens *out, struct csv_report *report, struct error *err)
{
    struct csv_repair repair = {0};
    struct error why = {0};
    bool ok;

    if (o->bad_lines == CSV_BAD_RECOVER) {
        if (csv_utf8_fault(*data, *size) < *size)
            csv_repair(a, data, size, &repair);
        ok = csv_tokenize(a, *data, *size, o, out, report, err);
        if (ok)
            csv_repair_report(a, &repair, report);
        return ok;
    }
    ok = csv_tokenize(a, *data, *size, o, out, report, &why);
    if (!check_utf8(*data, *size, out, err))
        return false;
    if (!ok)
        *err = why;
    return ok;
}

bool
csv_read(struct arena *a, const uint8_t *data, size_t size, const struct csv_options *o,
         struct frame **out, struct csv_report *report, struct error *err)
{
    struct csv_options full = *o;
    struct csv_tokens t = {0};
    struct layout l = {0};
    struct progress progress = {0};
    size_t n;
    bool ok;

    *report = (struct csv_report){0};
    csv_expand_na(a, &full);
    if (!tokenize(a, &data, &size, o, &t, report, err))
        return false;
    const struct reading r = {a, data, size, &t, &l, &full, report};

    if (!lay_out(a, &t, o, &l, err))
        return false;
    if (o->limited && o->n_rows == 0) {
        t.n_rows = l.first_row;
        l.n_fields -= l.n_index;
        l.n_index = 0;
    }
    n = t.n_rows - l.first_row;
    report->n_columns = l.n_fields;
    report->n_index = l.n_index;
    report->first_line = n > 0 ? t.lines[l.first_row] : 0;
    report->reasons = arena_alloc(a, (l.n_fields + 1) * sizeof *report->reasons);
    report->lines = arena_alloc(a, (l.n_fields + 1) * sizeof *report->lines);
    report->fields =
        arena_alloc(a, (l.n_fields + o->n_dates + 1) * sizeof *report->fields);
    *out = frame_new(a, n, l.n_fields + o->n_dates);
    if (n == 0)
        (*out)->index = index_range(a, 0);
    if (size >= CSV_LONG)
        progress_begin(&progress, "typing columns", size);
    ok = read_columns(&r, *out, &progress, err);
    progress_end(&progress);
    return ok;
}
