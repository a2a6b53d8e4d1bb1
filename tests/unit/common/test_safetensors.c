/* safetensors: what is taken apart, every reason to refuse, and the library's bytes. */
#include "common/safetensors.h"

#include "common/bytes.h"
#include "test.h"

#include <string.h>

/* A file of this header and `data` octets counting from 0, into a static buffer. */
static const uint8_t *
file_of(const char *header, size_t data, size_t *size)
{
    static uint8_t file[4096];
    size_t n = strlen(header);

    put_le64(file, n);
    (void)snprintf((char *)file + 8, sizeof file - 8, "%s", header);
    for (size_t i = 0; i < data; i++)
        file[8 + n + i] = (uint8_t)i;
    *size = 8 + n + data;
    return file;
}

static void
test_read(void)
{
    struct safetensors s;
    struct error err = {0};
    size_t size;
    const uint8_t *file =
        file_of(" {\"b\":{\"shape\":[2,3],\"dtype\":\"F32\",\"data_offsets\":[8,32]},"
                "\"__metadata__\":{\"format\":\"pt\",\"k\":\"\\u00e9\"},"
                "\"a\":{\"dtype\":\"I64\",\"shape\":[],\"data_offsets\":[0,8]},"
                "\"z\":{\"dtype\":\"BF16\",\"shape\":[0,7],\"data_offsets\":[32,32]},"
                "\"y\":{\"dtype\":\"F4\",\"shape\":[4],\"data_offsets\":[32,34]}}  ",
                34, &size);
    const struct safetensors_tensor *t;

    CHECK(safetensors_read(&s, file, size, NULL, &err));
    CHECK(s.count == 4 && s.metadata_count == 2 && s.has_metadata && s.data_size == 34);
    CHECK(strcmp(s.metadata[0].value, "pt") == 0);
    CHECK(strcmp(s.metadata[1].value, "\xc3\xa9") == 0);
    CHECK(strcmp(s.tensors[0].name, "a") == 0 && s.tensors[0].numel == 1);
    CHECK(s.tensors[0].rank == 0 && s.tensors[0].dtype == DTYPE_INT64);
    CHECK(strcmp(s.tensors[2].name, "z") == 0 && s.tensors[2].numel == 0);
    CHECK(strcmp(s.tensors[3].name, "y") == 0);
    t = safetensors_find(&s, "b");
    CHECK(t && t->rank == 2 && t->shape[1] == 3 && t->numel == 6 && t->data[0] == 8);
    CHECK(!safetensors_find(&s, "c"));
    safetensors_clear(&s);
}

#define T(fields) "{\"a\":{" fields "}}"

