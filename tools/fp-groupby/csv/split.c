/* split.c: rows whose separator is a pattern. */
#include "csv/tokenize_impl.h"

/* re.split() of a line without the blanks around it. */
bool
cutter_split_row(struct cutter *c, size_t *n, struct error *err)
{
    size_t stop = cutter_line_end(c);
    size_t end = stop;
    size_t at = c->at;

    separator_strip(c->data, &at, &end);
    for (*n = 1;; ++*n) {
        size_t begin, next;
        const char *comment;

        if (!separator_find(c->o->pattern, c->data, end, at, &begin, &next))
            return error_set(err, ERR_LIMIT,
                             "the separator takes too long on this line") ||
                   cutter_fault_at(c, at, err);
        comment = c->o->comment && begin > at
                      ? memchr(c->data + at, c->o->comment, begin - at)
                      : NULL;
        if (comment)
            end = begin = (size_t)((const uint8_t *)comment - c->data);
        c->field_start = at;
        c->at = begin;
        if (!cutter_keep_field(c, cell_str_n((const char *)c->data + at, begin - at),
                               err))
            return false;
        if (*n == c->expected + 1)
            c->surplus = at;
        if (c->rejected || begin == end)
            break;
        at = next;
    }
    c->at = stop;
    return true;
}
