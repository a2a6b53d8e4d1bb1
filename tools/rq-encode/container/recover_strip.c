#include "recover_strip.h"

#include "columns.h"
#include "common/mem.h"
#include "files/mapping.h"

#include <stdlib.h>
#include <string.h>

void
recover_strip_init(struct recover_strip *s, const struct recovery *r,
                   const uint32_t *losses)
{
    const struct layout *l = &r->layout;
    uint64_t rows = (uint64_t)l->K + l->R;

    *s = (struct recover_strip){.recovery = r, .losses = losses};
    s->stride = columns_width(rows, layout_row(l), r->memory / 8 * 3);
    if (s->stride > l->T)
        s->stride -= s->stride % l->T;
    s->data = xlarge(rows * s->stride);
    s->zero = xcalloc(l->K, sizeof *s->zero);
}

void
recover_strip_clear(struct recover_strip *s)
{
    free(s->data);
    free(s->zero);
}

void
recover_strip_portion(const struct recover_strip *s, uint32_t b, uint64_t *from,
                      uint64_t *to)
{
    uint64_t T = s->recovery->layout.T;

    *from = b * T > s->from ? b * T : s->from;
    *to = (b + 1) * T < s->from + s->width ? (b + 1) * T : s->from + s->width;
}

/* Blocks b .. returned - 1 have symbols that follow each other in the source, or none. */
static uint32_t
run_end(const struct recover_strip *s, uint32_t e, uint32_t b, bool there)
{
    const struct recovery *r = s->recovery;
    const struct layout *l = &r->layout;
    uint64_t i = (uint64_t)e * l->Z + b, symbols = layout_source_symbols(l);
    uint32_t next = b + 1;

    while (next < s->first + s->count &&
           (there
                ? i + (next - b) < symbols &&
                      r->at[i + (next - b)] == r->at[i] + (uint64_t)(next - b) * l->T
                : i + (next - b) >= symbols || r->at[i + (next - b)] >= SYMBOL_RECOVERED))
        next++;
    return next;
}

/* Symbols of row e that are somewhere, each to its place; those in a run at once. */
static void
load_row(const struct recover_strip *s, uint32_t e)
{
    const struct recovery *r = s->recovery;
    const struct layout *l = &r->layout;

    for (uint32_t b = s->first, next; b < s->first + s->count; b = next) {
        uint64_t i = (uint64_t)e * l->Z + b, from, to, ignored, where, left;
        bool there = i < layout_source_symbols(l) && r->at[i] < SYMBOL_RECOVERED;
        size_t size, read = 0;

        next = run_end(s, e, b, there);
        recover_strip_portion(s, b, &from, &ignored);
        recover_strip_portion(s, next - 1, &ignored, &to);
        size = (size_t)(to - from);
        where = from - (uint64_t)b * l->T; /* within the first symbol of the run */
        if (there && i * l->T + where < l->F) {
            left = l->F - (i * l->T + where); /* the last symbol of all may be short */
            read = left < size ? (size_t)left : size;
            source_read_past(r->source, r->at[i] + where, recover_strip_cell(s, e, from),
                             read);
        }
        memset(recover_strip_cell(s, e, from) + read, 0, size - read);
    }
}

void
recover_strip_load(struct recover_strip *s)
{
    const struct recovery *r = s->recovery;
    const struct layout *l = &r->layout;

    for (uint32_t e = 0; e < l->K; e++) {
        uint64_t i = (uint64_t)e * l->Z + s->first, from = i * l->T;

        /* A hole where all is in its place. */
        s->zero[e] = i + s->count <= layout_source_symbols(l) &&
                     source_hole(r->source, from, s->count * (uint64_t)l->T);
        for (uint32_t b = 0; s->zero[e] && b < s->count; b++)
            s->zero[e] = r->at[i + b] == from + b * (uint64_t)l->T;
        if (!s->zero[e])
            load_row(s, e);
    }
    for (uint32_t k = 0; k < l->R; k++)
        for (uint32_t b = s->first; b < s->first + s->count; b++) {
            const uint8_t *symbol = r->repair[(uint64_t)k * l->Z + b];
            uint64_t from, to;

            recover_strip_portion(s, b, &from, &to);
            if (symbol)
                memcpy(recover_strip_cell(s, l->K + k, from),
                       symbol + (from - (uint64_t)b * l->T), (size_t)(to - from));
            mapping_strided(b == s->first ? layout_row(l) : l->T);
        }
}

bool
recover_strip_next(struct recover_strip *s)
{
    const struct layout *l = &s->recovery->layout;
    uint64_t row = layout_row(l), T = l->T, to;

    s->from += s->width;
    while (s->from < row && s->losses[s->from / T] == 0)
        s->from = (s->from / T + 1) * T;
    if (s->from >= row)
        return false;
    to = row - s->from < s->stride ? row : s->from + s->stride;
    if (s->stride >= T)
        to -= to % T;
    else if (to > (s->from / T + 1) * T)
        to = (s->from / T + 1) * T;
    while (to % T == 0 && to > s->from + T && s->losses[to / T - 1] == 0)
        to -= T;
    s->width = (size_t)(to - s->from);
    s->first = (uint32_t)(s->from / T);
    s->count = (uint32_t)((to + T - 1) / T) - s->first;
    return true;
}
