/*
 * Any set of received ESIs: decodable exactly when the dense reference has full rank,
 * and then to the right octets.  Octet 0: K; octet 1: T; then 3 octets an ESI.
 */
#include "codec/plan.h"
#include "rq-encode/reference.h"

enum { K_LIMIT = 24, T_LIMIT = 70, ESIS_MAX = 40 };

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* Repair symbols of the source by the reference's intermediate symbols. */
static void
check(const struct rq_params *p, const uint32_t *esi, size_t n, size_t T)
{
    uint8_t source[K_LIMIT * T_LIMIT], symbols[ESIS_MAX * T_LIMIT],
        out[K_LIMIT * T_LIMIT];
    uint8_t *C = malloc(p->L * T), *D = malloc(p->L * T), *into[K_LIMIT];
    const uint8_t *row[ESIS_MAX], *sources[K_LIMIT];
    uint32_t all[K_LIMIT], wanted[K_LIMIT];
    struct rq_workspace workspace = {0};
    struct rq_plan *plan = NULL;
    struct error err = {0};
    struct gf256 gf;
    bool expected;

    gf256_init(&gf, NULL);
    for (size_t i = 0; i < sizeof source; i++)
        source[i] = (uint8_t)(i * 131 + 7);
    for (uint32_t k = 0; k < p->K; k++) {
        all[k] = wanted[k] = k;
        sources[k] = source + k * T;
        into[k] = out + k * T;
    }
    if (!reference_solve(p, all, p->K, sources, T, C))
        abort();
    for (size_t i = 0; i < n; i++) {
        reference_symbol(p, C, esi[i], T, symbols + i * T);
        row[i] = symbols + i * T;
    }
    expected = reference_solve(p, esi, n, row, T, D);
    if (rq_plan_new(&plan, &gf, p, (struct rq_esis){esi, n},
                    (struct rq_esis){wanted, p->K}, &err) != expected)
        abort();
    if (plan) {
        rq_plan_run(plan, &workspace, row, into, T);
        if (memcmp(out, source, p->K * T) != 0)
            abort();
    }
    rq_workspace_clear(&workspace);
    rq_plan_free(plan);
    free(C);
    free(D);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    uint32_t esi[ESIS_MAX];
    struct rq_params p;
    struct error err = {0};
    size_t n = 0;

    if (size < 2 || !rq_params_init(&p, 1 + data[0] % K_LIMIT, &err))
        return 0;
    for (size_t at = 2; at + 3 <= size && n < ESIS_MAX; at += 3) {
        uint32_t e =
            data[at] | (uint32_t)data[at + 1] << 8 | (uint32_t)data[at + 2] << 16;
        bool known = false;

        /* Mostly small ones, where source and repair symbols meet. */
        e = data[at + 2] & 1 ? e : e % (2 * p.K + 8);
        for (size_t i = 0; i < n; i++)
            known = known || esi[i] == e;
        if (!known)
            esi[n++] = e;
    }
    check(&p, esi, n, 1 + data[1] % T_LIMIT);
    return 0;
}
