/*
 * requirement_id.h: ids such as OC-CORE-1001 in running text.
 */
#ifndef GATE_GATES_REQUIREMENT_ID_H
#define GATE_GATES_REQUIREMENT_ID_H

#include <stdbool.h>
#include <stddef.h>

enum { REQUIREMENT_ID_SIZE = 64 };

/*
 * The next id at or behind *pos: one of the prefixes, capitals, digits and dashes,
 * ending in a dash and three to five digits, with no such character around it.
 * *pos is left behind it.
 */
bool requirement_id_next(const char *text, size_t size, size_t *pos,
                         const char *const *prefixes, size_t prefix_count,
                         char out[static REQUIREMENT_ID_SIZE]);

#endif
