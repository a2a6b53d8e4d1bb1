/* safetensors_file.c: see safetensors_file.h. */
#include "container/safetensors_file.h"

#include "archive/paging.h"
#include "common/bytes.h"
#include "fault.h"

#include <string.h>

/* A bool is 0 or 1; other octets load as different values in different libraries. */
static void
add_tensor(struct checkpoint *c, const struct safetensors_tensor *from)
{
    const struct path *path =
        path_text(c, NULL, arena_strndup(&c->arena, from->name, strlen(from->name)),
                  strlen(from->name));
    struct tensor *t = checkpoint_add_tensor(c, path);
    struct storage *s = checkpoint_add_storage(c);
    uint64_t *shape = arena_alloc(&c->arena, (from->rank + 1) * sizeof *shape);

    if (from->rank > 0)
        memcpy(shape, from->shape, from->rank * sizeof *shape);
    *s = (struct storage){.dtype = from->dtype,
                          .numel = from->numel,
                          .nbytes = from->end - from->begin,
                          .users = 1};
    s->blob = (struct blob){
        .data = from->data, .size = from->end - from->begin, .mapped = c->mapped};
    t->dtype = from->dtype;
    t->dtype_text = dtype_safetensors(from->dtype);
    t->element_size = (uint32_t)dtype_size(from->dtype);
    t->rank = from->rank;
    t->shape = shape;
    t->numel = from->numel;
    t->nbytes = from->end - from->begin;
    t->begin = from->begin;
    t->end = from->end;
    t->storage = s;
}

bool
safetensors_file_load(struct checkpoint *c, const struct open_options *options,
                      struct error *err)
{
    struct safetensors *s = arena_alloc(&c->arena, sizeof *s);

    c->format = FORMAT_SAFETENSORS;
    c->safetensors = s;
    if (c->mapped && c->size > 8 && get_le64(c->data) < c->size - 8)
        paging_whole(c->data, 8 + get_le64(c->data));
    if (!safetensors_read(s, c->data, (size_t)c->size, options->diagnostics, err))
        return false;
    c->header_size = s->header_size;
    for (size_t i = 0; i < s->count; i++)
        add_tensor(c, &s->tensors[i]);
    return true;
}
