/*
 * blake2b_lanes.h: BLAKE2b-256 (RFC 7693) of equally long pieces, several at a time.
 *
 * One BLAKE2b is a chain and fills a fraction of a core; independent pieces fill the
 * lanes of a vector.  The result is that of hashing each piece alone.
 */
#ifndef RQ_BLAKE2B_LANES_H
#define RQ_BLAKE2B_LANES_H

#include <stddef.h>
#include <stdint.h>

struct blake2b_lanes {
    const char *name;
    size_t lanes;
    /* `lanes` pieces of `size` octets (a multiple of 128, not 0), one after another */
    void (*hash)(const uint8_t *data, size_t size, uint8_t (*out)[32]);
};

/* The widest variant this CPU can run; NULL when there is none. */
const struct blake2b_lanes *blake2b_lanes_select(void);

#endif
