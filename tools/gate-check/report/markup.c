#include "report/markup.h"

#include <stdbool.h>
#include <string.h>

/* U+FFFE and U+FFFF, which XML 1.0 has no way to write. */
static bool
is_noncharacter(const char *text)
{
    return strncmp(text, "\xef\xbf\xbe", 3) == 0 || strncmp(text, "\xef\xbf\xbf", 3) == 0;
}

void
markup_text(FILE *out, const char *text)
{
    for (; *text; text++) {
        unsigned char c = (unsigned char)*text;

        if (is_noncharacter(text)) {
            (void)fputc('?', out);
            text += 2;
            continue;
        }
        switch (c) {
        case '<': (void)fputs("&lt;", out); break;
        case '>': (void)fputs("&gt;", out); break;
        case '&': (void)fputs("&amp;", out); break;
        case '"': (void)fputs("&quot;", out); break;
        case '\'': (void)fputs("&#39;", out); break;
        default: (void)fputc(c < 0x20 && !strchr("\t\n\r", c) ? '?' : c, out); break;
        }
    }
}
