/*
 * bundle.h: FrankenPandas' *.raptorq.json bundles: RFC 6330 packets in hex, with a
 * SHA-256 each and one of the whole source.
 */
#ifndef RQ_BUNDLE_H
#define RQ_BUNDLE_H

#include "codec/params.h"

#include <stddef.h>

struct bundle_report {
    char artifact_id[256];
    struct rq_oti oti;
    uint64_t packets;
    uint64_t damaged;   /* packets whose digest or id is wrong; they count as lost */
    uint64_t dropped;   /* source packets left out on request */
    uint8_t *recovered; /* owned; oti.F octets whose SHA-256 is source_hash */
};

/*
 * A bundle is read whole: ERR_LIMIT when it takes more than `memory`.
 * ERR_UNSUPPORTED for FrankenTorch's sidecars, which describe symbols and hold none;
 * ERR_MISMATCH when the packets do not suffice or give another source.
 */
MUST_CHECK bool bundle_recover(struct bundle_report *out, const char *path,
                               bool drop_source, uint64_t memory, struct error *err);

#endif