static const struct {
    const char *header;
    size_t data;
    const char *reason, *at, *message;
} bad[] = {
    {"", 0, "st-json", "1:1", "unexpected end of text, expected a value"},
    {"[]", 0, "st-json", "1:1", "the header must be an object"},
    {"{}x", 0, "st-json", "1:3", "unexpected 'x', expected nothing after the value"},
    {"{\"\xff\":1}", 0, "st-utf8", "byte 10", "header is not UTF-8"},
    {"{\"\\ud800\":1}", 0, "st-utf8", "1:3", "lone surrogate in \\u escape"},
    {"{\"a\":1}", 0, "st-json", "1:6", "a tensor must be an object"},
    {"{\"a\":[\"F32\",[1],[0,4]]}", 4, "st-json", "1:6", "a tensor must be an object"},
    {"{\"__metadata__\":1}", 0, "st-metadata", "1:17", "__metadata__ must be an object"},
    {"{\"__metadata__\":{\"a\":1}}", 0, "st-metadata", "1:22",
     "a value of __metadata__ must be a string"},
    {"{\"__metadata__\":{\"a\":\"\",\"a\":\"\"}}", 0, "st-dup-key", "1:25",
     "duplicate key \"a\""},
    {"{\"__metadata__\":{},\"__metadata__\":{}}", 0, "st-dup-key", "1:20",
     "duplicate key \"__metadata__\""},
    {T("\"dtype\":\"F33\",\"shape\":[],\"data_offsets\":[0,4]"), 4, "st-dtype", "1:15",
     "unknown dtype"},
    {T("\"dtype\":1"), 0, "st-json", "1:15", "dtype must be a string"},
    {T("\"dtype\":\"U8\",\"dtype\":\"U8\""), 0, "st-dup-key", "1:20",
     "field given twice"},
    {T("\"dtype\":\"U8\",\"shape\":[1]"), 1, "st-json", "1:31",
     "tensor \"a\" has no data_offsets"},
    {T("\"dtype\":\"U8\",\"x\":[{}]"), 1, "st-unknown-field", "1:20",
     "unknown field \"x\""},
    {T("\"shape\":2"), 1, "st-json", "1:15", "must be an array"},
    {T("\"shape\":[-2]"), 1, "st-json", "1:16", "must be an unsigned 64-bit integer"},
    {T("\"shape\":[2.0]"), 1, "st-json", "1:16", "must be an unsigned 64-bit integer"},
    {T("\"shape\":[18446744073709551616]"), 1, "st-json", "1:16",
     "must be an unsigned 64-bit integer"},
    {T("\"data_offsets\":[0,1,2]"), 2, "st-json", "1:28",
     "data_offsets must be two integers"},
    {T("\"dtype\":\"U8\",\"shape\":[1],\"data_offsets\":[1,2]"), 2, "st-offsets", "",
     "tensor \"a\" has data_offsets 1..2 where a tensor must begin at 0"},
    {T("\"dtype\":\"U8\",\"shape\":[1],\"data_offsets\":[1,0]"), 1, "st-offsets", "",
     "tensor \"a\" has data_offsets 1..0 where a tensor must begin at 0"},
    {T("\"dtype\":\"U8\",\"shape\":[2],\"data_offsets\":[0,1]"), 1, "st-shape", "",
     "tensor \"a\" has 1 octets, its shape needs 2"},
    {T("\"dtype\":\"F4\",\"shape\":[3],\"data_offsets\":[0,1]"), 1, "st-misaligned", "",
     "tensor \"a\" does not end at a whole octet"},
    {T("\"dtype\":\"U8\",\"shape\":[4294967296,4294967296],\"data_offsets\":[0,0]"), 0,
     "st-overflow", "", "tensor \"a\" has a shape whose size overflows 64 bits"},
    {T("\"dtype\":\"F64\",\"shape\":[1152921504606846976],\"data_offsets\":[0,0]"), 0,
     "st-overflow", "", "tensor \"a\" has a shape whose size overflows 64 bits"},
    {T("\"dtype\":\"U8\",\"shape\":[1],\"data_offsets\":[0,1]"), 2, "st-size", "",
     "the tensors take 1 octets of data, the file has 2"},
    {T("\"dtype\":\"U8\",\"shape\":[9],\"data_offsets\":[0,9]"), 2, "st-size", "",
     "the tensors take 9 octets of data, the file has 2"},
    {"{\"a\":{\"dtype\":\"U8\",\"shape\":[2],\"data_offsets\":[0,2]},"
     "\"b\":{\"dtype\":\"U8\",\"shape\":[2],\"data_offsets\":[1,3]}}",
     3, "st-offsets", "",
     "tensor \"b\" has data_offsets 1..3 where a tensor must begin at 2"},
    {"{\"a\":{\"dtype\":\"U8\",\"shape\":[1],\"data_offsets\":[0,1]},"
     "\"a\":{\"dtype\":\"U8\",\"shape\":[1],\"data_offsets\":[0,1]}}",
     1, "st-dup-key", "1:54", "duplicate key \"a\""},
};

static void
test_refused(void)
{
    struct safetensors s;

    for (size_t i = 0; i < COUNT_OF(bad); i++) {
        struct error err = {0};
        size_t size;
        const uint8_t *file = file_of(bad[i].header, bad[i].data, &size);

        CHECK(!safetensors_read(&s, file, size, NULL, &err));
        if (strcmp(err.subclass, bad[i].reason) != 0 || strcmp(err.at, bad[i].at) != 0 ||
            strcmp(err.message, bad[i].message) != 0) {
            (void)fprintf(stderr, "%s\n  %s %s: %s\n", bad[i].header, err.subclass,
                          err.at, err.message);
            test_failures++;
        }
    }
}

static void
test_header_size(void)
{
    static const uint8_t sizes[][10] = {
        {0},
        {3, 0, 0, 0, 0, 0, 0, 0, '{', '}'},
        {0, 0, 0, 6, 0, 0, 0, 0, '{', '}'},
        {255, 255, 255, 255, 255, 255, 255, 255, '{', '}'}};
    struct safetensors s;
    struct error err = {0};

    CHECK(!safetensors_read(&s, sizes[0], 7, NULL, &err));
    CHECK(strcmp(err.subclass, "st-header-size") == 0);
    for (size_t i = 1; i < COUNT_OF(sizes); i++) {
        CHECK(!safetensors_read(&s, sizes[i], 10, NULL, &err));
        CHECK(strcmp(err.subclass, "st-header-size") == 0);
    }
}

