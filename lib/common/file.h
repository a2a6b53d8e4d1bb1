/*
 * file.h: whole-file input by mapping, and output that appears complete or not at all.
 *
 * out_open() writes beside the target; out_commit() checks every pending write,
 * flushes to disk and renames.  out_discard() removes the temporary file and may
 * always be called: after a commit, or on a zeroed struct, it does nothing.  A
 * signal that ends the process removes the temporary files too.
 */
#ifndef COMMON_FILE_H
#define COMMON_FILE_H

#include "error.h"

#include <stddef.h>
#include <stdio.h>
#include <sys/types.h>

struct input {
    const uint8_t *data; /* owned: a mapping or a heap buffer; NULL when size is 0 */
    size_t size;
    const char *path; /* borrowed, as given; "-" is standard input */
    bool mapped;
};

/*
 * All of a file or of standard input ("-").  Regular files are mapped; anything
 * else is read.  More than `limit` octets is ERR_LIMIT.  The path is in *err.
 */
MUST_CHECK bool input_open(struct input *in, const char *path, uint64_t limit,
                           struct error *err);
void input_close(struct input *in);

struct out_file {
    FILE *stream;     /* owned unless it is stdout; NULL when closed */
    char *temp;       /* owned; NULL for what cannot be taken back */
    const char *path; /* borrowed */
};

/*
 * "-" is standard output.  What is there and no file (a device, a pipe) is written to,
 * not replaced; neither can be taken back.
 */
MUST_CHECK bool out_open(struct out_file *out, const char *path, struct error *err);
MUST_CHECK bool out_write(struct out_file *out, const void *data, size_t size,
                          struct error *err);
MUST_CHECK bool out_commit(struct out_file *out, struct error *err);
void out_discard(struct out_file *out);

/* Whole buffer to path, atomically. */
MUST_CHECK bool out_put(const char *path, const void *data, size_t size,
                        struct error *err);

/* pread/pwrite until done; a short read at end of file is reported in *got. */
MUST_CHECK bool file_pread(int fd, void *data, size_t size, uint64_t offset, size_t *got,
                           struct error *err);
MUST_CHECK bool file_pwrite(int fd, const void *data, size_t size, uint64_t offset,
                            struct error *err);

#endif
