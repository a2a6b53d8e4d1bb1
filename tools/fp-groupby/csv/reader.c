/* reader.c: header, implicit index, columns. */
#include "csv/reader.h"

#include "csv/convert.h"
#include "csv/tokenize.h"

#include <stdio.h>

const struct csv_options csv_defaults = {.delimiter = ",",
                                         .quote = '"',
                                         .decimal = '.',
                                         .header = true,
                                         .keep_default_na = true};

/* Offset of the first octet that is not UTF-8, or size. */
static size_t
utf8_fault(const uint8_t *p, size_t size)
{
    for (size_t i = 0; i < size;) {
        uint8_t c = p[i];
        size_t more = c < 0x80                ? 0
                      : c >= 0xc2 && c < 0xe0 ? 1
                      : (c & 0xf0) == 0xe0    ? 2
                      : c >= 0xf0 && c < 0xf5 ? 3
                                              : 9;

        if (more == 9 || size - i <= more)
            return i;
        for (size_t k = 1; k <= more; k++)
            if ((p[i + k] & 0xc0) != 0x80)
                return i;
        if ((c == 0xe0 && p[i + 1] < 0xa0) || (c == 0xed && p[i + 1] > 0x9f) ||
            (c == 0xf0 && p[i + 1] < 0x90) || (c == 0xf4 && p[i + 1] > 0x8f))
            return i;
        i += more + 1;
    }
    return size;
}

/* base, separator and number. */
static struct cell
numbered(struct arena *a, struct cell base, const char *separator, size_t n)
{
    size_t room = (size_t)base.size + strlen(separator) + 24;
    char *text = arena_alloc(a, room);
    int size = snprintf(text, room, "%.*s%s%zu", (int)base.size, base.s, separator, n);

    return cell_str_n(text, (size_t)size);
}

static bool
name_in(const struct cell *names, size_t n, struct cell name)
{
    for (size_t i = 0; i < n; i++)
        if (cell_equal(names[i], name))
            return true;
    return false;
}

/* "Unnamed: 3" for empty names; a, a becomes a, a.1, skipping names that exist. */
static void
mangle_names(struct arena *a, struct cell *names, size_t n)
{
    bool *unnamed = arena_alloc(a, n + 1);
    bool *done = arena_alloc(a, n + 1);

    for (size_t i = 0; i < n; i++) {
        unnamed[i] = names[i].size == 0;
        if (unnamed[i])
            names[i] = numbered(a, names[i], "Unnamed: ", i);
    }
    for (int pass = 0; pass < 2; pass++)
        for (size_t i = 0; i < n; i++) {
            struct cell name = names[i];
            size_t count = 0;

            if (unnamed[i] != (pass == 1))
                continue;
            for (size_t k = 0; k < n; k++)
                count += done[k] && cell_equal(names[k], name);
            for (size_t next = count; count > 0 && name_in(names, n, name); next++)
                name = numbered(a, names[i], ".", next);
            names[i] = name;
            done[i] = true;
        }
}

struct layout {
    size_t first_row; /* of data */
    size_t n_fields;  /* in every data row */
    size_t n_index;   /* leading fields that the header does not name */
    struct cell *names;
};

static bool
lay_out(struct arena *a, const struct csv_tokens *t, const struct csv_options *o,
        struct layout *out, struct error *err)
{
    size_t n_names;

    if (t->n_rows == 0)
        return raise_error(err, "EmptyDataError", "No columns to parse from file");
    n_names = t->starts[1] - t->starts[0];
    out->first_row = o->header;
    out->n_fields = n_names;
    if (t->n_rows > out->first_row) {
        size_t row = out->first_row;

        out->n_fields = t->starts[row + 1] - t->starts[row];
    }
    out->n_index = o->header ? out->n_fields - n_names : 0;
    out->names = arena_alloc(a, (n_names + 1) * sizeof(struct cell));
    for (size_t i = 0; i < n_names; i++)
        out->names[i] = o->header ? t->fields[i] : cell_int((int64_t)i);
    if (o->header)
        mangle_names(a, out->names, n_names);
    return true;
}

static const struct column *
read_column(struct arena *a, const struct csv_tokens *t, const struct layout *l,
            size_t field, const struct csv_options *o, struct csv_report *report)
{
    size_t n = t->n_rows - l->first_row;
    struct cell *fields = arena_alloc(a, (n + 1) * sizeof *fields);
    struct csv_field_error why = {0};
    struct column *c;

    for (size_t i = 0; i < n; i++)
        fields[i] = t->fields[t->starts[l->first_row + i] + field];
    c = csv_convert(a, fields, n, o, &why);
    if (why.any) {
        report->reasons[field] =
            arena_strndup(a, fields[why.row].s, fields[why.row].size);
        report->lines[field] = t->lines[l->first_row + why.row];
    }
    return c;
}

bool
csv_read(struct arena *a, const uint8_t *data, size_t size, const struct csv_options *o,
         struct frame **out, struct csv_report *report, struct error *err)
{
    struct csv_tokens t = {0};
    struct layout l = {0};
    size_t fault = utf8_fault(data, size);

    *report = (struct csv_report){0};
    if (fault < size) {
        (void)raise_error(err, "UnicodeDecodeError",
                          "'utf-8' codec can't decode byte 0x%02x in position %zu",
                          data[fault], fault);
        return error_at_byte(err, fault);
    }
    if (!csv_tokenize(a, data, size, o, &t, report, err) || !lay_out(a, &t, o, &l, err))
        return false;

    size_t n = t.n_rows - l.first_row;

    report->n_columns = l.n_fields;
    report->reasons = arena_alloc(a, (l.n_fields + 1) * sizeof *report->reasons);
    report->lines = arena_alloc(a, (l.n_fields + 1) * sizeof *report->lines);
    *out = frame_new(a, n, l.n_fields);
    if (l.n_index > 0) {
        struct index index = {.n_levels = l.n_index};

        index.levels = arena_alloc(a, l.n_index * sizeof(struct column *));
        for (size_t i = 0; i < l.n_index; i++)
            index.levels[i] = read_column(a, &t, &l, i, o, report);
        (*out)->index = index;
    } else if (n == 0)
        (*out)->index = index_range(a, 0);
    for (size_t i = l.n_index; i < l.n_fields; i++)
        frame_add(*out, column_named(a, read_column(a, &t, &l, i, o, report),
                                     l.names[i - l.n_index]));
    return true;
}
