/* markup.h: text inside HTML and XML. */
#ifndef GATE_REPORT_MARKUP_H
#define GATE_REPORT_MARKUP_H

#include <stdio.h>

/* Escaped for element content and quoted attributes; what XML 1.0 has no place for is
 * '?'. */
void markup_text(FILE *out, const char *text);

#endif
