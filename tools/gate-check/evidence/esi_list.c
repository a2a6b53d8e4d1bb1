#include "evidence/esi_list.h"

#include "common/mem.h"
#include "common/num.h"

#include <stdlib.h>
#include <string.h>

static bool
parse_id(const char **p, uint32_t *out)
{
    size_t n = strspn(*p, "0123456789");
    uint64_t value;

    if (!num_parse_u64(*p, n, &value) || value > ESI_MAX)
        return false;
    *p += n;
    *out = (uint32_t)value;
    return true;
}

bool
esi_list_parse(const char *text, struct esi_list *out)
{
    const char *p = text;
    size_t capacity = 0;

    *out = (struct esi_list){0};
    if (*p == '\0' || strcmp(p, "-") == 0)
        return true;
    for (;;) {
        struct esi_range r;

        if (!parse_id(&p, &r.first))
            break;
        r.last = r.first;
        if (*p == '-' && (p++, !parse_id(&p, &r.last)))
            break;
        if (r.last < r.first || (*p != ',' && *p != '\0') ||
            (out->count > 0 && r.first <= out->ranges[out->count - 1].last))
            break;
        if (out->count == capacity) {
            capacity = capacity ? 2 * capacity : 16;
            out->ranges = xrealloc(out->ranges, capacity, sizeof *out->ranges);
        }
        out->ranges[out->count++] = r;
        out->members += (uint64_t)r.last - r.first + 1;
        if (*p++ == '\0')
            return true;
    }
    esi_list_clear(out);
    return false;
}

void
esi_list_clear(struct esi_list *list)
{
    free(list->ranges);
    *list = (struct esi_list){0};
}

uint64_t
esi_list_below(const struct esi_list *list, uint32_t limit)
{
    uint64_t n = 0;

    for (size_t i = 0; i < list->count && list->ranges[i].first < limit; i++) {
        uint32_t end = list->ranges[i].last < limit ? list->ranges[i].last + 1 : limit;

        n += end - list->ranges[i].first;
    }
    return n;
}

bool
esi_lists_partition(const struct esi_list *a, const struct esi_list *b)
{
    size_t i = 0, k = 0;
    uint32_t next = 0;

    while (i < a->count || k < b->count) {
        const struct esi_range *r;

        if (i < a->count && a->ranges[i].first == next)
            r = &a->ranges[i++];
        else if (k < b->count && b->ranges[k].first == next)
            r = &b->ranges[k++];
        else
            return false;
        next = r->last + 1;
    }
    return true;
}
