/*
 * state.h: the file that one program hands to the next: a plan and sections of data.
 *
 * docs/FORMATS.md has the layout.  Every section is checked by a digest before it is
 * used; a file that ends early, or goes on, is refused.
 */
#ifndef FPG_SHARDS_STATE_H
#define FPG_SHARDS_STATE_H

#include "common/file.h"
#include "shards/plan.h"

enum state_section {
    STATE_PLAN = 1,
    STATE_HELD = 2, /* numbers of the shards, or parts, that the sections are of */
    STATE_DATA = 3, /* JSON of PLAN_TYPES, else an Arrow stream */
    STATE_END = 4,
};

/* Writing: the plan, then sections, then the end. */
struct state_writer {
    FILE *out; /* borrowed; its error flag is checked at the end */
    uint64_t sections;
};

void state_write_begin(struct state_writer *w, FILE *out, const struct plan *plan,
                       const uint32_t *held, size_t n_held);
void state_write_section(struct state_writer *w, enum state_section type, uint32_t part,
                         const void *data, size_t size);
MUST_CHECK bool state_write_end(struct state_writer *w, struct error *err);

struct state_data {
    uint32_t part;
    const uint8_t *data; /* in the input */
    size_t size;
    uint64_t digest;
};

struct state {
    struct input in; /* owned, unless read from memory */
    const char *path;
    struct plan plan;
    const uint8_t *plan_text;
    size_t plan_size;
    uint32_t *held; /* ascending */
    size_t n_held;
    struct state_data *sections; /* arena; in the order of the file */
    size_t n_sections;
    struct arena arena;
};

MUST_CHECK bool state_open(struct state *s, const char *path, struct error *err);
MUST_CHECK bool state_read(struct state *s, const uint8_t *data, size_t size,
                           struct error *err);
void state_close(struct state *s);

/* Does the section's data have its digest?  To be asked before it is used. */
MUST_CHECK bool state_check(const struct state *s, size_t section, struct error *err);

#endif
