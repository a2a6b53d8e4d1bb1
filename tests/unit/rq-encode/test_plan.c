/*
 * The codec against the dense reference for small blocks, every SIMD variant
 * against scalar, and digests of large blocks that were checked against published
 * implementations.
 */
#include "codec/plan.h"
#include "codec/residual.h"
#include "codec/tables.h"
#include "common/digest.h"
#include "rq-encode/reference.h"
#include "test.h"

#include <string.h>

static uint64_t seed = 1;
static struct rq_workspace workspace;

static uint32_t
below(uint32_t n)
{
    seed = seed * UINT64_C(6364136223846793005) + UINT64_C(1442695040888963407);
    return (uint32_t)(seed >> 33) % n;
}

/* Octet i of every test source. */
static void
fill(uint8_t *data, size_t n)
{
    for (size_t i = 0; i < n; i++)
        data[i] = (uint8_t)(i * 131 + (i >> 8) * 17 + 7);
}

static const uint8_t **
rows_of(const uint8_t *data, size_t n, size_t T)
{
    const uint8_t **row = calloc(n + 1, sizeof *row);

    for (size_t i = 0; i < n; i++)
        row[i] = data + i * T;
    return row;
}

/* Repair symbols of a block by a plan, into `out`. */
static bool
encode(const struct gf256 *gf, const struct rq_params *p, const uint8_t *source, size_t T,
       const uint32_t *esi, size_t n, uint8_t *out)
{
    uint32_t *sources = calloc(p->K, sizeof *sources);
    const uint8_t **row = rows_of(source, p->K, T);
    uint8_t **wanted = calloc(n, sizeof *wanted);
    struct rq_plan *plan;
    struct error err = {0};
    bool ok;

    for (uint32_t i = 0; i < p->K; i++)
        sources[i] = i;
    for (size_t i = 0; i < n; i++)
        wanted[i] = out + i * T;
    ok = rq_plan_new(&plan, gf, p, (struct rq_esis){sources, p->K},
                     (struct rq_esis){esi, n}, &err);
    if (ok)
        rq_plan_run(plan, &workspace, row, wanted, T);
    rq_plan_free(plan);
    free(sources);
    free(row);
    free(wanted);
    return ok;
}

static void
test_encode(const struct gf256 *gf, uint32_t K, size_t T)
{
    static const uint32_t far[] = {101, 65535, 65536, 1 << 20, RQ_ESI_MAX};
    enum { N = 24 };
    uint32_t esi[N];
    struct rq_params p;
    struct error err = {0};
    uint8_t *source = malloc(K * T), *got = malloc(N * T), *expected = malloc(T), *C;
    const uint8_t **row;

    CHECK(rq_params_init(&p, K, &err));
    C = malloc(p.L * T);
    fill(source, K * T);
    row = rows_of(source, K, T);
    for (uint32_t i = 0; i < N; i++)
        esi[i] = i < 5 ? far[i] : K + i - 7; /* the last source symbols too */
    for (uint32_t i = 0; i < N; i++)
        if (esi[i] > RQ_ESI_MAX)
            esi[i] = i;
    uint32_t *sources = calloc(K, sizeof *sources);

    for (uint32_t i = 0; i < K; i++)
        sources[i] = i;
    CHECK(reference_solve(&p, sources, K, row, T, C));
    CHECK(encode(gf, &p, source, T, esi, N, got));
    for (uint32_t i = 0; i < N; i++) {
        reference_symbol(&p, C, esi[i], T, expected);
        CHECK(memcmp(got + i * T, expected, T) == 0);
    }
    free(sources);
    free(source);
    free(got);
    free(expected);
    free(C);
    free(row);
}

