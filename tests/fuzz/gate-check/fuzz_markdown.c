/* fuzz_markdown.c: the tables and the commands of a document. */
#include "evidence/markdown_table.h"
#include "gates/document.h"

#include <stdint.h>
#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static const char *const columns[] = {"Claim", "Status"};
    struct markdown_table t;
    struct document d;
    bool ragged, found;

    for (found = markdown_table_find(&t, (const char *)data, size, columns, 2); found;
         found = markdown_table_again(&t, columns))
        while (markdown_table_next(&t, &ragged))
            ;
    markdown_table_close(&t);
    document_read(&d, (const char *)data, size);
    document_clear(&d);
    return 0;
}
