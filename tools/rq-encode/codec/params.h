/*
 * params.h: the sizes that follow from K (RFC 6330, section 5.3.3.3), and how an
 * object is cut into blocks and symbols (sections 4.3 and 4.4.1.2).
 */
#ifndef RQ_PARAMS_H
#define RQ_PARAMS_H

#include "common/error.h"

#include <stddef.h>
#include <stdint.h>

enum { RQ_K_MAX = 56403, RQ_ESI_MAX = (1 << 24) - 1, RQ_OTI_SIZE = 12 };

#define RQ_F_MAX UINT64_C(946270874880) /* octets of one object */

/* One block.  Names are the RFC's. */
struct rq_params {
    uint32_t K;       /* source symbols */
    uint32_t K_prime; /* with padding: the next K' of table 2 */
    uint32_t J;       /* systematic index */
    uint32_t S, H;    /* LDPC and HDPC symbols */
    uint32_t W;       /* LT symbols among the intermediate ones */
    uint32_t L;       /* intermediate symbols: K' + S + H */
    uint32_t P, P1;   /* permanently inactive symbols: L - W; the next prime */
    uint32_t B;       /* LT symbols that are not LDPC symbols: W - S */
};

/* K in 1..RQ_K_MAX, else ERR_LIMIT. */
MUST_CHECK bool rq_params_init(struct rq_params *p, uint64_t K, struct error *err);

/* Object transmission information. */
struct rq_oti {
    uint64_t F;  /* octets of the object */
    uint32_t T;  /* octets of a symbol */
    uint32_t Z;  /* source blocks */
    uint32_t N;  /* sub-blocks of each block */
    uint32_t Al; /* symbol alignment */
};

/* What section 4.3 derives T, Z and N from. */
struct rq_derive {
    uint64_t F;
    uint64_t packet;   /* P', octets of a packet's payload */
    uint64_t memory;   /* WS, octets a decoder may keep */
    uint64_t Al;       /* symbol alignment */
    uint64_t sub_size; /* SS, least sub-symbol size in units of Al */
};

/* Z may come out above 256, which rq_oti_check() then refuses. */
MUST_CHECK bool rq_oti_derive(struct rq_oti *oti, const struct rq_derive *in,
                              struct error *err);

/* Every rule of the RFC: Al divides T, Z <= Kt, N <= T / Al, K <= RQ_K_MAX, ... */
MUST_CHECK bool rq_oti_check(const struct rq_oti *oti, struct error *err);

void rq_oti_pack(const struct rq_oti *oti, uint8_t out[static RQ_OTI_SIZE]);
/* Reads and checks. */
MUST_CHECK bool rq_oti_unpack(struct rq_oti *oti, const uint8_t in[static RQ_OTI_SIZE],
                              struct error *err);

/* Partition[I, J]: JL parts of IL and JS parts of IS. */
struct rq_partition {
    uint64_t IL, IS, JL, JS;
};
struct rq_partition rq_partition(uint64_t I, uint64_t J);

#endif
