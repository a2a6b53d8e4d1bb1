/*
 * Every SIMD variant of the row operations against scalar, octet for octet over the
 * whole workspace, so that a stray write shows; the scalar one against long hand.
 */
#include "codec/gf256.h"
#include "rq-encode/reference.h"
#include "test.h"

enum { ROWS = 240, WIDTH_MAX = 448, STRIDE = 512, SPACE = ROWS * STRIDE };

static uint8_t scalar_space[SPACE], variant_space[SPACE];
static uint64_t seed = 1;

static uint32_t
below(uint32_t n)
{
    seed = seed * UINT64_C(6364136223846793005) + UINT64_C(1442695040888963407);
    return (uint32_t)(seed >> 33) % n;
}

static void
fill(void)
{
    for (size_t i = 0; i < SPACE; i++)
        scalar_space[i] = variant_space[i] = (uint8_t)below(256);
}

static struct gf256_rows
rows_of(uint8_t *space, size_t width)
{
    return (struct gf256_rows){.base = space, .stride = STRIDE, .width = width};
}

static void
test_field(void)
{
    struct gf256 gf;

    gf256_init(&gf, &gf256_scalar);
    for (unsigned a = 0; a < 256; a++)
        for (unsigned b = 0; b < 256; b++)
            CHECK(gf256_mul(&gf, (uint8_t)a, (uint8_t)b) ==
                  reference_mul((uint8_t)a, (uint8_t)b));
    for (unsigned a = 1; a < 256; a++)
        CHECK(gf256_mul(&gf, (uint8_t)a, gf256_inverse(&gf, (uint8_t)a)) == 1);
}

/* Every constant and every length up to 200, at rotating misalignments. */
static void
test_axpy(const struct gf256 *gf)
{
    fill();
    for (unsigned c = 0; c < 256; c++)
        for (size_t n = 0; n <= 200; n++) {
            size_t to = n % 67, from = STRIDE + (n + c) % 61;
            uint8_t before[330];
            bool same = true;

            memcpy(before, scalar_space, sizeof before);
            gf->ops->axpy(gf, variant_space + to, (uint8_t)c, variant_space + from, n);
            for (size_t i = 0; i < n; i++)
                scalar_space[to + i] ^= reference_mul((uint8_t)c, scalar_space[from + i]);
            same = memcmp(scalar_space, variant_space, sizeof before) == 0;
            CHECK(same);
            if (!same)
                return;
        }
    CHECK(memcmp(scalar_space, variant_space, SPACE) == 0);
}

/* Rows 0..31 are sums of rows 32..95 and of external rows, some of them NULL. */
static void
test_sums(const struct gf256_ops *ops, size_t width)
{
    enum { N = 32, TERMS = 40 };
    static uint8_t outside[8][STRIDE];
    const uint8_t *external[9] = {NULL};
    uint32_t into[N], start[N], stop[N], from[N];
    uint16_t index[N * TERMS];
    struct gf256_sums sums = {N, into, start, stop, index, from, external, NULL, 5};
    uint32_t used = 0;

    for (size_t i = 0; i < 8; i++) {
        for (size_t j = 0; j < STRIDE; j++)
            outside[i][j] = (uint8_t)below(256);
        external[i + 1] = outside[i];
    }
    for (uint32_t i = 0; i < N; i++) {
        into[i] = (i * 7 + 3) % N;
        start[i] = used;
        for (uint32_t terms = i < 20 ? i : below(TERMS); terms > 0; terms--)
            index[used++] = (uint16_t)(N + below(64));
        stop[i] = used;
        from[i] = below(9);
    }
    for (int with = 0; with < 2; with++) {
        struct gf256_rows a = rows_of(scalar_space, width);
        struct gf256_rows b = rows_of(variant_space, width);

        fill();
        sums.external = with ? external : NULL;
        gf256_scalar.sums(&a, &sums);
        ops->sums(&b, &sums);
        CHECK(memcmp(scalar_space, variant_space, SPACE) == 0);
    }
}