/* What the library takes is let pass with a diagnostic; the last duplicate counts. */
static void
test_hardened(void)
{
    struct diagnostics d;
    struct safetensors s;
    struct error err = {0};
    size_t size;
    const uint8_t *file = file_of(
        "{\"__metadata__\":{\"k\":\"1\",\"k\":\"2\"},"
        "\"a\":{\"dtype\":\"U8\",\"shape\":[2],\"data_offsets\":[0,2]},"
        "\"a\":{\"dtype\":\"I8\",\"shape\":[2],\"x\":[{}],\"data_offsets\":[0,2]}}",
        2, &size);

    diagnostics_init(&d, MODE_HARDENED, 3);
    CHECK(safetensors_read(&s, file, size, &d, &err));
    CHECK(s.count == 1 && s.tensors[0].dtype == DTYPE_INT8);
    CHECK(s.metadata_count == 1 && strcmp(s.metadata[0].value, "2") == 0);
    CHECK(d.count == 3 && strcmp(d.items[2].code, "st-unknown-field") == 0);
    safetensors_clear(&s);
    CHECK(!safetensors_read(&s, file, size, &d, &err) && err.class == ERR_LIMIT);
    diagnostics_clear(&d);
    diagnostics_init(&d, MODE_STRICT, 3);
    CHECK(!safetensors_read(&s, file, size, &d, &err));
    CHECK(strcmp(err.subclass, "st-dup-key") == 0 && strcmp(err.at, "1:26") == 0);
    diagnostics_clear(&d);
}

static void
test_write(void)
{
    static const uint64_t shape[] = {2, 3}, huge[] = {UINT64_MAX, 2};
    struct safetensors_tensor t[] = {
        {.name = "b", .dtype = DTYPE_FLOAT32, .rank = 2, .shape = shape},
        {.name = "a", .dtype = DTYPE_FLOAT32, .rank = 0},
        {.name = "c", .dtype = DTYPE_INT64, .rank = 1, .shape = shape},
        {.name = "d", .dtype = DTYPE_BOOL, .rank = 1, .shape = shape},
    };
    static const struct safetensors_pair meta[] = {{"format", "pt"}};
    /* As safetensors.numpy.save() of the library writes it. */
    static const char want[] =
        "{\"__metadata__\":{\"format\":\"pt\"},"
        "\"c\":{\"dtype\":\"I64\",\"shape\":[2],\"data_offsets\":[0,16]},"
        "\"a\":{\"dtype\":\"F32\",\"shape\":[],\"data_offsets\":[16,20]},"
        "\"b\":{\"dtype\":\"F32\",\"shape\":[2,3],\"data_offsets\":[20,44]},"
        "\"d\":{\"dtype\":\"BOOL\",\"shape\":[2],\"data_offsets\":[44,46]}}";
    struct safetensors s;
    struct buf out = {0};
    struct error err = {0};

    CHECK(safetensors_layout(t, COUNT_OF(t), &err));
    CHECK(safetensors_header(&out, t, COUNT_OF(t), meta, 1, &err));
    CHECK(out.size % 8 == 0 && get_le64(out.data) == out.size - 8);
    CHECK(memcmp(out.data + 8, want, strlen(want)) == 0);
    memset(buf_reserve(&out, 46), 0, 46);
    out.size += 46;
    CHECK(safetensors_read(&s, out.data, out.size, NULL, &err));
    CHECK(s.count == 4);
    safetensors_clear(&s);
    buf_clear(&out);

    t[1].name = "b";
    CHECK(!safetensors_layout(t, COUNT_OF(t), &err));
    CHECK(strcmp(err.message, "two tensors are named \"b\"") == 0);
    t[1] = (struct safetensors_tensor){.name = "a", .dtype = DTYPE_COMPLEX128};
    CHECK(!safetensors_layout(t, 2, &err) && err.class == ERR_UNSUPPORTED);
    t[1] = (struct safetensors_tensor){
        .name = "h", .dtype = DTYPE_UINT8, .rank = 2, .shape = huge};
    CHECK(!safetensors_layout(t + 1, 1, &err) && err.class == ERR_BOUNDS);
}

int
main(void)
{
    test_read();
    test_refused();
    test_header_size();
    test_hardened();
    test_write();
    return test_failures != 0;
}
