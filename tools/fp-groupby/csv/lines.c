/* lines.c: where lines end, and which are no rows. */
#include "csv/tokenize_impl.h"

void
cutter_pass_line_end(struct cutter *c)
{
    bool cr;
    bool lf;

    if (c->at >= c->size)
        return;
    cr = c->data[c->at] == '\r';
    lf = !cr || (c->at + 1 < c->size && c->data[c->at + 1] == '\n');
    c->report->ends[!cr ? 0 : lf ? 1 : 2]++;
    c->at += cr && lf ? 2 : 1;
    c->line++;
    c->passed++;
}

size_t
cutter_line_end(const struct cutter *c)
{
    size_t end = c->at;

    while (end < c->size && c->data[end] != '\n' && c->data[end] != '\r')
        end++;
    return end;
}

/*
 * The end of a line that is no row.  Behind a lone CR pandas' tokenizer waits for LF, and
 * takes a delimiter for one.
 */
static void
pass_skipped_end(struct cutter *c)
{
    bool cr = c->at < c->size && c->data[c->at] == '\r';

    cutter_pass_line_end(c);
    if (cr && c->data[c->at - 1] == '\r' && c->at < c->size && c->delimiter_size == 1 &&
        c->data[c->at] == (uint8_t)c->o->delimiter[0])
        c->at++;
}

/* Rows of nothing, blanks or a comment vanish. */
bool
cutter_skip_blank_line(struct cutter *c)
{
    size_t at = c->at;

    if (c->o->pattern) {
        size_t end = cutter_line_end(c);

        separator_strip(c->data, &at, &end);
        if (at < end && c->data[at] != (uint8_t)c->o->comment)
            return false;
        if (at == end && c->o->keep_blank_lines)
            return false;
        c->at = cutter_line_end(c);
        cutter_pass_line_end(c);
        return true;
    }
    while (at < c->size && cutter_is_blank(c->data[at]) &&
           (c->blanks || c->data[at] != (uint8_t)c->o->delimiter[0]))
        at++;
    if (at < c->size && c->o->comment && c->data[at] == (uint8_t)c->o->comment) {
        while (at < c->size && c->data[at] != '\n' && c->data[at] != '\r')
            at++;
    } else if (c->o->keep_blank_lines ||
               (at < c->size && c->data[at] != '\n' && c->data[at] != '\r'))
        return false;
    c->at = at;
    pass_skipped_end(c);
    return true;
}

/* A line of skiprows; a line feed in a quoted field does not end it. */
bool
cutter_skip_line(struct cutter *c)
{
    bool skip = c->passed < c->o->skip_first;
    bool quoted = false;
    bool closed = false; /* by the octet before; another quote opens it again */
    bool begins = true;  /* a field does here */

    for (size_t i = 0; i < c->o->n_skip_lines; i++)
        skip |= c->o->skip_lines[i] == c->passed;
    if (!skip)
        return false;
    for (; c->at < c->size && (quoted || !cutter_at_line_end(c)); c->at++) {
        uint8_t octet = c->data[c->at];
        bool quote = c->o->quote && octet == (uint8_t)c->o->quote;

        if (quoted)
            quoted = !quote;
        else
            quoted = quote && (begins || (closed && !c->o->single_quotes_only));
        closed = quote && !quoted;
        begins = octet == (uint8_t)c->o->delimiter[0] && !quoted;
    }
    pass_skipped_end(c);
    return true;
}
