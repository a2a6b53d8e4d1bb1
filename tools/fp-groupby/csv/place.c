/* place.c: see place.h. */
#include "csv/place.h"

const struct csv_place csv_place_first = {.line = 1, .column = 1};

void
csv_place_pass(struct csv_place *p, const uint8_t *data, size_t size)
{
    for (size_t i = 0; i < size; i++) {
        bool ends = data[i] == '\n' || data[i] == '\r';

        if (!(p->after_return && data[i] == '\n'))
            p->line += ends;
        p->column = ends ? 1 : p->column + 1;
        p->after_return = data[i] == '\r';
    }
    p->offset += size;
}

bool
csv_place_error(const struct csv_place *p, struct error *err)
{
    return error_at(err, "%llu:%llu (byte %llu)", (unsigned long long)p->line,
                    (unsigned long long)p->column, (unsigned long long)p->offset);
}

bool
csv_error_at(const uint8_t *data, size_t offset, struct error *err)
{
    struct csv_place p = csv_place_first;

    csv_place_pass(&p, data, offset);
    return csv_place_error(&p, err);
}
