/*
 * table_read.h: a file of any format that is known as a frame.
 */
#ifndef FPG_TABLE_READ_H
#define FPG_TABLE_READ_H

#include "csv/reader.h"
#include "io/operand.h"

/* An operand read; the frame's text points into it. */
struct table_input {
    struct operand operand;
    struct input file;
    struct frame *frame;
    struct csv_report report; /* of CSV */
};

/* limit: octets that standard input or compressed files may bring; 0: TABLE_LIMIT. */
#define TABLE_LIMIT (UINT64_C(16) << 30)
MUST_CHECK bool table_read(struct arena *a, const char *name, const struct csv_options *o,
                           uint64_t limit, struct table_input *out, struct error *err);
void table_close(struct table_input *in);

/*
 * Open names[0..n) which are CSV but no plain files, such as compressed ones, standard
 * input and patterns, and put the paths of plain files in their places, so that an
 * engine that streams can read them.  operands[i] belongs to names[i].
 */
MUST_CHECK bool table_plain_files(char **names, size_t n, const struct csv_options *o,
                                  uint64_t limit, struct operand *operands,
                                  struct error *err);

/* Close them; an error that names such a path names what was given instead. */
void table_plain_close(struct operand *operands, size_t n, struct error *err);

#endif
