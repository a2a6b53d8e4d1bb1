/* npy_frame.c: see npy_frame.h. */
#include "io/npy_frame.h"

#include "common/buf.h"
#include "common/mem.h"
#include "io/archive.h"
#include "io/npy_column.h"
#include "table/zone.h"

#include <stdlib.h>

enum { COLUMNS_MOST = 1 << 16 };

bool
npy_frame_read(struct arena *a, const uint8_t *data, size_t size, struct frame **out,
               struct error *err)
{
    struct npy array;
    uint8_t *elements = NULL;
    size_t n, m;
    bool ok;

    if (!npy_read(&array, data, size, NULL, err))
        return false;
    n = array.rank > 0 ? array.shape[0] : 1;
    m = array.rank > 1 ? array.shape[1] : 1;
    ok = (array.rank >= 1 && array.rank <= 2 && !array.record) ||
         error_set(err, ERR_UNSUPPORTED,
                   "an array of %u dimensions%s is no table (one or two are)", array.rank,
                   array.record ? " of records" : "");
    if (ok && m > COLUMNS_MOST)
        ok = error_set(err, ERR_LIMIT, "more than %d columns", COLUMNS_MOST);
    if (ok && array.item_size == 0 && array.numel > 0)
        ok = error_set(err, ERR_UNSUPPORTED, "elements of no size");
    if (ok && m == 0)
        ok = error_set(err, ERR_UNSUPPORTED, "a table without columns");
    if (ok) {
        elements = xcalloc(array.data_size + 1, 1);
        npy_copy(&array, elements);
        *out = frame_new(a, n, m);
        for (size_t j = 0; ok && j < m; j++) {
            struct column *c;

            ok = npy_column_read(a, &array, elements, n, m, j, &c, err);
            if (ok) {
                c->name = cell_int((int64_t)j);
                frame_add(*out, c);
            }
        }
    }
    free(elements);
    npy_clear(&array);
    return ok;
}

/* An entry of the archive, unpacked. */
static bool
read_entry(const struct archive_library *l, struct archive *z, uint64_t *room,
           struct buf *out, struct error *err)
{
    enum { STEP = 1 << 18 };
    la_ssize_t n;

    out->size = 0;
    while ((n = l->archive_read_data(z, buf_reserve(out, STEP), STEP)) > 0) {
        out->size += (size_t)n;
        if ((uint64_t)n > *room)
            return error_set(err, ERR_LIMIT,
                             "its arrays unfold to more than --memory allows");
        *room -= (uint64_t)n;
    }
    return n == 0 || archive_fail(l, z, ERR_MALFORMED, "damaged", err);
}

static bool
has_suffix(struct cell name, const char *suffix, struct cell *stem)
{
    size_t n = strlen(suffix);

    if (name.size <= n || memcmp(name.s + name.size - n, suffix, n) != 0)
        return false;
    *stem = cell_str_n(name.s, name.size - n);
    return true;
}

/* One array as a column of that name. */
static bool
read_array(struct arena *a, const struct buf *file, const char *name, struct column **out,
           struct error *err)
{
    struct npy array;
    uint8_t *elements;
    struct cell stem;
    bool ok;

    if (!npy_read(&array, file->data, file->size, NULL, err))
        return false;
    if (array.rank != 1 || (array.item_size == 0 && array.numel > 0)) {
        (void)error_set(err, ERR_UNSUPPORTED,
                        "an array of %u dimensions is no column (one is)", array.rank);
        npy_clear(&array);
        return false;
    }
    elements = xcalloc(array.data_size + 1, 1);
    npy_copy(&array, elements);
    ok = npy_column_read(a, &array, elements, array.numel, 1, 0, out, err);
    if (ok) {
        (*out)->name = cell_str(arena_strndup(a, name, strlen(name)));
        if (has_suffix((*out)->name, ".npy", &stem))
            (*out)->name = stem;
    }
    free(elements);
    npy_clear(&array);
    return ok;
}

