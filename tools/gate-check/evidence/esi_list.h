/*
 * esi_list.h: ascending lists of encoding symbol ids and ranges, "0-2,4,16-19".
 */
#ifndef GATE_EVIDENCE_ESI_LIST_H
#define GATE_EVIDENCE_ESI_LIST_H

#include "common/attr.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { ESI_MAX = (1 << 24) - 1 };

struct esi_range {
    uint32_t first, last;
};

struct esi_list {
    struct esi_range *ranges; /* owned; ascending, disjoint */
    size_t count;
    uint64_t members;
};

/* "" or "-" is the empty list.  False: not ascending, out of range, or other text. */
MUST_CHECK bool esi_list_parse(const char *text, struct esi_list *out);
void esi_list_clear(struct esi_list *list);

/* How many members are below `limit`. */
uint64_t esi_list_below(const struct esi_list *list, uint32_t limit);

/* Together a and b are exactly 0 .. max, each id once. */
bool esi_lists_partition(const struct esi_list *a, const struct esi_list *b);

#endif
