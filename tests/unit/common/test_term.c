#include "common/term.h"
#include "test.h"

#include <locale.h>
#include <stdlib.h>
#include <string.h>

int
main(void)
{
    char *text = NULL, size_text[TERM_SIZE_TEXT];
    size_t size = 0;
    FILE *stream = open_memstream(&text, &size);
    struct term_table *t = term_table_new();

    (void)setlocale(LC_CTYPE, "C.UTF-8");
    CHECK(term_width("abc") == 3);
    CHECK(term_width("\xc3\xa9") == 1);     /* e acute */
    CHECK(term_width("\xe6\x97\xa5") == 2); /* a wide character */
    CHECK(term_width("\xff\xfe") == 2);     /* not UTF-8 */

    term_column(t, "name", TERM_LEFT);
    term_column(t, "n", TERM_RIGHT);
    term_cell(t, "a\nb");
    term_cell_style(t, TERM_BAD, "%d", 12345);
    term_cell(t, "long name");
    term_cell(t, "7");
    term_table_print(t, stream);
    (void)fclose(stream);
    CHECK(strcmp(text, "name           n\n"
                       "a?b        12345\n"
                       "long name      7\n") == 0);
    free(text);

    term_size(1023, size_text);
    CHECK(strcmp(size_text, "1023 B") == 0);
    term_size(UINT64_C(3) << 29, size_text);
    CHECK(strcmp(size_text, "1.5 GiB") == 0);
    return test_failures != 0;
}
