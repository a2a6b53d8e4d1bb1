/*
 * trace.c: writing a trace.
 */
#include "engine/trace/trace.h"

#include "common/digest.h"
#include "common/json_out.h"
#include "common/mem.h"

#include <stdlib.h>
#include <string.h>

bool
trace_open(struct trace *t, const char *path, struct error *err)
{
    struct json_out j;

    memset(t, 0, sizeof(*t));
    if (!out_open(&t->out, path, err))
        return false;
    t->open = true;
    json_start(&j, t->out.stream, JSON_LINE);
    json_object(&j, NULL);
    json_string(&j, "schema", "ft-grad-trace/1");
    json_end(&j);
    return true;
}

void
trace_step(struct trace *t)
{
    t->steps++;
}

static void
write_content(struct json_out *j, const void *data, size_t size)
{
    char digest[DIGEST_HEX_SIZE], *hex;

    digest_hex(DIGEST_XXH3_64, data, size, digest);
    json_string(j, "xxh3", digest);
    if (size > TRACE_DATA_MAX)
        return;
    hex = xcalloc(2 * size + 1, 1);
    hex_encode(data, size, hex);
    json_string(j, "data", hex);
    free(hex);
}

void
trace_tensor(struct trace *t, const char *pass, const char *node, size_t output,
             struct tensor *tensor)
{
    struct tensor *flat = tensor ? tensor_contiguous(&t->scratch, tensor) : NULL;
    struct json_out j;

    json_start(&j, t->out.stream, JSON_LINE);
    json_object(&j, NULL);
    json_u64(&j, "step", t->steps > 0 ? t->steps - 1 : 0);
    json_string(&j, "pass", pass);
    json_string(&j, "node", node);
    json_u64(&j, "output", output);
    if (flat) {
        json_string(&j, "dtype", tensor_type_name(flat->type));
        json_array(&j, "shape");
        for (int d = 0; d < flat->dims; d++)
            json_i64(&j, NULL, flat->size[d]);
        json_end(&j);
        write_content(&j, tensor_data(flat),
                      (size_t)tensor_count(flat) * tensor_type_size(flat->type));
    } else {
        json_null(&j, "dtype");
    }
    json_end(&j);
    heap_reset(&t->scratch);
}

bool
trace_commit(struct trace *t, struct error *err)
{
    t->open = false;
    return out_commit(&t->out, err);
}

void
trace_discard(struct trace *t)
{
    out_discard(&t->out);
    heap_clear(&t->scratch);
}
