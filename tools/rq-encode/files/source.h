/*
 * source.h: a file read in order, past what the disk cannot give, and mapped: there
 * what cannot be read is zeros.
 */
#ifndef RQ_SOURCE_H
#define RQ_SOURCE_H

#include "common/error.h"

#include <stddef.h>
#include <sys/stat.h>

enum { SOURCE_CHUNK = 1 << 20 }; /* a multiple of every symbol size and piece */

struct source {
    const char *path; /* borrowed */
    int fd;           /* owned; -1 when the file is missing */
    uint64_t size;
    struct stat st;
    const uint8_t *map;  /* owned; all of the file, NULL when empty or missing */
    bool borrowed;       /* map is the caller's memory */
    uint64_t unreadable; /* octets that could not be read and were taken as zero */
    const char *label;   /* borrowed; what a scan says it is doing, NULL: nothing */
};

/* may_lack: a file that does not exist is an empty one. */
MUST_CHECK bool source_open(struct source *s, const char *path, bool may_lack,
                            struct error *err);
/* Octets in memory as a source; they outlive it. */
void source_from_memory(struct source *s, const uint8_t *data, uint64_t size);
void source_close(struct source *s);

/* Octets that are in the source; fewer of them now is an error. */
MUST_CHECK bool source_read(const struct source *s, uint64_t offset, uint8_t *data,
                            size_t size, struct error *err);
/* The same past sectors that cannot be read, which come as zeros. */
void source_read_past(const struct source *s, uint64_t offset, uint8_t *data,
                      size_t size);
/* Are those octets a hole of the file, which reads as zeros? */
bool source_hole(const struct source *s, uint64_t offset, uint64_t size);
/* An error when the file is not as it was when it was opened. */
MUST_CHECK bool source_unchanged(const struct source *s, struct error *err);

/* Called with consecutive chunks of SOURCE_CHUNK octets, the last one shorter. */
typedef void source_visit(void *context, uint64_t offset, const uint8_t *data,
                          size_t size);

/*
 * All of the file once.  `forgiving`: sectors that cannot be read come as zeros and
 * are counted; otherwise they are an error.  A file that changed meanwhile is one too.
 */
MUST_CHECK bool source_scan(struct source *s, bool forgiving, source_visit *visit,
                            void *context, struct error *err);

#endif
