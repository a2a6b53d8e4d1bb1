/*
 * document.h: the shell commands a Markdown document shows.
 *
 * Fenced blocks of sh, bash, shell or console.  In console blocks a command begins
 * with "$ " and what follows is its output, where a line of "..." stands for any
 * lines; in the others every line is a command.  "# exit N" at the end says which
 * status is meant.  A block behind the line <!-- claims: skip --> is left out.
 */
#ifndef GATE_GATES_DOCUMENT_H
#define GATE_GATES_DOCUMENT_H

#include "common/arena.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct shown_command {
    const char *text;   /* arena; continued lines joined */
    const char *output; /* arena; NULL: none is shown */
    int status;         /* that it must end with */
    uint64_t line;
};

struct document {
    struct arena arena;
    struct shown_command *commands; /* owned */
    size_t count, capacity;
    size_t skipped; /* blocks */
};

void document_read(struct document *d, const char *text, size_t size);
void document_clear(struct document *d);

/* Is `actual` what `expected` shows?  A line "..." stands for any number of lines. */
bool document_output_matches(const char *expected, const char *actual);

#endif
