/* tokenize.h: CSV text to rows of fields, as pandas' C tokenizer cuts it. */
#ifndef FPG_CSV_TOKENIZE_H
#define FPG_CSV_TOKENIZE_H

#include "csv/reader.h"

/* From this size on a terminal shows how far the reading is. */
enum { CSV_LONG = 16 << 20 };

struct csv_tokens {
    struct cell *fields; /* CELL_STR; missing trailing fields of a row are empty */
    size_t widest;       /* fields of a row as it was written */
    size_t n_fields;
    size_t *starts;  /* first field of each row; n_rows + 1 of them */
    uint64_t *lines; /* line each row begins in */
    size_t n_rows;
    size_t stop; /* octets read, when it failed too */
};

MUST_CHECK bool csv_tokenize(struct arena *a, const uint8_t *data, size_t size,
                             const struct csv_options *o, struct csv_tokens *out,
                             struct csv_report *report, struct error *err);

#endif