/* Random losses: decodable exactly when the reference has full rank, and then right. */
static void
test_decode(const struct gf256 *gf, uint32_t K, unsigned overhead)
{
    enum { T = 24 };
    uint32_t n = K + overhead, lost = 0;
    uint32_t *esi = calloc(n, sizeof *esi), *wanted = calloc(K, sizeof *wanted);
    uint8_t *source = malloc(K * T), *symbols = malloc(n * T), *out = malloc(K * T), *C;
    uint8_t **into = calloc(K, sizeof *into);
    bool *here = calloc(K, sizeof *here);
    const uint8_t **row = rows_of(symbols, n, T);
    struct rq_plan *plan = NULL;
    struct rq_params p;
    struct error err = {0};
    bool decodable, expected;
    uint32_t count = 0;

    CHECK(rq_params_init(&p, K, &err));
    C = malloc(p.L * T);
    fill(source, K * T);
    for (uint32_t i = 0; i < K && count < n; i++)
        if (below(3) > 0)
            here[esi[count++] = i] = true;
    for (uint32_t e = K; count < n; e += 1 + below(3))
        esi[count++] = e;
    for (uint32_t i = 0; i < K; i++)
        if (!here[i])
            wanted[lost++] = i;
    CHECK(encode(gf, &p, source, T, esi, n, symbols));
    for (uint32_t i = 0; i < lost; i++)
        into[i] = out + i * T;
    expected = reference_solve(&p, esi, n, row, T, C);
    decodable = rq_plan_new(&plan, gf, &p, (struct rq_esis){esi, n},
                            (struct rq_esis){wanted, lost}, &err);
    CHECK(decodable == expected);
    if (decodable)
        rq_plan_run(plan, &workspace, row, into, T);
    for (uint32_t i = 0; decodable && i < lost; i++)
        CHECK(memcmp(into[i], source + wanted[i] * T, T) == 0);
    rq_plan_free(plan);
    free(esi);
    free(wanted);
    free(source);
    free(symbols);
    free(out);
    free(C);
    free(into);
    free(here);
    free(row);
}

/*
 * A few wanted symbols come from dense sums, many from a second pass: they agree.  Some
 * K leave a multiple of 64 unknowns, where no padding hides a mistake.
 */
static void
test_both_ways(const struct gf256 *gf, uint32_t K)
{
    enum { T = 8, FEW = 50 };
    uint32_t n = 2 * K;
    uint32_t *esi = calloc(n, sizeof *esi);
    uint8_t *source = malloc((size_t)K * T), *few = malloc(FEW * T),
            *many = malloc(n * T);
    struct rq_params p;
    struct error err = {0};

    CHECK(rq_params_init(&p, K, &err));
    fill(source, (size_t)K * T);
    for (uint32_t i = 0; i < n; i++)
        esi[i] = K + i;
    CHECK(encode(gf, &p, source, T, esi, FEW, few));
    CHECK(encode(gf, &p, source, T, esi, n, many));
    CHECK(memcmp(few, many, FEW * T) == 0);
    free(esi);
    free(source);
    free(few);
    free(many);
}

/* Received: source symbols but for a random share of them, then repair symbols. */
static uint32_t
lose(uint32_t K, uint32_t n, uint32_t *esi, uint32_t *wanted)
{
    uint32_t share = 1 + below(100), lost = 0, got = 0;

    for (uint32_t k = 0; k < K; k++) {
        if (below(100) < share)
            wanted[lost++] = k;
        else
            esi[got++] = k;
    }
    for (uint32_t e = K; got < n; e += 1 + below(5))
        esi[got++] = e;
    return lost;
}

/* The same by the encode plan; false when the repair symbols do not suffice. */
static bool
by_residual(const struct gf256 *gf, const struct rq_params *p, struct rq_esis received,
            const uint8_t *const *row, struct rq_esis lost, uint8_t *const *into,
            size_t T)
{
    uint32_t sources = p->K - (uint32_t)lost.count, repairs;
    uint32_t *all = calloc(p->K, sizeof *all), *repair;
    const uint8_t **source = calloc(p->K, sizeof *source);
    struct rq_residual *r = NULL;
    struct rq_plan *plan = NULL;
    struct error err = {0};
    bool ok;

    repairs = (uint32_t)received.count - sources;
    repair = calloc(repairs + 1, sizeof *repair);
    for (uint32_t k = 0; k < p->K; k++)
        all[k] = k;
    for (uint32_t i = 0; i < repairs; i++)
        repair[i] = repairs - 1 - i; /* in any order */
    for (uint32_t i = 0; i < sources; i++)
        source[received.esi[i]] = row[i];
    CHECK(rq_plan_new(&plan, gf, p, (struct rq_esis){all, p->K},
                      (struct rq_esis){received.esi + sources, repairs}, &err));
    ok = rq_residual_new(&r, &workspace, plan, lost, repair, repairs, &err);
    if (ok) {
        const uint8_t **reversed = calloc(repairs + 1, sizeof *reversed);

        for (uint32_t i = 0; i < repairs; i++)
            reversed[i] = row[sources + repair[i]];
        rq_residual_run(r, &workspace, source, reversed, into, T);
        free(reversed);
    }
    rq_residual_free(r);
    rq_plan_free(plan);
    free(all);
    free(repair);
    free(source);
    return ok;
}

