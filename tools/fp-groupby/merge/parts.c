/* parts.c: a file of records for each part, and a merge of them. */
#include "merge/parts.h"

#include "engine/temp.h"

#include <unistd.h>

/* One pass over the first file; again when it has taught us another type. */
static bool
probe_part(struct probe *p, FILE *file, struct error *err)
{
    p->out = file;
    do {
        if (fseeko(file, 0, SEEK_SET) != 0 || ftruncate(fileno(file), 0) != 0)
            return error_errno(err, "cannot write a temporary file");
        if (!probe_run(p, err))
            return false;
    } while (p->side.again);
    if (fflush(file) != 0)
        return error_errno(err, "cannot write a temporary file");
    return true;
}

bool
parts_make(struct parts *x, struct probe *p, struct build *b, struct error *err)
{
    bool several = false;

    for (;;) {
        p->part = x->n == 0 ? PROBE_FIRST_PART : PROBE_LATER_PART;
        if (x->n == PARTS_MOST)
            return error_set(err, ERR_LIMIT,
                             "the second file does not fit in memory even in %d parts "
                             "(give more --memory)",
                             PARTS_MOST);
        if (!temp_open(&x->files[x->n++], err) || !probe_part(p, x->files[x->n - 1], err))
            return false;
        several |= p->several;
        if (p->side.declined || !b->partial)
            break;
        if (!build_load_more(b, p->threads, err))
            return false;
        if (b->side.declined)
            break;
    }
    p->several = several;
    return true;
}

/* A file of records being read. */
struct reader {
    FILE *file;
    uint64_t base, rows; /* of the window that the record is of */
    uint64_t row;        /* of the first file */
    struct probe_record record;
    bool ended;
};

static bool
next_record(struct reader *r, struct error *err)
{
    for (;;) {
        r->ended = fread(&r->record, sizeof r->record, 1, r->file) != 1;
        if (r->ended)
            return !ferror(r->file) || error_errno(err, "cannot read a temporary file");
        if (r->record.row != PROBE_WINDOW)
            break;
        r->base += r->rows;
        r->rows = r->record.size;
    }
    r->row = r->base + r->record.row;
    return true;
}

/* The text of a record to `text`, or over it. */
static bool
take_text(struct reader *r, bool wanted, struct buf *text, struct error *err)
{
    size_t size = r->record.size;

    if (!wanted)
        return fseeko(r->file, (off_t)size, SEEK_CUR) == 0 ||
               error_errno(err, "cannot read a temporary file");
    if (fread(buf_reserve(text, size), 1, size, r->file) != size)
        return error_errno(err, "cannot read a temporary file");
    text->size += size;
    return true;
}

struct merging {
    struct probe *p;
    struct reader *readers;
    size_t n;
    FILE *out;
    struct buf text;
};

/* All records of the row, part by part; when it met none, the first part's says
 * so. */
static bool
merge_row(struct merging *m, uint64_t row, struct error *err)
{
    uint64_t met = 0;
    size_t of_parts = 0;

    m->text.size = 0;
    for (size_t i = 0; i < m->n; i++) {
        struct reader *r = &m->readers[i];

        of_parts += !r->ended && r->row == row && r->record.n > 0;
        while (!r->ended && r->row == row) {
            if (r->record.n > 0 && met == 0)
                m->text.size = 0; /* what stands there is of no match */
            met += r->record.n;
            if (!take_text(r, m->out != NULL, &m->text, err) || !next_record(r, err))
                return false;
            if (m->out && m->text.size > 0 && met > 0) {
                (void)fwrite(m->text.data, 1, m->text.size, m->out);
                m->text.size = 0;
            }
        }
    }
    if (m->out && m->text.size > 0)
        (void)fwrite(m->text.data, 1, m->text.size, m->out);
    m->p->unmatched |= met == 0;
    m->p->several |= of_parts > 1;
    m->p->n_out += met ? met : 1;
    return true;
}

static bool
merge_rows(struct merging *m, struct error *err)
{
    for (;;) {
        uint64_t row = UINT64_MAX;

        for (size_t i = 0; i < m->n; i++)
            if (!m->readers[i].ended && m->readers[i].row < row)
                row = m->readers[i].row;
        if (row == UINT64_MAX)
            return true;
        if (!merge_row(m, row, err))
            return false;
        if (m->out && ferror(m->out))
            return error_errno(err, "cannot write");
    }
}

bool
parts_merge(struct parts *x, struct probe *p, FILE *out, struct error *err)
{
    struct reader readers[PARTS_MOST] = {{0}};
    struct merging m = {.p = p, .readers = readers, .n = x->n, .out = out};
    bool ok = true;

    p->unmatched = false;
    p->n_out = 0;
    for (size_t i = 0; ok && i < x->n; i++) {
        readers[i].file = x->files[i];
        rewind(x->files[i]);
        ok = next_record(&readers[i], err);
    }
    ok = ok && merge_rows(&m, err);
    buf_clear(&m.text);
    return ok;
}

void
parts_clear(struct parts *x)
{
    for (size_t i = 0; i < x->n; i++)
        if (x->files[i])
            (void)fclose(x->files[i]);
    x->n = 0;
}
