#include "checkup.h"

#include "common/mem.h"
#include "files/mapping.h"
#include "files/names.h"
#include "locate.h"

#include <stdlib.h>
#include <string.h>

struct checking {
    struct checkup *checkup;
    struct source_hasher *hasher;
};

/* Does symbol i, or what there is of it at data, match its digest? */
static bool
matches(const struct checkup *c, uint64_t i, const uint8_t *data)
{
    const struct layout *l = &c->sidecar.head.layout;
    size_t size = checkup_symbol_size(c, i);
    uint8_t padded[UINT16_MAX];
    uint64_t digest;

    if (!sidecar_digest(&c->sidecar, i, &digest))
        return false;
    if (size < l->T) {
        memset(padded, 0, l->T);
        data = memcpy(padded, data, size);
    }
    return symbol_digest(data, l->T) == digest;
}

static void
check_chunk(void *context, uint64_t offset, const uint8_t *data, size_t size)
{
    struct checking *checking = context;
    struct checkup *c = checking->checkup;
    const struct layout *l = &c->sidecar.head.layout;

    source_hasher_update(checking->hasher, data, size);
    mapping_touched(16 * (size / l->T + 1));
    for (uint64_t i = offset / l->T; i < layout_source_symbols(l); i++) {
        uint64_t from = i * l->T - offset;

        if (from >= size || checkup_symbol_size(c, i) > size - from)
            break;
        if (matches(c, i, data + from))
            c->at[i] = i * l->T;
    }
}

static void
count(struct checkup *c)
{
    const struct layout *l = &c->sidecar.head.layout;
    int64_t *margin = xcalloc(l->Z + 1, sizeof *margin);

    c->lost = c->moved = 0;
    for (uint64_t i = 0, b = 0; i < layout_source_symbols(l);
         i++, b = b + 1 < l->Z ? b + 1 : 0) {
        margin[b] -= c->at[i] == SYMBOL_LOST;
        c->lost += c->at[i] == SYMBOL_LOST;
        c->moved += c->at[i] != SYMBOL_LOST && c->at[i] != i * l->T;
        mapping_touched(sizeof *c->at);
    }
    for (uint64_t i = 0; i < layout_repair_symbols(l); i++)
        margin[i % l->Z] += c->sidecar.repair[i] != NULL;
    mapping_touched(layout_repair_symbols(l) * sizeof *c->sidecar.repair);
    c->worst = 0;
    for (uint32_t b = 1; b < l->Z; b++)
        if (margin[b] < margin[c->worst])
            c->worst = b;
    c->margin = margin[c->worst];
    free(margin);
}

/* Is this a set, and is each file of it as it was? */
static bool
set_intact(const struct checkup *c)
{
    for (size_t i = 0; i < c->set.list.count; i++)
        if (c->set.member[i].state != SET_INTACT)
            return false;
    return c->sidecar.head.is_set;
}

static bool
open_set(struct checkup *c, const char *name, uint64_t memory, struct error *err)
{
    const struct head *head = &c->sidecar.head;
    struct file_list list;

    if (!file_list_unpack(&list, head->file_list, head->file_list_size, head->layout.F,
                          err) ||
        !set_gather(&c->set, name, &list, memory, err))
        return false;
    source_from_memory(&c->source, c->set.contents.data, c->set.contents.size);
    return true;
}

/* No symbol has a place yet. */
static bool
places_init(struct checkup *c, uint64_t memory, struct error *err)
{
    uint64_t symbols = layout_source_symbols(&c->sidecar.head.layout);

    if (!scratch_alloc(&c->places, symbols * sizeof *c->at, memory / 16, err))
        return false;
    c->at = (uint64_t *)(void *)c->places.data;
    for (uint64_t i = 0; i < symbols; i++) {
        c->at[i] = SYMBOL_LOST;
        mapping_touched(sizeof *c->at);
    }
    return true;
}

static bool
check(struct checkup *c, uint64_t memory, struct error *err)
{
    const struct head *head = &c->sidecar.head;
    uint64_t symbols = layout_source_symbols(&head->layout);
    struct checking checking = {.checkup = c,
                                .hasher = source_hasher_new(c->source.size)};
    struct source_digest digest;
    bool ok;

    c->source.label = "checking";
    ok = source_scan(&c->source, true, check_chunk, &checking, err);
    if (ok) {
        source_hasher_final(checking.hasher, &digest);
        c->intact = (c->source.fd >= 0 || set_intact(c)) &&
                    c->source.size == head->layout.F && c->source.unreadable == 0 &&
                    source_digest_equal(&digest, &head->digest);
        /* Part of the digest table may be lost; the file's own digest stands for it. */
        for (uint64_t i = 0; c->intact && i < symbols; i++)
            c->at[i] = i * head->layout.T;
        count(c);
        /* Damage in place that the redundancy covers needs no search. */
        if (!c->intact && (c->source.size != head->layout.F ||
                           c->margin < (int64_t)head->layout.spare)) {
            ok = locate_moved(c, memory, err);
            count(c);
        }
    }
    source_hasher_free(checking.hasher);
    return ok;
}

bool
checkup_open(struct checkup *c, const char *file, const struct checkup_options *options,
             struct error *err)
{
    char *path = options->sidecar ? xstrdup(options->sidecar) : sidecar_path(file);
    bool ok;

    *c = (struct checkup){.source.fd = -1};
    ok = sidecar_open(&c->sidecar, path, options->memory, err);
    free(path);
    ok = ok &&
         (c->sidecar.head.is_set ? open_set(c, file, options->memory, err)
                                 : source_open(&c->source, file, true, err)) &&
         places_init(c, options->memory, err) && check(c, options->memory, err);
    if (!ok)
        checkup_close(c);
    return ok;
}

void
checkup_close(struct checkup *c)
{
    source_close(&c->source);
    sidecar_close(&c->sidecar);
    set_clear(&c->set);
    scratch_free(&c->places);
    c->at = NULL;
}