/* Random K, losses and symbol sizes: the right octets (true), or a refusal. */
static bool
random_trip(const struct gf256 *gf, uint32_t K, size_t T, uint32_t overhead)
{
    uint32_t n = K + overhead, lost;
    uint32_t *esi = calloc(n, sizeof *esi), *wanted = calloc(K, sizeof *wanted);
    uint8_t *source = malloc(K * T), *symbols = malloc(n * T), *out = malloc(K * T);
    uint8_t **into = calloc(K, sizeof *into);
    const uint8_t **row = rows_of(symbols, n, T);
    struct rq_plan *plan = NULL;
    struct rq_params p;
    struct error err = {0};
    bool ok;

    CHECK(rq_params_init(&p, K, &err));
    fill(source, K * T);
    lost = lose(K, n, esi, wanted);
    for (uint32_t k = 0; k < lost; k++)
        into[k] = out + k * T;
    CHECK(encode(gf, &p, source, T, esi, n, symbols));
    ok = rq_plan_new(&plan, gf, &p, (struct rq_esis){esi, n},
                     (struct rq_esis){wanted, lost}, &err);
    if (ok)
        rq_plan_run(plan, &workspace, row, into, T);
    for (uint32_t k = 0; ok && k < lost; k++)
        CHECK(memcmp(into[k], source + wanted[k] * T, T) == 0);
    memset(out, 0xee, K * T);
    CHECK(by_residual(gf, &p, (struct rq_esis){esi, n}, row,
                      (struct rq_esis){wanted, lost}, into, T) == ok);
    for (uint32_t k = 0; ok && k < lost; k++)
        CHECK(memcmp(into[k], source + wanted[k] * T, T) == 0);
    rq_plan_free(plan);
    free(esi);
    free(wanted);
    free(source);
    free(symbols);
    free(out);
    free(into);
    free(row);
    return ok;
}

/* Refusals must be as rare as the code promises: about 256^-(overhead + 1). */
static void
test_random(const struct gf256 *gf, int count)
{
    int refused[3] = {0};

    for (int i = 0; i < count; i++) {
        uint32_t overhead = below(3);

        if (!random_trip(gf, 1 + below(i % 50 == 0 ? 3000 : 120), 1 + below(80),
                         overhead))
            refused[overhead]++;
    }
    CHECK(refused[0] <= 3 + count / 50);
    CHECK(refused[1] <= 1 + count / 5000);
    CHECK(refused[2] <= 1);
}

/* Encode, lose, decode, at a size the reference could not do. */
static void
test_round_trip(const struct gf256 *gf, uint32_t K, size_t T, uint32_t lost)
{
    uint32_t n = K + 2;
    uint32_t *esi = calloc(n, sizeof *esi), *wanted = calloc(lost, sizeof *wanted);
    uint8_t *source = malloc(K * T), *symbols = malloc(n * T), *out = malloc(lost * T);
    uint8_t **into = calloc(lost, sizeof *into);
    const uint8_t **row = rows_of(symbols, n, T);
    struct rq_plan *plan = NULL;
    struct rq_params p;
    struct error err = {0};

    CHECK(rq_params_init(&p, K, &err));
    fill(source, K * T);
    for (uint32_t i = 0; i < n; i++)
        esi[i] = i + lost;
    for (uint32_t i = 0; i < lost; i++) {
        wanted[i] = i;
        into[i] = out + i * T;
    }
    CHECK(encode(gf, &p, source, T, esi, n, symbols));
    CHECK(rq_plan_new(&plan, gf, &p, (struct rq_esis){esi, n},
                      (struct rq_esis){wanted, lost}, &err));
    if (plan)
        rq_plan_run(plan, &workspace, row, into, T);
    CHECK(memcmp(out, source, lost * T) == 0);
    rq_plan_free(plan);
    free(esi);
    free(wanted);
    free(source);
    free(symbols);
    free(out);
    free(into);
    free(row);
}

