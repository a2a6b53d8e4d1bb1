/*
 * operand.h: what a file on the command line stands for, as one file of plain text or
 * data.
 *
 * An operand is a file, "-" for standard input, or a pattern such as 'part-*.csv' that
 * stands for all files it fits, in the order of their names: one table, whose CSV files
 * share a header.  Compressed files (gzip, zstd, xz, bzip2, lz4) are unfolded.  What is
 * not a plain file already goes to a temporary one, which is gone when it is closed.
 */
#ifndef FPG_IO_OPERAND_H
#define FPG_IO_OPERAND_H

#include "common/file.h"

enum operand_format {
    OPERAND_CSV,
    OPERAND_JSON,  /* an array of records; by the name .json */
    OPERAND_LINES, /* a record a line; by the names .jsonl and .ndjson */
    OPERAND_ARROW, /* by its first octets, as what follows */
    OPERAND_NPY,
    OPERAND_NPZ,
};

struct operand {
    char path[512];    /* of a plain file that can be opened as often as wanted */
    const char *shown; /* borrowed; for errors */
    enum operand_format format;
    int fd; /* of the temporary file, or -1 */
};

struct operand_options {
    uint64_t limit; /* octets that may come out of standard input or compressed files */
    bool header;    /* CSV files have one, in their first row */
    bool together;  /* CSV files may be put together */
    char quote;
};

/* Is it anything but a plain file? */
bool operand_is_special(const char *name);

/* Is it a plain file that is no CSV? */
bool operand_is_data(const char *name);

/* Is it a compressed file that is CSV by its name? */
bool operand_is_folded_csv(const char *name);

MUST_CHECK bool operand_open(struct operand *o, const char *name,
                             const struct operand_options *options, struct error *err);
void operand_close(struct operand *o);

#endif