static bool
read_entries(struct arena *a, const struct archive_library *l, struct archive *z,
             uint64_t limit, struct buf *columns, struct error *err)
{
    struct archive_entry *entry;
    struct buf file = {0};
    int status;
    bool ok = true;

    while (ok && (status = l->archive_read_next_header(z, &entry)) != ARCHIVE_EOF) {
        const char *name;
        struct column *c;

        if (status != ARCHIVE_OK) {
            ok = archive_fail(l, z, ERR_MALFORMED, "not a sound .npz", err);
            break;
        }
        name = l->archive_entry_pathname_utf8(entry);
        ok = name || error_set(err, ERR_MALFORMED, "an array's name is not UTF-8");
        if (ok && columns->size / sizeof c >= COLUMNS_MOST)
            ok = error_set(err, ERR_LIMIT, "more than %d arrays", COLUMNS_MOST);
        ok = ok && read_entry(l, z, &limit, &file, err) &&
             (read_array(a, &file, name, &c, err) || error_at(err, "%.100s", name));
        if (ok)
            buf_put(columns, &c, sizeof c);
    }
    buf_clear(&file);
    return ok;
}

static struct column *
find_column(const struct buf *columns, struct cell stem, const char *suffix)
{
    struct column *const *list = (const void *)columns->data;
    struct cell own;

    for (size_t i = 0; i < columns->size / sizeof *list; i++)
        if (*suffix ? has_suffix(list[i]->name, suffix, &own) && cell_equal(own, stem)
                    : cell_equal(list[i]->name, stem))
            return list[i];
    return NULL;
}

/* Codes and categories make a category. */
static bool
apply_categories(struct column *c, const struct column *categories,
                 const struct column *ordered, struct error *err)
{
    if (coltype_class(c->dtype) != CLASS_INT)
        return error_set(err, ERR_MALFORMED, "codes of categories are integers");
    for (size_t i = 0; i < c->size; i++)
        if (c->i[i] < -1 || c->i[i] >= (int64_t)categories->size)
            return error_set(err, ERR_BOUNDS, "a code beyond the categories");
    c->dtype = COLTYPE_CATEGORY;
    c->categories = categories;
    c->ordered =
        ordered && ordered->dtype == COLTYPE_BOOL && ordered->size == 1 && ordered->i[0];
    return true;
}

static bool
apply_missing(struct arena *a, struct column *c, const struct column *missing,
              struct error *err)
{
    enum coltype t = c->dtype;

    if (missing->dtype != COLTYPE_BOOL || missing->size != c->size)
        return error_set(err, ERR_MALFORMED, "marks of missing values are as many bools");
    if (t == COLTYPE_OBJECT) {
        for (size_t i = 0; i < c->size; i++)
            if (missing->i[i])
                c->cells[i] = cell_none();
        return true;
    }
    c->dtype = t == COLTYPE_BOOL      ? COLTYPE_NULLABLE_BOOL
               : t == COLTYPE_FLOAT64 ? COLTYPE_NULLABLE_FLOAT
                                      : COLTYPE_NULLABLE_INT;
    if (!coltype_numeric(t) || t == COLTYPE_UINT64 ||
        (coltype_class(t) == CLASS_FLOAT && t != COLTYPE_FLOAT64))
        return error_set(err, ERR_UNSUPPORTED,
                         "a column of %s has no marks of missing values",
                         coltype_name(t));
    c->na = arena_alloc(a, c->size + 1);
    for (size_t i = 0; i < c->size; i++)
        c->na[i] = missing->i[i] != 0;
    return true;
}

/* One text names the zone of times. */
static bool
apply_zone(struct column *c, const struct column *zone, struct error *err)
{
    struct cell name = zone->size == 1 ? column_get(zone, 0) : cell_none();

    return (name.kind == CELL_STR && zone_type(name.s, name.size, &c->dtype)) ||
           error_set(err, ERR_UNSUPPORTED,
                     "its zone is one text, UTC or an offset such as +02:00");
}

/* The name of the zone of a column of times, or NULL. */
static struct column *
find_zone(const struct buf *columns, const struct column *c)
{
    return coltype_is_time(c->dtype) ? find_column(columns, c->name, ".zone") : NULL;
}

/* Is it the companion of another array? */
static bool
is_companion(const struct buf *columns, const struct column *c)
{
    static const char *const suffixes[] = {".missing", ".categories", ".ordered",
                                           ".categories.missing"};
    struct cell stem;

    for (size_t i = 0; i < COUNT_OF(suffixes); i++)
        if (has_suffix(c->name, suffixes[i], &stem) && find_column(columns, stem, ""))
            return true;

    const struct column *times =
        has_suffix(c->name, ".zone", &stem) ? find_column(columns, stem, "") : NULL;

    return times && coltype_is_time(times->dtype);
}

static bool
assemble(struct arena *a, const struct buf *columns, struct frame **out,
         struct error *err)
{
    struct column *const *list = (const void *)columns->data;
    size_t n = columns->size / sizeof *list;
    bool first = true;

