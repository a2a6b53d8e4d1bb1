/* reader.h: text that is read from left to right. */
#ifndef FPG_TABLE_READER_H
#define FPG_TABLE_READER_H

#include <stdbool.h>

struct reader {
    const char *at, *end;
};

/* Is the next character c?  Then it is behind us. */
static inline bool
reader_pass(struct reader *r, char c)
{
    if (r->at == r->end || *r->at != c)
        return false;
    r->at++;
    return true;
}

#endif
