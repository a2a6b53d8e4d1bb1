/*
 * place.h: where in CSV text something is: line and column, both from 1, and octet.
 *
 * Lines end as rows do: LF, CRLF or a lone CR, in quotes too.  Columns count octets.
 */
#ifndef FPG_CSV_PLACE_H
#define FPG_CSV_PLACE_H

#include "common/error.h"

#include <stddef.h>

struct csv_place {
    uint64_t line, column;
    uint64_t offset; /* from 0 */
    bool after_return;
};

/* The beginning of a text. */
extern const struct csv_place csv_place_first;

/* Go on over the next octets of the text. */
void csv_place_pass(struct csv_place *p, const uint8_t *data, size_t size);

/* Give the error its place, "3:5 (byte 12)"; false. */
bool csv_place_error(const struct csv_place *p, struct error *err);

/* The same of octet `offset` of a text that is at hand from its beginning. */
bool csv_error_at(const uint8_t *data, size_t offset, struct error *err);

#endif
