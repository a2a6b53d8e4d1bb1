/*
 * fixture.h: a file of cases, in any schema the tools know, as a list of checks.
 *
 * A check is one case in one mode.  Recognised: lockstep-cases/1, fp-groupby-oracle/2,
 * ft-dispatch-cases/1, ft-grad-cases/1 (both torch versions), FrankenTorch's case
 * files and FrankenPandas' one-case packets.  Anything else is refused.
 */
#ifndef GATE_COMPARE_FIXTURE_H
#define GATE_COMPARE_FIXTURE_H

#include "common/arena.h"
#include "common/diagnostic.h"
#include "common/digest.h"
#include "compare/value.h"

/* A part of the value that is pinned. */
struct expect_member {
    const char *name;        /* key in the value; NULL: the whole value */
    const struct json *node; /* what it must equal */
    const char *project;     /* not NULL: `node` is an array, take this member of each */
};

struct check {
    const char *packet_id; /* borrowed; NULL when the file names none */
    const char *case_id;   /* borrowed */
    const char *operation; /* borrowed; may be "" */
    enum mode mode;
    bool overridden; /* by the case itself, for this mode: a live oracle does not rule */
    bool wants_error;
    const char *error_class;       /* wants_error: the class; NULL: any */
    const char *error_contains;    /* wants_error: text the message holds; NULL: any */
    struct expect_member *members; /* arena; the value, unless wants_error */
    size_t member_count;
    bool open;                       /* the value may hold more than the members */
    const struct json *alternatives; /* array: the same of other instruction sets */
    const struct json *diagnostics;  /* array of codes in order, or NULL: none */
    bool checks_diagnostics;
    struct compare_rule rule;
};

struct fixture {
    const char *path; /* borrowed, as given */
    char blake2b[DIGEST_HEX_SIZE];
    size_t size;          /* octets */
    struct json_doc *doc; /* owned */
    const char *schema;   /* its name, or ours for a file that names none */
    const char *original; /* "pandas", "torch" or "" */
    const char *version;  /* of the original, or "" */
    bool modeless;        /* the schema has no modes: each case is listed in both */
    struct check *checks; /* owned */
    size_t count, capacity;
    size_t case_count;
    struct arena arena;
};

MUST_CHECK bool fixture_open(struct fixture *f, const char *path, struct error *err);
void fixture_close(struct fixture *f);

/* One more check at the end, zeroed; for the schema readers. */
struct check *fixture_add(struct fixture *f);

/* The check pins the member `name` of the value (NULL: all of it). */
void check_expect(struct fixture *f, struct check *c, const char *name,
                  const struct json *node, const char *project);

#endif