    *out = frame_new(a, 0, n);
    for (size_t i = 0; i < n; i++) {
        struct column *c = list[i];
        const struct column *categories = find_column(columns, c->name, ".categories");
        const struct column *missing = find_column(columns, c->name, ".missing");
        const struct column *zone = find_zone(columns, c);
        char name[64] = "";

        if (is_companion(columns, c))
            continue;
        (void)snprintf(name, sizeof name, "%.*s",
                       (int)(c->name.size < 63 ? c->name.size : 63), c->name.s);
        if ((missing && !apply_missing(a, c, missing, err)) ||
            (zone && !apply_zone(c, zone, err)) ||
            (categories &&
             !apply_categories(c, categories, find_column(columns, c->name, ".ordered"),
                               err)))
            return error_at(err, "%s", name);
        if (!first && c->size != (*out)->n_rows) {
            (void)error_set(err, ERR_MALFORMED, "%zu values where other columns have %zu",
                            c->size, (*out)->n_rows);
            return error_at(err, "%s", name);
        }
        first = false;
        (*out)->n_rows = c->size;
        frame_add(*out, c);
    }
    (*out)->index = index_range(a, (*out)->n_rows);
    return !first || error_set(err, ERR_MALFORMED, "no arrays");
}

bool
npz_frame_read(struct arena *a, const uint8_t *data, size_t size, uint64_t limit,
               struct frame **out, struct error *err)
{
    struct archive_library l;
    struct buf columns = {0}; /* struct column * */
    struct archive *z;
    bool ok;

    if (!archive_load(&l, err))
        return false;
    z = l.archive_read_new();
    ok = (z && l.archive_read_support_format_zip(z) == ARCHIVE_OK &&
          l.archive_read_open_memory(z, data, size) == ARCHIVE_OK) ||
         archive_fail(&l, z, ERR_MALFORMED, "not a .npz", err);
    ok = ok && read_entries(a, &l, z, limit, &columns, err) &&
         assemble(a, &columns, out, err);
    if (z)
        (void)l.archive_read_free(z);
    buf_clear(&columns);
    return ok;
}

struct npz_writer {
    struct archive_library l;
    struct archive *z;
    struct buf file;
};

static bool
write_entry(struct npz_writer *w, struct cell name, const char *suffix,
            const struct column *c, struct error *err)
{
    struct buf path = {0};
    struct archive_entry *e;
    bool ok;

    w->file.size = 0;
    if (!npy_column_write(&w->file, c, err))
        return false;
    if (name.kind == CELL_STR)
        buf_put(&path, name.s, name.size);
    else
        buf_printf(&path, "%lld", (long long)name.i);
    buf_printf(&path, "%s.npy", suffix);
    e = w->l.archive_entry_new();
    w->l.archive_entry_set_pathname_utf8(e, buf_string(&path));
    w->l.archive_entry_set_filetype(e, AE_IFREG);
    w->l.archive_entry_set_perm(e, 0644);
    w->l.archive_entry_set_size(e, (la_int64_t)w->file.size);
    ok = w->l.archive_write_header(w->z, e) == ARCHIVE_OK &&
         w->l.archive_write_data(w->z, w->file.data, w->file.size) ==
             (la_ssize_t)w->file.size;
    w->l.archive_entry_free(e);
    buf_clear(&path);
    return ok || archive_fail(&w->l, w->z, ERR_IO, "cannot write", err);
}

static bool
write_missing(struct npz_writer *w, const struct column *c, struct cell name,
              const char *suffix, struct error *err)
{
    struct arena a = {0};
    struct column *marks = column_new(&a, COLTYPE_BOOL, c->size);
    bool any = c->na != NULL;
    bool ok = true;

    for (size_t i = 0; i < c->size; i++) {
        marks->i[i] = column_missing(c, i);
        any |= marks->i[i] != 0;
    }
    if (any && (c->na || coltype_class(c->dtype) == CLASS_CELL))
        ok = write_entry(w, name, suffix, marks, err);
    arena_clear(&a);
    return ok;
}

static bool
write_zone(struct npz_writer *w, const struct column *c, struct error *err)
{
    struct arena a = {0};
    struct column *zone = column_new(&a, COLTYPE_OBJECT, 1);
    char name[ZONE_NAME_SIZE];
    bool ok;

    zone->cells[0] = cell_str_n(name, zone_name(c->dtype, name));
    ok = write_entry(w, c->name, ".zone", zone, err);
    arena_clear(&a);
    return ok;
}

