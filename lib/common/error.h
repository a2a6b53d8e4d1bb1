/*
 * error.h: why a call failed, and where in which input.
 *
 * A function that can fail returns bool and takes `struct error *err` last.
 * It returns true and leaves *err alone, or returns false and fills *err.
 * The layer that detects a fault sets class and message; the layer that knows
 * the place or the file adds it (the first one wins).  Only main() prints.
 */
#ifndef COMMON_ERROR_H
#define COMMON_ERROR_H

#include "attr.h"

#include <stdbool.h>
#include <stdint.h>

/* The closed list of docs/ARCHITECTURE.md; a class decides the exit status. */
enum error_class {
    ERR_NONE = 0,
    ERR_USAGE,              /* 2: the command line is wrong */
    ERR_MALFORMED,          /* 3: breaks the format's grammar */
    ERR_UNSUPPORTED,        /* 3: valid, but not something we handle */
    ERR_UNKNOWN_FIELD,      /* 3: a key that no rule covers */
    ERR_VERSION,            /* 3: a schema or format version we do not know */
    ERR_CHECKSUM,           /* 3: stored and computed digest differ */
    ERR_BOUNDS,             /* 3: an offset, length or index out of range */
    ERR_UNSAFE,             /* 3: would execute or escape */
    ERR_LIMIT,              /* 3: over a stated limit of ours */
    ERR_MISMATCH,           /* 1: what was checked does not hold */
    ERR_IO,                 /* 4: the operating system refused */
    ERR_MEMORY,             /* 4: out of memory */
    ERR_ORACLE_UNAVAILABLE, /* 4: the live original cannot be run */
    ERR_INTERNAL,           /* 5: an invariant of ours did not hold */
};

struct error {
    enum error_class class;
    char subclass[48]; /* the tool's own documented class, or "" */
    char path[512];    /* the file, or "" */
    char at[256];      /* "3:17", "byte 12", "/a/0", "row 7", or "" */
    char message[512]; /* one line, lower case, no full stop; may end in "(what to do)" */
};

/* Set class and message; always returns false, so callers can return it. */
bool error_set(struct error *err, enum error_class class, const char *fmt, ...)
    PRINTF_LIKE(3, 4);

/* As error_set(ERR_IO) (ERR_MEMORY for ENOMEM), with strerror(errno) appended. */
bool error_errno(struct error *err, const char *fmt, ...) PRINTF_LIKE(2, 3);

/* Name the tool's own class of the fault; always returns false. */
bool error_subclass(struct error *err, const char *name);

/* Add the place, or the file, unless a deeper layer already did; return false. */
bool error_at(struct error *err, const char *fmt, ...) PRINTF_LIKE(2, 3);
bool error_at_line(struct error *err, uint64_t line, uint64_t column);
bool error_at_byte(struct error *err, uint64_t offset);
bool error_in(struct error *err, const char *path);

#if defined(__clang_analyzer__) && !defined(COMMON_ERROR_C)
/* Static analysis sees one source at a time: tell it that these return false. */
#define error_set(...)      ((void)error_set(__VA_ARGS__), false)
#define error_errno(...)    ((void)error_errno(__VA_ARGS__), false)
#define error_subclass(...) ((void)error_subclass(__VA_ARGS__), false)
#define error_at(...)       ((void)error_at(__VA_ARGS__), false)
#define error_at_line(...)  ((void)error_at_line(__VA_ARGS__), false)
#define error_at_byte(...)  ((void)error_at_byte(__VA_ARGS__), false)
#define error_in(...)       ((void)error_in(__VA_ARGS__), false)
#endif

/* The exit status a class stands for; the class's name as JSON shows it. */
int error_status(enum error_class class);
const char *error_class_name(enum error_class class);

#endif
