/*
 * fixture_index.h: which FrankenPandas fixtures a project has, by packet.
 *
 * Built once for a root: the fixtures of all packets lie in one folder, and only
 * what is inside a file says which packet it belongs to.
 */
#ifndef GATE_LAYOUTS_FIXTURE_INDEX_H
#define GATE_LAYOUTS_FIXTURE_INDEX_H

#include "common/arena.h"
#include "common/diagnostic.h"
#include "evidence/evidence.h"

struct indexed_fixture {
    const char *packet_id, *case_id; /* arena */
    const char *operation;           /* arena; "" when the file names none */
    enum mode mode;
    bool seen; /* written only by the thread that judges its packet */
};

struct fixture_index {
    struct indexed_fixture *items; /* owned; by packet, case, mode */
    size_t count, capacity;
    struct arena arena;
};

/* Files that are no fixture are left out; no folder gives an empty index. */
void fixture_index_build(struct fixture_index *index, const struct evidence_root *root);
void fixture_index_clear(struct fixture_index *index);

struct indexed_fixture *fixture_index_find(struct fixture_index *index,
                                           const char *packet_id, const char *case_id,
                                           enum mode mode);
/* The packet's items are first .. end-1. */
void fixture_index_packet(const struct fixture_index *index, const char *packet_id,
                          size_t *first, size_t *end);

#endif
