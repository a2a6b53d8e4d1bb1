/* npy: headers taken and refused, copies in C order, numpy's own bytes. */
#include "common/npy.h"

#include "common/bytes.h"
#include "test.h"

#include <string.h>

/* A version 1 file of this header and `data` octets counting from 0. */
static const uint8_t *
file_of(const char *header, size_t data, size_t *size)
{
    static uint8_t file[16384];
    size_t n = strlen(header);

    memcpy(file, "\x93NUMPY\1", 8);
    put_le16(file + 8, (uint16_t)n);
    (void)snprintf((char *)file + 10, sizeof file - 10, "%s", header);
    for (size_t i = 0; i < data; i++)
        file[10 + n + i] = (uint8_t)i;
    *size = 10 + n + data;
    return file;
}

static bool
read_text(struct npy *out, const char *header, size_t data, struct error *err)
{
    size_t size;
    const uint8_t *file = file_of(header, data, &size);

    *err = (struct error){0};
    return npy_read(out, file, size, NULL, err);
}

#define D(descr, shape)                                                                  \
    "{'descr': " descr ", 'fortran_order': False, 'shape': " shape ", }"

static void
test_read(void)
{
    struct npy n;
    struct error err;

    CHECK(read_text(&n, D("'<f4'", "(2, 3)") "  \n", 24, &err));
    CHECK(n.dtype == DTYPE_FLOAT32 && n.rank == 2 && n.shape[0] == 2 && n.shape[1] == 3);
    CHECK(n.numel == 6 && n.item_size == 4 && n.data_size == 24 && n.data[23] == 23);
    CHECK(!n.fortran && !n.big_endian && n.version[0] == 1);
    CHECK(strcmp(n.descr, "<f4") == 0);
    npy_clear(&n);
    CHECK(
        read_text(&n, "{\"shape\":(),\n\"fortran_order\":True,'descr':'>i8'}", 8, &err));
    CHECK(n.rank == 0 && n.numel == 1 && n.fortran && n.big_endian);
    npy_clear(&n);
    CHECK(read_text(&n, D("'|b1'", "(3L,)"), 3, &err) && n.dtype == DTYPE_BOOL);
    npy_clear(&n);
    CHECK(read_text(&n, D("'<c16'", "(0, 4)"), 0, &err) && n.dtype == DTYPE_COMPLEX128);
    npy_clear(&n);
    CHECK(read_text(&n, D("'<U3'", "(2,)"), 24, &err) && n.dtype == DTYPE_NONE);
    npy_clear(&n);
    CHECK(read_text(&n, D("'<M8[25us]'", "(1,)"), 8, &err) && n.item_size == 8);
    npy_clear(&n);
    CHECK(read_text(&n, D("'<f16'", "()"), 16, &err) && n.dtype == DTYPE_NONE);
    npy_clear(&n);
    CHECK(read_text(
        &n,
        D("[('p', [('x', '<f4'), ('y', '>f4', (2, 1))]), (('t', 'n'), '|S3')] ", "(2,)"),
        30, &err));
    CHECK(n.record && n.item_size == 15);
    CHECK(strcmp(n.descr, "[('p', [('x', '<f4'), ('y', '>f4', (2, 1))]), "
                          "(('t', 'n'), '|S3')]") == 0);
    npy_clear(&n);
    CHECK(read_text(&n, D("[('gr\xfc\\'n', '<i2')]", "(1,)"), 2, &err));
    CHECK(strcmp(n.descr, "[('gr\xc3\xbc\\'n', '<i2')]") == 0);
    npy_clear(&n);
}

