/* repair.c: see repair.h. */
#include "csv/repair.h"

#include "common/buf.h"
#include "common/utf8.h"

/* Octets of a character by its first one; 0: it cannot be one. */
static size_t
length_of(uint8_t c)
{
    return c < 0x80                ? 1
           : c >= 0xc2 && c < 0xe0 ? 2
           : (c & 0xf0) == 0xe0    ? 3
           : c >= 0xf0 && c < 0xf5 ? 4
                                   : 0;
}

/* May `next` follow `first` directly? (RFC 3629: no overlong forms, no surrogates) */
static bool
second_fits(uint8_t first, uint8_t next)
{
    uint8_t least = first == 0xe0 ? 0xa0 : first == 0xf0 ? 0x90 : 0x80;
    uint8_t most = first == 0xed ? 0x9f : first == 0xf4 ? 0x8f : 0xbf;

    return next >= least && next <= most;
}

/* Octets of p that begin a character; *whole: they are one. */
static size_t
measure(const uint8_t *p, size_t size, bool *whole)
{
    size_t want = length_of(p[0]);
    size_t n = 1;

    if (want > 1 && size > 1 && second_fits(p[0], p[1]))
        for (n = 2; n < want && n < size && (p[n] & 0xc0) == 0x80;)
            n++;
    *whole = want == n;
    return n;
}

size_t
csv_utf8_fault(const uint8_t *data, size_t size)
{
    uint64_t word;

    for (size_t i = 0, n; i < size; i += n) {
        for (; size - i >= 8; i += 8) {
            memcpy(&word, data + i, 8);
            if (word & 0x8080808080808080u)
                break;
        }
        if (i == size)
            break;
        if ((n = utf8_length(data + i, size - i)) == 0)
            return i;
    }
    return size;
}

bool
csv_utf8_error(uint8_t octet, uint64_t offset, struct error *err)
{
    return raise_error(err, "UnicodeDecodeError",
                       "'utf-8' codec can't decode byte 0x%02x in position %llu", octet,
                       (unsigned long long)offset);
}

void
csv_repair(struct arena *a, const uint8_t **data, size_t *size, struct csv_repair *out)
{
    const uint8_t *p = *data;
    struct buf text = {0};
    struct buf pieces = {0};
    uint64_t line = 1;

    for (size_t i = 0; i < *size;) {
        bool whole;
        size_t n = measure(p + i, *size - i, &whole);
        struct csv_piece piece = {i, n, line};

        if (whole)
            buf_put(&text, p + i, n);
        else {
            buf_puts(&text, "\xef\xbf\xbd");
            buf_put(&pieces, &piece, sizeof piece);
        }
        line += p[i] == '\n';
        i += n;
    }
    *out = (struct csv_repair){.before = p,
                               .n_pieces = pieces.size / sizeof(struct csv_piece)};
    out->pieces = arena_alloc(a, pieces.size + 1);
    if (pieces.size > 0)
        memcpy(out->pieces, pieces.data, pieces.size);
    *data = (const uint8_t *)arena_strndup(a, (const char *)text.data, text.size);
    *size = text.size;
    buf_clear(&text);
    buf_clear(&pieces);
}

/* An offset in the repaired text as one in the text before. */
static uint64_t
offset_before(const struct csv_repair *r, uint64_t offset)
{
    int64_t shift = 0;

    for (size_t i = 0; i < r->n_pieces; i++) {
        if ((int64_t)r->pieces[i].at + shift >= (int64_t)offset)
            break;
        shift += 3 - (int64_t)r->pieces[i].size;
    }
    return offset - (uint64_t)shift;
}

void
csv_repair_report(struct arena *a, const struct csv_repair *r, struct csv_report *report)
{
    size_t n = report->n_rejects + r->n_pieces;
    struct csv_reject *all = arena_alloc(a, (n + 1) * sizeof *all);
    size_t row = 0;
    size_t piece = 0;

    if (r->n_pieces == 0)
        return;
    for (size_t i = 0; i < report->n_rejects; i++)
        report->rejects[i].offset = offset_before(r, report->rejects[i].offset);
    for (size_t i = 0; i < n; i++) {
        const struct csv_piece *p = &r->pieces[piece];

        if (piece == r->n_pieces ||
            (row < report->n_rejects && report->rejects[row].offset < p->at)) {
            all[i] = report->rejects[row++];
            continue;
        }
        all[i] = (struct csv_reject){p->line, p->at, "not UTF-8, replaced by U+FFFD",
                                     r->before + p->at, p->size};
        piece++;
    }
    report->rejects = all;
    report->n_rejects = n;
    report->replaced = r->n_pieces;
}
