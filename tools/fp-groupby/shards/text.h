/*
 * text.h: where rows of CSV text begin, when only a part of it is at hand.
 *
 * A line feed ends a row when an even number of quotes lies before it.  That is what
 * the tokenizer does, too, as long as quotes enclose whole fields: text_quotes_fault()
 * tells whether they do.
 */
#ifndef FPG_SHARDS_TEXT_H
#define FPG_SHARDS_TEXT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define TEXT_NOWHERE SIZE_MAX

/*
 * The first row that begins at data[from] or behind it, where data[0] is inside quotes
 * or not: the octet behind a line feed at from - 1 or later (from > 0).  TEXT_NOWHERE:
 * no such line feed is in data[0..size).  *inside: whether data[size] is in quotes then.
 */
size_t text_row_start(const uint8_t *data, size_t size, char quote, size_t from,
                      bool *inside);

/* Behind the last line feed outside quotes; 0: there is none.  data[0] begins a row. */
size_t text_rows_end(const uint8_t *data, size_t size, char quote);

/*
 * NULL when quotes enclose whole fields in these rows, else what they do instead.
 * *fault: the octet that does not belong there.
 */
const char *text_quotes_fault(const uint8_t *data, size_t size, char quote,
                              const char *delimiter, size_t *fault);

#endif
