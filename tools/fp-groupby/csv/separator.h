/*
 * separator.h: separators that are patterns, as sep= of read_csv takes them.
 *
 * Of Python's regular expressions those that make sense between fields: characters,
 * escapes (\. \t \s \S), classes [,; \t], `.`, the quantifiers * + ? {m,n} behind one of
 * these, and alternatives a|b.  Others are refused by name, and so is a pattern that
 * matches nothing at all.  Matches are those of re.split(): leftmost, the first
 * alternative that fits, quantifiers greedy with a way back.
 */
#ifndef FPG_CSV_SEPARATOR_H
#define FPG_CSV_SEPARATOR_H

#include "common/arena.h"
#include "common/error.h"

#include <stddef.h>

struct separator;

/* Is the text a pattern to pandas?  Longer than a character, and not \s+. */
bool separator_is_pattern(const char *text);

/* Lives in the arena. */
MUST_CHECK bool separator_parse(struct arena *a, const char *text,
                                const struct separator **out, struct error *err);

/*
 * The first match in text[from..size), which is UTF-8: [*begin, *end); *begin is size
 * when there is none.  False: it would take too long.
 */
MUST_CHECK bool separator_find(const struct separator *s, const uint8_t *text,
                               size_t size, size_t from, size_t *begin, size_t *end);

/* Python's str.strip(): what is left of text[*begin..*end). */
void separator_strip(const uint8_t *text, size_t *begin, size_t *end);

#endif
