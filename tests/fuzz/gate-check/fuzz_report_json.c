/* fuzz_report_json.c: a report of FrankenPandas' layout. */
#include "layouts/frankenpandas_gate.h"

#include <stdint.h>
#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct json_doc *doc;
    struct error err = {0};
    struct judgement j;
    struct fp_report report;

    if (!json_parse(&doc, (const char *)data, size, NULL, &err))
        return 0;
    judgement_init(&j, "fuzz");
    if (!fp_report_read(&(struct evidence){.judgement = &j, .file = "report", .doc = doc},
                        true, &report) &&
        !j.reasons)
        abort();
    judgement_clear(&j);
    json_free(doc);
    return 0;
}
