/* open.c: see open.h. */
#include "container/open.h"

#include "archive/paging.h"
#include "archive/unwrap.h"
#include "container/bundle.h"
#include "container/dcp.h"
#include "container/envelope.h"
#include "container/ftsv.h"
#include "container/index.h"
#include "container/legacy.h"
#include "container/numpy.h"
#include "container/pickled.h"
#include "container/raw.h"
#include "container/safetensors_file.h"
#include "container/tar.h"
#include "container/tarball.h"
#include "container/torch_zip.h"
#include "fault.h"
#include "model/danger.h"

#include <ctype.h>
#include <string.h>
#include <sys/stat.h>

typedef bool loader(struct checkpoint *, const struct open_options *, struct error *);

/* Known by their first octets, and not a checkpoint. */
static const struct {
    const char *magic;
    size_t size;
    const char *what;
    const char *reason;
} strangers[] = {
    {"\x89PNG", 4, "a PNG image", "unknown-format"},
    {"GGUF", 4, "a GGUF model (llama.cpp's tools read it)", "unknown-format"},
    {"\x89HDF", 4, "an HDF5 file (h5ls reads it)", "unknown-format"},
    {"version https://git-lfs", 23, "a git-lfs pointer, not the file (git lfs pull)",
     "git-lfs-pointer"},
    {"\x28\xb5\x2f\xfd", 4, "zstd data inside of compressed data", "unknown-format"},
    {"\x1f\x8b", 2, "gzip data inside of compressed data", "unknown-format"},
    {"7z\xbc\xaf", 4, "a 7z archive", "unknown-format"},
    {"%PDF", 4, "a PDF document", "unknown-format"},
};

static bool
begins(const struct checkpoint *c, const void *magic, size_t size)
{
    return c->size >= size && memcmp(c->data, magic, size) == 0;
}

static bool
load_zip(struct checkpoint *c, const struct open_options *options, struct error *err)
{
    if (!zip_open(&c->zip, c->data, c->size, c->mapped, err))
        return false;
    if (numpy_is_npz(&c->zip))
        return numpy_load_npz(c, options, err);
    if (bundle_is_pt2(&c->zip) || bundle_is_ptycho(&c->zip))
        return bundle_load(c, options, err);
    return torch_zip_load(c, options, err);
}

/* {"weight_map": ...} or {"schema_version": ...}, behind optional space. */
static loader *
json_loader(const struct checkpoint *c)
{
    size_t i = 0;

    while (i < c->size && isspace(c->data[i]))
        i++;
    if (i == c->size || (c->data[i] != '{' && c->data[i] != '[' &&
                         (c->size - i < 4 || memcmp(c->data + i, "null", 4) != 0)))
        return NULL;
    return index_is(c->data, c->size) ? index_load : envelope_load;
}

static bool
is_safetensors(const struct checkpoint *c)
{
    static const uint8_t byte_order_mark[] = {0xef, 0xbb, 0xbf};
    size_t i = 8;

    if (c->size < 9)
        return false;
    if (c->size >= 11 && memcmp(c->data + 8, byte_order_mark, 3) == 0)
        return true;
    while (i < c->size && i < 72 && isspace(c->data[i]))
        i++;
    /* a length below 2^32 whose header begins like JSON, or one too large to be true */
    return i < c->size && (c->data[i] == '{' || c->data[i] == '[') &&
           ((c->data[5] == 0 && c->data[6] == 0 && c->data[7] == 0) || c->data[8] == '{');
}

static loader *
sniff(const struct checkpoint *c, const struct open_options *options)
{
    if (options->raw_dtype)
        return raw_load;
    if (begins(c, "PK\3\4", 4) || begins(c, "PK\5\6", 4))
        return load_zip;
    if (legacy_is(c->data, c->size))
        return legacy_load;
    if (begins(c, "\x93NUMPY", 6))
        return numpy_load_npy;
    if (begins(c, "FTSV", 4))
        return ftsv_load;
    if (tar_is(c->data, c->size))
        return tar_is_torch(c->data) ? tar_load : tarball_load;
    if (is_safetensors(c))
        return safetensors_file_load;
    return json_loader(c);
}

