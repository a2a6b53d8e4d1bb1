/* esi_list.h: lists of encoding symbol ids as people write them: 0-9,101,65535. */
#ifndef RQ_ESI_LIST_H
#define RQ_ESI_LIST_H

#include "common/error.h"

#include <stddef.h>

struct esi_list {
    uint32_t *esi; /* owned */
    size_t count;
};

/* ERR_USAGE; the order is kept, repetitions too. */
MUST_CHECK bool esi_list_parse(struct esi_list *list, const char *text,
                               struct error *err);
/* first .. last, appended. */
MUST_CHECK bool esi_list_add(struct esi_list *list, uint32_t first, uint32_t last,
                             struct error *err);
void esi_list_clear(struct esi_list *list);

#endif
