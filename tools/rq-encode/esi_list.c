#include "esi_list.h"

#include "codec/params.h"
#include "common/mem.h"
#include "common/num.h"

#include <stdlib.h>
#include <string.h>

enum { ESI_LIST_MAX = 1 << 26 };

bool
esi_list_add(struct esi_list *list, uint32_t first, uint32_t last, struct error *err)
{
    size_t n = (size_t)last - first + 1;

    if (n > ESI_LIST_MAX - list->count)
        return error_set(err, ERR_USAGE, "more than %d symbols", ESI_LIST_MAX);
    list->esi = xrealloc(list->esi, list->count + n, sizeof *list->esi);
    for (size_t i = 0; i < n; i++)
        list->esi[list->count++] = first + (uint32_t)i;
    return true;
}

bool
esi_list_parse(struct esi_list *list, const char *text, struct error *err)
{
    while (true) {
        size_t n = strcspn(text, ","), dash = strcspn(text, "-");
        uint64_t first, last;
        bool ok;

        if (dash < n)
            ok = num_parse_u64(text, dash, &first) &&
                 num_parse_u64(text + dash + 1, n - dash - 1, &last);
        else
            ok = num_parse_u64(text, n, &first) && num_parse_u64(text, n, &last);
        if (!ok || first > last || last > RQ_ESI_MAX)
            return error_set(err, ERR_USAGE, "'%.*s' is no ESI or range of them up to %d",
                             (int)n, text, RQ_ESI_MAX);
        if (!esi_list_add(list, (uint32_t)first, (uint32_t)last, err))
            return false;
        if (text[n] == 0)
            return true;
        text += n + 1;
    }
}

void
esi_list_clear(struct esi_list *list)
{
    free(list->esi);
    *list = (struct esi_list){0};
}
