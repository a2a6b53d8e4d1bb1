/*
 * set.h: many files under one sidecar: gathered into one octet string, and written back.
 */
#ifndef RQ_SET_H
#define RQ_SET_H

#include "file_list.h"
#include "files/tree.h"
#include "protect.h"
#include "recover.h"

enum set_state {
    SET_INTACT,
    SET_DAMAGED,
    SET_MISSING,
    SET_RENAMED /* its contents are under another name */
};

struct set_member {
    enum set_state state;
    char *found; /* owned; where a renamed one is */
};

struct set {
    char *folder; /* owned; what paths are relative to */
    struct file_list list;
    struct set_member *member; /* owned; one a listed file */
    struct tree extra;         /* owned; files beside those listed */
    struct scratch contents; /* owned; the files in order, then what they have too much */
};

const char *set_state_name(enum set_state state);

/* The files below the paths, which must lie in the folder of `name`. */
MUST_CHECK bool set_collect(struct set *s, const char *name, char *const *paths,
                            size_t count, uint64_t memory, struct error *err);

/* The files that a sidecar lists, as far as they are there. */
MUST_CHECK bool set_gather(struct set *s, const char *name, struct file_list *list,
                           uint64_t memory, struct error *err);

/* Those members that are not intact, as they were; each digest is checked. */
MUST_CHECK bool set_write(const struct set *s, const struct recovery *r,
                          bool keep_damaged, struct error *err);
void set_clear(struct set *s);

/* NAME.rq and NAME.raptorq.json of the files below `paths`. */
MUST_CHECK bool protect_set(const char *name, char *const *paths, size_t count,
                            const struct protect_options *options,
                            struct protect_report *report, struct error *err);

#endif