/* XXH3-64 of repair symbols K .. K+19 and of ESI 2^24-1, T = 8. */
static void
test_digest(const struct gf256 *gf, uint32_t K, const char *expected)
{
    enum { N = 21, T = 8 };
    uint8_t *source = malloc((size_t)K * T), out[N * T];
    char hex[DIGEST_HEX_SIZE];
    uint32_t esi[N];
    struct rq_params p;
    struct error err = {0};

    CHECK(rq_params_init(&p, K, &err));
    fill(source, (size_t)K * T);
    for (uint32_t i = 0; i < N; i++)
        esi[i] = i < N - 1 ? K + i : RQ_ESI_MAX;
    CHECK(encode(gf, &p, source, T, esi, N, out));
    digest_hex(DIGEST_XXH3_64, out, sizeof out, hex);
    if (strcmp(hex, expected) != 0)
        (void)fprintf(stderr, "K = %u: %s\n", K, hex);
    CHECK(strcmp(hex, expected) == 0);
    free(source);
}

static void
test_tables(void)
{
    char hex[DIGEST_HEX_SIZE];

    digest_hex(DIGEST_SHA256, rq_systematic, sizeof rq_systematic, hex);
    CHECK(
        strcmp(hex, "7aebb1ad06d1841dc10f0390cb7fc6111c60239272e9df8c7df84d17fb21886b") ==
        0);
    digest_hex(DIGEST_SHA256, rq_rand_v, sizeof rq_rand_v, hex);
    CHECK(
        strcmp(hex, "39312b90f8ce970c763a8fd909df695fa23ef8f26c6a83409126221f1c3e3e23") ==
        0);
    digest_hex(DIGEST_SHA256, rq_degree, sizeof rq_degree, hex);
    CHECK(
        strcmp(hex, "101ca640d28b0a5df187db89e2316aac533319c4b98b479e29f02429999c4a1d") ==
        0);
}

int
main(void)
{
    static const size_t sizes[] = {1, 7, 64, 65, 200, 1280};
    const struct gf256_ops *usable[GF256_VARIANTS_MAX];
    size_t variants = gf256_usable(usable);
    bool quick = getenv("LOCKSTEP_QUICK") != NULL;
    const char *wanted = getenv("RQ_TRIALS");
    struct gf256 gf;

    test_tables();
    for (size_t v = 0; v < variants; v++) {
        gf256_init(&gf, usable[v]);
        for (uint32_t K = 1; K <= (quick ? 12 : 40); K += v == 0 || K < 4 ? 1 : 9)
            test_encode(&gf, K, sizes[K % 6]);
        for (int i = 0; i < (quick ? 10 : 60); i++)
            test_decode(&gf, 1 + below(30), below(3));
        test_round_trip(&gf, 300, 100, 30);
        test_round_trip(&gf, 1000, 129, 1000);
        test_digest(&gf, 10, "2aa73a1660b961e9");
        test_digest(&gf, 1000, "c99d24c0af8eb753");
    }
    for (uint32_t K = 100; K < (quick ? 200 : 1500); K += 7)
        test_both_ways(&gf, K);
    test_random(&gf, wanted ? (int)strtol(wanted, NULL, 10) : quick ? 50 : 500);
    test_digest(&gf, 10000, "927e97b57ce2f509");
    if (!quick)
        test_digest(&gf, RQ_K_MAX, "27465e3940d06c5a");
    rq_workspace_clear(&workspace);
    return test_failures != 0;
}
