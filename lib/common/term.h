/*
 * term.h: what people see: aligned tables, colour where it helps, progress.
 *
 * Colour only when the stream is a terminal, NO_COLOR is unset and TERM is not
 * "dumb".  Nothing here is ever part of --json output.
 */
#ifndef COMMON_TERM_H
#define COMMON_TERM_H

#include "attr.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

enum term_style { TERM_PLAIN, TERM_BOLD, TERM_DIM, TERM_GOOD, TERM_BAD, TERM_WARN };

/* Escape sequences, or "" when the stream shows no colour. */
const char *term_on(FILE *stream, enum term_style style);
const char *term_off(FILE *stream, enum term_style style);
bool term_is_tty(FILE *stream);

/* Columns a UTF-8 string takes (wide characters take two). */
size_t term_width(const char *utf8);

enum { TERM_COLUMNS_MAX = 32 };
enum term_align { TERM_LEFT, TERM_RIGHT };

/* A table: columns, then cells row by row, then print, which frees it. */
struct term_table;
struct term_table *term_table_new(void);
void term_column(struct term_table *t, const char *title, enum term_align align);
void term_cell(struct term_table *t, const char *fmt, ...) PRINTF_LIKE(2, 3);
void term_cell_style(struct term_table *t, enum term_style style, const char *fmt, ...)
    PRINTF_LIKE(3, 4);
void term_table_print(struct term_table *t, FILE *stream);

/* "1.2 GiB", for people. */
enum { TERM_SIZE_TEXT = 16 };
void term_size(uint64_t octets, char out[static TERM_SIZE_TEXT]);

/* "s" behind a noun, but for one. */
static inline const char *
term_plural(uint64_t n)
{
    return n == 1 ? "" : "s";
}

/* One line on stderr, redrawn at most ten times a second, with rate and time left. */
struct progress {
    const char *label; /* borrowed */
    uint64_t total;    /* octets; 0: unknown */
    uint64_t start_ns, shown_ns;
    bool active;
};
void progress_begin(struct progress *p, const char *label, uint64_t total);
void progress_update(struct progress *p, uint64_t done);
void progress_end(struct progress *p);

#endif
