#include "restore.h"

#include "common/mem.h"
#include "files/mapping.h"
#include "files/names.h"
#include "manifest.h"
#include "recover.h"
#include "rewrite.h"

#include <stdlib.h>

static bool
repair_file(struct checkup *c, const char *file, const struct restore_options *options,
            struct restore_report *report, struct error *err)
{
    struct recovery r = {.layout = c->sidecar.head.layout,
                         .source = &c->source,
                         .at = c->at,
                         .repair = c->sidecar.repair,
                         .memory = options->memory,
                         .threads = options->threads};
    bool ok =
        recovery_run(&r, err) &&
        (c->sidecar.head.is_set ? set_write(&c->set, &r, options->keep_damaged, err)
                                : rewrite_file(c, file, &r, options->keep_damaged, err));

    report->file_repaired = ok;
    report->recovered = r.lost;
    report->moved = c->moved;
    recovery_clear(&r);
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
    mapping_limit(options->memory);
    if (!c->intact)
        ok = repair_file(c, file, options, report, err);
    if (ok && !c->sidecar.whole) {
        ok = heal_sidecar(c, file, path, options, err);
        report->sidecar_healed = ok;
    }
    free(path);
    return ok;
}