static void
test_sweep(const struct gf256_ops *ops, size_t width)
{
    enum { COLUMNS = 97, LDPC = 100, HDPC = 120 };
    uint8_t pair[2 * COLUMNS];
    struct gf256_sweep sweep = {COLUMNS, 83, 11, 10, pair, LDPC, HDPC};
    struct gf256_rows a = rows_of(scalar_space, width);
    struct gf256_rows b = rows_of(variant_space, width);

    for (size_t i = 0; i < COLUMNS; i++) {
        pair[2 * i] = (uint8_t)below(10);
        pair[2 * i + 1] = (uint8_t)((pair[2 * i] + 1 + below(9)) % 10);
    }
    fill();
    gf256_scalar.sweep(&a, &sweep);
    ops->sweep(&b, &sweep);
    CHECK(memcmp(scalar_space, variant_space, SPACE) == 0);
}

static void
test_product(const struct gf256_ops *ops, size_t width)
{
    enum { N = 13, M = 29 };
    uint32_t into[N], from[M];
    uint8_t coefficient[N * M];
    struct gf256 gf, plain;
    struct gf256_product product = {into, N, from, M, coefficient};
    struct gf256_rows a = rows_of(scalar_space, width);
    struct gf256_rows b = rows_of(variant_space, width);

    gf256_init(&gf, ops);
    gf256_init(&plain, &gf256_scalar);
    for (uint32_t i = 0; i < N; i++)
        into[i] = (i * 5 + 2) % N;
    for (uint32_t j = 0; j < M; j++)
        from[j] = N + below(100);
    for (size_t i = 0; i < sizeof coefficient; i++)
        coefficient[i] = (uint8_t)(below(4) ? below(256) : below(2));
    fill();
    plain.ops->product(&plain, &a, &product);
    gf.ops->product(&gf, &b, &product);
    CHECK(memcmp(scalar_space, variant_space, SPACE) == 0);
}

/* The tables' rows are scratch: only the sums are compared. */
static void
test_dense(const struct gf256_ops *ops, size_t width, unsigned bits, size_t count)
{
    enum { N = 17, TABLES = 100 };
    uint32_t into[N], from[64];
    uint8_t code[64 * N];
    size_t groups = (count + bits - 1) / bits;
    struct gf256_dense dense = {into, N, from, count, bits, code, TABLES};
    struct gf256_rows a = rows_of(scalar_space, width);
    struct gf256_rows b = rows_of(variant_space, width);

    for (uint32_t i = 0; i < N; i++)
        into[i] = (i * 4 + 1) % N;
    for (uint32_t j = 0; j < count; j++)
        from[j] = N + j;
    for (size_t g = 0; g < groups; g++) {
        size_t left = count - g * bits < bits ? count - g * bits : bits;

        for (size_t i = 0; i < N; i++)
            code[g * N + i] = (uint8_t)below(1u << left);
    }
    fill();
    gf256_scalar.dense(&a, &dense);
    ops->dense(&b, &dense);
    CHECK(memcmp(scalar_space, variant_space, (size_t)TABLES * STRIDE) == 0);
}

int
main(void)
{
    const struct gf256_ops *usable[GF256_VARIANTS_MAX];
    size_t variants = gf256_usable(usable);

    test_field();
    for (size_t v = 0; v < variants; v++) {
        struct gf256 gf;

        gf256_init(&gf, usable[v]);
        test_axpy(&gf);
        for (size_t width = 64; width <= WIDTH_MAX; width += 64) {
            test_sums(usable[v], width);
            test_sweep(usable[v], width);
            test_product(usable[v], width);
            for (unsigned bits = 1; bits <= 5; bits++)
                test_dense(usable[v], width, bits, 20 + width / 64);
        }
    }
    return test_failures != 0;
}
