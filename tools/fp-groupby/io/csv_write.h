/* csv_write.h: a frame as DataFrame.to_csv(index=False) writes it. */
#ifndef FPG_CSV_WRITE_H
#define FPG_CSV_WRITE_H

#include "common/buf.h"
#include "table/frame.h"

#include <stdio.h>

/* Text, quoted when it holds the delimiter, a quote or the end of a line. */
void csv_put_text(struct buf *b, const char *text, size_t size);

/* repr(); nothing for NaN. */
void csv_put_float(struct buf *b, double x);

MUST_CHECK bool csv_write(const struct frame *f, FILE *out, struct error *err);

#endif
