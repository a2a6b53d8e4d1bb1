#include "restore.h"

#include "common/mem.h"
#include "files/names.h"
#include "manifest.h"
#include "recover.h"
#include "rewrite.h"

#include <stdlib.h>
#include <string.h>

/* Everything that is left, and what is lost, block by block. */
static void
pose(struct recovery *r, const struct checkup *c, uint8_t *last)
{
    const struct layout *l = &c->sidecar.head.layout;
    uint64_t symbols = layout_source_symbols(l);

    for (uint32_t e = 0; e < l->K; e++)
        for (uint32_t b = 0; b < l->Z; b++) {
            uint64_t i = (uint64_t)e * l->Z + b;

            if (i >= symbols)
                recovery_receive(r, b, e, NULL);
            else if (c->at[i] == SYMBOL_LOST)
                recovery_lose(r, b, e);
            else if (checkup_symbol_size(c, i) < l->T)
                recovery_receive(
                    r, b, e,
                    memcpy(last, c->source.map + c->at[i], checkup_symbol_size(c, i)));
            else
                recovery_receive(r, b, e, c->source.map + c->at[i]);
        }
    for (uint32_t k = 0; k < l->R; k++)
        for (uint32_t b = 0; b < l->Z; b++) {
            const uint8_t *symbol = c->sidecar.repair[(uint64_t)k * l->Z + b];

            if (symbol)
                recovery_receive(r, b, l->K + k, symbol);
        }
}

/* A set: the whole of it in memory, then each file that needs it. */
static bool
replace_set(const struct checkup *c, const struct recovery *r,
            const struct restore_options *options, struct error *err)
{
    const struct layout *l = &c->sidecar.head.layout;
    uint32_t *taken = xcalloc(l->Z + 1, sizeof *taken);
    struct scratch contents;
    bool ok = scratch_alloc(&contents, l->F, options->memory, err);

    for (uint64_t i = 0; ok && i < layout_source_symbols(l); i++) {
        uint32_t b = (uint32_t)(i % l->Z);
        const uint8_t *from = c->at[i] == SYMBOL_LOST ? recovery_symbol(r, b, taken[b]++)
                                                      : c->source.map + c->at[i];

        memcpy(contents.data + i * l->T, from, checkup_symbol_size(c, i));
    }
    ok = ok && set_write(&c->set, contents.data, err);
    scratch_free(&contents);
    free(taken);
    return ok;
}

static bool
repair_file(struct checkup *c, const char *file, const struct restore_options *options,
            struct restore_report *report, struct error *err)
{
    const struct layout *l = &c->sidecar.head.layout;
    uint8_t *last = xcalloc(l->T, 1);
    struct recovery r;
    bool ok;

    recovery_init(&r, l);
    if (c->source.size > options->memory && !c->source.borrowed)
        r.source = &c->source;
    pose(&r, c, last);
    ok = recovery_run(&r, options->threads, options->memory, err) &&
         (c->sidecar.head.is_set ? replace_set(c, &r, options, err)
                                 : rewrite_file(c, file, &r, options->keep_damaged, err));
    report->file_repaired = ok;
    report->recovered = r.lost;
    report->moved = c->moved;
    recovery_clear(&r);
    free(last);
    return ok || error_in(err, file);
}

/* What is protected, as it is after the repair. */
static bool
open_again(struct source *source, struct set *set, const struct checkup *c,
           const char *file, uint64_t memory, struct error *err)
{
    const struct head *head = &c->sidecar.head;
    struct file_list list;

    *set = (struct set){0};
    if (!head->is_set)
        return source_open(source, file, false, err);
    if (!file_list_unpack(&list, head->file_list, head->file_list_size, head->layout.F,
                          err) ||
        !set_gather(set, file, &list, memory, err))
        return false;
    source_from_memory(source, set->contents.data, set->contents.size);
    return true;
}

/* The file is right now: make the sidecar again and put it where it differs. */
static bool
heal_sidecar(const struct checkup *c, const char *file, const char *sidecar,
             const struct restore_options *options, struct error *err)
{
    const struct protect_options protect = {.memory = options->memory,
                                            .threads = options->threads};
    struct protect_report made = {.head.layout = c->sidecar.head.layout};
    struct source source = {.fd = -1};
    struct set set;
    bool ok;

    made.head.is_set = c->sidecar.head.is_set;
    made.head.file_list = c->sidecar.head.file_list;
    made.head.file_list_size = c->sidecar.head.file_list_size;
    made.head.file_count = c->set.list.count;
    made.head.name = xstrdup(c->sidecar.head.name);
    ok = open_again(&source, &set, c, file, options->memory, err) &&
         sidecar_remake(sidecar, &source, &made, c->sidecar.head.set_id, &protect, err) &&
         manifest_put(file, &made, err);
    source_close(&source);
    set_clear(&set);
    head_clear(&made.head);
    return ok;
}

bool
restore(struct checkup *c, const char *file, const char *sidecar,
        const struct restore_options *options, struct restore_report *report,
        struct error *err)
{
    char *path = sidecar ? xstrdup(sidecar) : sidecar_path(file);
    bool ok = true;

    *report = (struct restore_report){0};
    if (!c->intact)
        ok = repair_file(c, file, options, report, err);
    if (ok && !c->sidecar.whole) {
        ok = heal_sidecar(c, file, path, options, err);
        report->sidecar_healed = ok;
    }
    free(path);
    return ok;
}