static void
test_refused(void)
{
    static const struct {
        const char *header;
        size_t data;
        const char *reason;
    } bad[] = {
        {"", 0, "npy-header"},
        {"{}", 0, "npy-header"},
        {"{'descr': '<f4', 'shape': (1,)}", 4, "npy-header"},
        {"{'descr': '<f4', 'fortran_order': 0, 'shape': (1,)}", 4, "npy-header"},
        {"{'descr': '<f4', 'fortran_order': 'False', 'shape': (1,)}", 4, "npy-header"},
        {"{'descr': '<f4', 'fortran_order': False, 'shape': (1,), 'x': 1}", 4,
         "npy-header"},
        {"{'descr': '<f4', 'descr': '<f4', 'fortran_order': False, 'shape': (1,)}", 4,
         "npy-header"},
        {"{'descr': '<f4' 'fortran_order': False, 'shape': (1,)}", 4, "npy-header"},
        {D("'<f4'", "(1,)") " x", 4, "npy-header"},
        {D("'<f4'", "(1)"), 4, "npy-header"},
        {D("'<f4'", "[1]"), 4, "npy-header"},
        {D("'<f4'", "(-1,)"), 4, "npy-header"},
        {D("'<f4'", "(01,)"), 4, "npy-header"},
        {D("'<f4'", "(1 1)"), 4, "npy-header"},
        {D("'<f4'", "(,)"), 4, "npy-header"},
        {D("'<f4'", "(18446744073709551616,)"), 4, "npy-header"},
        {D("'<f4'", "(4294967296, 4294967296)"), 4, "npy-header"},
        {D("'<f4'", "(9223372036854775807,)"), 4, "npy-header"},
        {D("'<f4'", "(2,)"), 4, "npy-truncated"},
        {D("'<f4'", "(1,)"), 5, "npy-trailing"},
        {D("'|O'", "(1,)"), 8, "npy-object"},
        {D("[('a', '<f4'), ('b', '|O')]", "(1,)"), 8, "npy-object"},
        {D("'<q3'", "(1,)"), 8, "npy-header"},
        {D("'<f3'", "(1,)"), 8, "npy-header"},
        {D("'|f4'", "(1,)"), 4, "npy-header"},
        {D("'=f4'", "(1,)"), 4, "npy-header"},
        {D("'f4'", "(1,)"), 4, "npy-header"},
        {D("'<'", "(1,)"), 4, "npy-header"},
        {D("''", "(1,)"), 4, "npy-header"},
        {D("'<M8[x]'", "(1,)"), 8, "npy-header"},
        {D("'<M08[D]'", "(1,)"), 8, "npy-header"},
        {D("'<f4", "(1,)"), 4, "npy-header"},
        {D("'<\\x664'", "(1,)"), 4, "npy-header"},
        {D("[('a', '<f4']", "(1,)"), 4, "npy-header"},
        {D("[('a', '<f4', (18446744073709551615,))]", "(1,)"), 4, "npy-header"},
        {D("[('a', [('a', [('a', [('a', [('a', [('a', [('a', [('a', [('a', "
           "'<f4')])])])])])])])"
           "])]",
           "(1,)"),
         4, "npy-header"},
        {D("__import__('os')", "(1,)"), 4, "npy-header"},
        {"((((((((((((((", 0, "npy-header"},
    };
    struct npy n;
    struct error err;

    for (size_t i = 0; i < COUNT_OF(bad); i++)
        if (read_text(&n, bad[i].header, bad[i].data, &err) ||
            strcmp(err.subclass, bad[i].reason) != 0) {
            (void)fprintf(stderr, "%s: %s\n", bad[i].header, err.subclass);
            test_failures++;
        }
}

static bool
prefix_fails(const void *file, size_t size, const char *reason)
{
    struct npy n;
    struct error err = {0};

    return !npy_read(&n, file, size, NULL, &err) && strcmp(err.subclass, reason) == 0;
}

