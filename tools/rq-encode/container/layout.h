/*
 * layout.h: how a protected file becomes symbols, and what that can survive.
 *
 * Symbol s of the file belongs to block s mod Z and has ESI s div Z there
 * (docs/FORMATS.md), so a burst spreads evenly over the blocks.  Row e, the symbols
 * with ESI e of all blocks, is Z * T contiguous octets of the file.
 */
#ifndef RQ_LAYOUT_H
#define RQ_LAYOUT_H

#include "codec/params.h"

struct layout {
    uint64_t F;     /* octets protected */
    uint32_t T;     /* octets of a symbol */
    uint32_t K;     /* source symbols a block; 0 for an empty file */
    uint32_t Z;     /* blocks; 0 for an empty file */
    uint32_t R;     /* repair symbols a block, the spare ones included */
    uint32_t spare; /* of R: not part of the redundancy promised */
};

/* What the user asked for: a share of the source, or a number of symbols. */
struct redundancy {
    double percent; /* used when symbols is 0 */
    uint64_t symbols;
};

/* "5%", "120%" or "300"; ERR_USAGE otherwise. */
MUST_CHECK bool redundancy_parse(struct redundancy *out, const char *text,
                                 struct error *err);

MUST_CHECK bool layout_choose(struct layout *out, uint64_t F,
                              const struct redundancy *redundancy, struct error *err);

/* The arithmetic of fields that came from a file; ERR_MALFORMED. */
MUST_CHECK bool layout_check(const struct layout *l, struct error *err);

static inline uint64_t
layout_source_symbols(const struct layout *l)
{
    return l->F / l->T + (l->F % l->T != 0);
}

static inline uint64_t
layout_repair_symbols(const struct layout *l)
{
    return (uint64_t)l->Z * l->R;
}

static inline uint64_t
layout_symbols(const struct layout *l)
{
    return layout_source_symbols(l) + layout_repair_symbols(l);
}

/* Octets of a row. */
static inline uint64_t
layout_row(const struct layout *l)
{
    return (uint64_t)l->Z * l->T;
}

/* The RFC's own parameters; false when F or Z does not fit them. */
bool layout_oti(const struct layout *l, uint8_t out[static RQ_OTI_SIZE]);

#endif
