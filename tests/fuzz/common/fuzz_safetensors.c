/* safetensors: tensors that are handed out lie in the file and tile its data. */
#include "common/safetensors.h"

#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void
check(bool holds)
{
    if (!holds)
        __builtin_trap();
}

static void
check_file(const struct safetensors *s, const uint8_t *file, size_t size)
{
    uint64_t at = 0;

    check(8 + s->header_size + s->data_size == size);
    for (size_t i = 0; i < s->count; i++) {
        const struct safetensors_tensor *t = &s->tensors[i];

        check(t->begin == at && t->end >= at && t->end <= s->data_size);
        check(t->data == file + 8 + s->header_size + at);
        at = t->end;
    }
    check(at == s->data_size);
}

/* Written again it is read as the same tensors. */
static void
check_again(struct safetensors *s)
{
    struct safetensors again;
    struct buf out = {0};
    struct error err = {0};

    check(safetensors_layout(s->tensors, s->count, &err));
    check(safetensors_header(&out, s->tensors, s->count, s->metadata, s->metadata_count,
                             &err));
    for (size_t i = 0; i < s->count; i++)
        buf_put(&out, s->tensors[i].data, s->tensors[i].end - s->tensors[i].begin);
    check(safetensors_read(&again, out.data, out.size, NULL, &err));
    check(again.count == s->count && again.metadata_count == s->metadata_count);
    for (size_t i = 0; i < s->count; i++)
        check(strcmp(again.tensors[i].name, s->tensors[i].name) == 0 ||
              s->tensors[i].begin == s->tensors[i].end);
    safetensors_clear(&again);
    buf_clear(&out);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct diagnostics hardened;
    struct safetensors s;
    struct error err = {0};

    if (safetensors_read(&s, data, size, NULL, &err)) {
        check_file(&s, data, size);
        check_again(&s);
        safetensors_clear(&s);
    } else {
        check(err.class != ERR_NONE && err.subclass[0] != '\0');
    }
    diagnostics_init(&hardened, MODE_HARDENED, 4);
    if (safetensors_read(&s, data, size, &hardened, &err)) {
        check_file(&s, data, size);
        safetensors_clear(&s);
    }
    diagnostics_clear(&hardened);
    return 0;
}