static void
test_prefix(void)
{
    CHECK(prefix_fails("\x93NUMPZ\1\0\2\0{}", 12, "npy-magic"));
    CHECK(prefix_fails("\x93NUM", 4, "npy-magic"));
    CHECK(prefix_fails("\x93NUMPY\1", 7, "npy-truncated"));
    CHECK(prefix_fails("\x93NUMPY\4\0\2\0{}", 12, "npy-version"));
    CHECK(prefix_fails("\x93NUMPY\1\1\2\0{}", 12, "npy-version"));
    CHECK(prefix_fails("\x93NUMPY\2\0\2\0\0", 11, "npy-truncated"));
    CHECK(prefix_fails("\x93NUMPY\1\0\3\0{}", 12, "npy-truncated"));
    CHECK(prefix_fails("\x93NUMPY\2\0\xf0\xff\xff\xff{}", 14, "npy-header"));
    CHECK(prefix_fails("\x93NUMPY\3\0\2\0\0\0{\xff", 14, "npy-header"));
    CHECK(prefix_fails("\x93NUMPY\3\0\74\0\0\0"
                       "{'descr': '|b1', 'fortran_order': False, 'shape': (0L,), }  ",
                       72, "npy-header"));
}

static void
test_trailing(void)
{
    struct diagnostics d;
    struct npy n;
    struct error err = {0};
    size_t size;
    const uint8_t *file = file_of(D("'<f4'", "(1,)"), 6, &size);

    diagnostics_init(&d, MODE_HARDENED, 1);
    CHECK(npy_read(&n, file, size, &d, &err) && n.data_size == 4 && d.count == 1);
    npy_clear(&n);
    diagnostics_clear(&d);
}

static void
test_copy(void)
{
    struct npy n;
    struct error err = {0};
    uint8_t out[64];
    size_t size;
    const uint8_t *file;

    file = file_of("{'descr': '>i2', 'fortran_order': True, 'shape': (2, 3)}", 12, &size);
    CHECK(npy_read(&n, file, size, NULL, &err));
    npy_copy(&n, out);
    /* Element (i, j) is at 2 * (i + 2 * j), high octet first. */
    CHECK(memcmp(out, "\1\0\5\4\11\10\3\2\7\6\13\12", 12) == 0);
    npy_clear(&n);
    file = file_of("{'descr': '>c8', 'fortran_order': False, 'shape': (1,)}", 8, &size);
    CHECK(npy_read(&n, file, size, NULL, &err));
    npy_copy(&n, out);
    CHECK(memcmp(out, "\3\2\1\0\7\6\5\4", 8) == 0);
    npy_clear(&n);
    file =
        file_of("{'descr': '|S2', 'fortran_order': True, 'shape': (2, 2, 2)}", 16, &size);
    CHECK(npy_read(&n, file, size, NULL, &err));
    npy_copy(&n, out);
    CHECK(memcmp(out, "\0\1\10\11\4\5\14\15\2\3\12\13\6\7\16\17", 16) == 0);
    npy_clear(&n);
}

/* As numpy 2.2 writes it with numpy.save(). */
static void
test_write(void)
{
    static const uint64_t shape[] = {2, 3};
    static const char want[] =
        "\x93NUMPY\1\0v\0{'descr': '<f4', 'fortran_order': False, 'shape': (2, 3), }"
        "                                                          \n";
    struct buf out = {0};
    struct error err = {0};
    struct npy n;

    CHECK(npy_header(&out, DTYPE_FLOAT32, false, 2, shape, &err));
    CHECK(out.size == 128 && memcmp(out.data, want, 128) == 0);
    buf_clear(&out);
    for (unsigned rank = 0; rank <= NPY_RANK_MAX; rank++) {
        uint64_t ones[NPY_RANK_MAX];

        for (unsigned i = 0; i < rank; i++)
            ones[i] = 1;
        CHECK(npy_header(&out, DTYPE_UINT8, true, rank, ones, &err));
        CHECK(out.size % 64 == 0);
        buf_putc(&out, '\7');
        CHECK(npy_read(&n, out.data, out.size, NULL, &err));
        CHECK(n.rank == rank && n.dtype == DTYPE_UINT8 && n.fortran && n.data[0] == 7);
        npy_clear(&n);
        buf_clear(&out);
    }
    CHECK(!npy_header(&out, DTYPE_BFLOAT16, false, 0, NULL, &err));
    CHECK(err.class == ERR_UNSUPPORTED && out.size == 0);
}

int
main(void)
{
    test_read();
    test_refused();
    test_prefix();
    test_trailing();
    test_copy();
    test_write();
    return test_failures != 0;
}