/*
 * Content that is no checkpoint: the format its name speaks of says why it is not.
 * (What it really is, if dangerous, ft-ckpt scan finds.)
 */
static loader *
named_loader(const char *path)
{
    static const struct {
        const char *ending;
        loader *load;
    } names[] = {
        {".safetensors", safetensors_file_load},
        {".npy", numpy_load_npy},
        {".ftsv", ftsv_load},
        {".json", envelope_load},
    };
    size_t n = strlen(path);

    for (size_t i = 0; i < COUNT_OF(names); i++) {
        size_t m = strlen(names[i].ending);

        if (n > m && strcmp(path + n - m, names[i].ending) == 0)
            return names[i].load;
    }
    return NULL;
}

static bool
is_stranger(const struct checkpoint *c)
{
    for (size_t i = 0; i < COUNT_OF(strangers); i++)
        if (begins(c, strangers[i].magic, strangers[i].size))
            return true;
    return false;
}

static bool
unknown(const struct checkpoint *c, struct error *err)
{
    if (c->size == 0)
        return fault(err, ERR_UNSUPPORTED, "unknown-format", "the file is empty");
    for (size_t i = 0; i < COUNT_OF(strangers); i++)
        if (begins(c, strangers[i].magic, strangers[i].size))
            return fault(err, ERR_UNSUPPORTED, strangers[i].reason, "this is %s",
                         strangers[i].what);
    return fault(err, ERR_UNSUPPORTED, "unknown-format",
                 "no checkpoint format begins like this (a raw storage needs --dtype)");
}

/*
 * The end of a zip archive at the end of something else: Python's zipfile would see
 * another file than we do.
 */
static bool
check_polyglot(const struct checkpoint *c, const struct open_options *options,
               struct error *err)
{
    static const uint8_t end_magic[] = {'P', 'K', 5, 6};

    const char *what = "the file also ends like a zip archive: readers disagree about it";

    if (c->size < 22 || memcmp(c->data + c->size - 22, end_magic, 4) != 0)
        return true;
    /* who wants to see what it is may look at this side of it */
    if (options->opaque && options->diagnostics->mode == MODE_HARDENED)
        return diagnostics_recover(options->diagnostics, "polyglot", "the end", err, "%s",
                                   what);
    return fault(err, ERR_UNSAFE, "polyglot", "%s", what);
}

bool
checkpoint_load(struct checkpoint *c, const uint8_t *data, uint64_t size,
                const struct open_options *options, struct error *err)
{
    loader *load;

    c->data = data;
    c->size = size;
    load = sniff(c, options);
    if (load != load_zip && !check_polyglot(c, options, err))
        return danger_prefer("the beginning", c->data, (size_t)c->size, 0, err);
    if (!load && !is_stranger(c))
        load = named_loader(c->path);
    if (load)
        return load(c, options, err);
    if (pickled_is(c->data, c->size))
        return pickled_load(c, options, err);
    return unknown(c, err);
}

bool
checkpoint_open(struct checkpoint *c, const char *path,
                const struct open_options *options, struct error *err)
{
    struct stat st;

    checkpoint_init(c, path);
    if (strcmp(path, "-") != 0 && stat(path, &st) == 0 && S_ISDIR(st.st_mode))
        return dcp_load(c, options, err) || error_in(err, path);
    if (!unwrap_open(&c->input, path, err))
        return false;
    if (c->input.mapped)
        paging_sparse(c->input.data, c->input.size);
    if (!unwrap(&c->input, &c->compression, err))
        return error_in(err, path);
    c->mapped = c->input.mapped;
    return checkpoint_load(c, c->input.data, c->input.size, options, err) ||
           error_in(err, path);
}