static bool
write_column(struct npz_writer *w, const struct column *c, struct error *err)
{
    struct arena a = {0};
    struct column *ordered = column_new(&a, COLTYPE_BOOL, 1);
    bool ok = write_entry(w, c->name, "", c, err) &&
              write_missing(w, c, c->name, ".missing", err);

    ordered->i[0] = c->ordered;
    if (ok && c->categories)
        ok = write_entry(w, c->name, ".categories", c->categories, err);
    if (ok && c->ordered)
        ok = write_entry(w, c->name, ".ordered", ordered, err);
    if (ok && coltype_is_zoned(c->dtype))
        ok = write_zone(w, c, err);
    if (ok && c->categories && coltype_is_zoned(c->categories->dtype))
        ok = error_set(err, ERR_UNSUPPORTED, "categories of times with a zone in a .npz");
    arena_clear(&a);
    return ok;
}

bool
npz_frame_write(const struct frame *f, FILE *out, struct error *err)
{
    struct npz_writer w = {0};
    bool ok;

    if (!archive_load(&w.l, err))
        return false;
    w.z = w.l.archive_write_new();
    ok = (w.z && w.l.archive_write_set_format_zip(w.z) == ARCHIVE_OK &&
          w.l.archive_write_set_options(w.z, "zip:compression=store") == ARCHIVE_OK &&
          w.l.archive_write_set_bytes_in_last_block(w.z, 1) == ARCHIVE_OK &&
          w.l.archive_write_open_FILE(w.z, out) == ARCHIVE_OK) ||
         archive_fail(&w.l, w.z, ERR_IO, "cannot write", err);
    for (size_t i = 0; ok && i < f->n_columns; i++) {
        for (size_t k = 0; ok && k < i; k++)
            ok = !cell_equal(f->columns[i]->name, f->columns[k]->name) ||
                 error_set(err, ERR_UNSUPPORTED, "two columns of one name in a .npz");
        ok = ok && write_column(&w, f->columns[i], err);
    }
    if (ok && w.l.archive_write_close(w.z) != ARCHIVE_OK)
        ok = archive_fail(&w.l, w.z, ERR_IO, "cannot write", err);
    if (w.z)
        (void)w.l.archive_write_free(w.z);
    buf_clear(&w.file);
    return ok;
}

bool
npy_frame_write(const struct frame *f, FILE *out, struct error *err)
{
    struct buf b = {0};
    uint64_t shape[2] = {f->n_rows, f->n_columns};
    enum dtype dtype = f->n_columns ? npy_column_dtype(f->columns[0]) : DTYPE_NONE;
    size_t octets = dtype == DTYPE_NONE ? 0 : dtype_size(dtype);
    bool ok = true;

    if (f->n_columns == 1)
        ok = (!f->columns[0]->na && !f->columns[0]->categories &&
              (coltype_class(f->columns[0]->dtype) != CLASS_CELL ||
               !column_any_missing(f->columns[0])) &&
              !coltype_is_zoned(f->columns[0]->dtype)) ||
             error_set(err, ERR_UNSUPPORTED,
                       "a .npy has no missing values, categories or time zones (a .npz "
                       "has)");
    for (size_t i = 0; ok && f->n_columns != 1 && i < f->n_columns; i++)
        ok = (dtype != DTYPE_NONE && f->columns[i]->dtype == f->columns[0]->dtype &&
              !f->columns[i]->na && !f->columns[i]->categories) ||
             error_set(err, ERR_UNSUPPORTED,
                       "a .npy has columns of one plain type (a .npz of any)");
    if (ok && f->n_columns == 1)
        ok = npy_column_write(&b, f->columns[0], err);
    else if (ok)
        ok = (dtype != DTYPE_NONE || error_set(err, ERR_UNSUPPORTED, "no columns")) &&
             npy_header(&b, dtype, false, 2, shape, err);
    for (size_t row = 0; ok && f->n_columns > 1 && row < f->n_rows; row++)
        for (size_t i = 0; i < f->n_columns; i++) {
            npy_column_store(f->columns[i], row, buf_reserve(&b, octets));
            b.size += octets;
        }
    if (ok && fwrite(b.data, 1, b.size, out) != b.size)
        ok = error_errno(err, "cannot write");
    buf_clear(&b);
    return ok;
}
