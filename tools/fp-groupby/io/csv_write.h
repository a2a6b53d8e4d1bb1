/* csv_write.h: a frame as DataFrame.to_csv writes it. */
#ifndef FPG_CSV_WRITE_H
#define FPG_CSV_WRITE_H

#include "common/buf.h"
#include "table/frame.h"

#include <stdio.h>

struct csv_style {
    char delimiter;
    bool index; /* its levels come first */
};

/* Commas, no index. */
extern const struct csv_style csv_style_plain;

/* Text, quoted when it holds a comma, a quote or the end of a line. */
void csv_put_text(struct buf *b, const char *text, size_t size);

MUST_CHECK bool csv_write(const struct frame *f, const struct csv_style *style, FILE *out,
                          struct error *err);

#endif
