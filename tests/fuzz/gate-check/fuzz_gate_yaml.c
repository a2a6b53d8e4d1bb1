/* fuzz_gate_yaml.c: a gate of FrankenPandas' layout, read strictly and as upstream does.
 */
#include "common/yaml_in.h"
#include "layouts/frankenpandas_gate.h"

#include <stdint.h>
#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct json_doc *doc;
    struct error err = {0};

    if (!yaml_parse(&doc, (const char *)data, size, NULL, &err))
        return 0;
    for (int strict = 0; strict < 2; strict++) {
        struct judgement j;
        struct fp_gate gate;
        struct evidence e = {.judgement = &j, .file = "gate", .doc = doc};

        judgement_init(&j, "fuzz");
        /* What is not read must have been spoken against. */
        if (!fp_gate_read(&e, strict, &gate) && !j.reasons)
            abort();
        judgement_clear(&j);
    }
    json_free(doc);
    return 0;
}
