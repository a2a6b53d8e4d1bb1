/*
 * repair.h: text that is not UTF-8.
 *
 * Each longest piece that could begin a character becomes U+FFFD, as Python's
 * errors="replace" has it.
 */
#ifndef FPG_CSV_REPAIR_H
#define FPG_CSV_REPAIR_H

#include "csv/reader.h"

/* Offset of the first octet that is not UTF-8, or size. */
size_t csv_utf8_fault(const uint8_t *data, size_t size);

/* UnicodeDecodeError, still without its place; false. */
bool csv_utf8_error(uint8_t octet, uint64_t offset, struct error *err);

/* What was replaced; text is the arena's. */
struct csv_repair {
    const uint8_t *before; /* the text as it was */
    struct csv_piece {
        size_t at;   /* in the text as it was */
        size_t size; /* 1 to 3 octets */
        uint64_t line;
    } * pieces;
    size_t n_pieces;
};

void csv_repair(struct arena *a, const uint8_t **data, size_t *size,
                struct csv_repair *out);

/* Rejected rows get the offsets they had; each piece is reported among them. */
void csv_repair_report(struct arena *a, const struct csv_repair *repair,
                       struct csv_report *report);

#endif
