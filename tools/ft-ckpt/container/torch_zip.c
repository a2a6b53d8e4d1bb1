/*
 * torch_zip.c: see torch_zip.h.
 *
 * ROOT/data.pkl is the object; persistent ids name storages, whose octets are the
 * records ROOT/data/KEY.  (torch/serialization.py, caffe2/serialize/.)  Everything
 * else that may be there is listed below; more is refused.
 */
#include "container/torch_zip.h"

#include "archive/paging.h"
#include "common/mem.h"
#include "common/num.h"
#include "fault.h"
#include "model/nested.h"
#include "model/tree.h"
#include "pickle/policy.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

enum { RECORD_MAX = 4096, EXTRA_MAX = 1 << 20, INFLATE_RATIO_MAX = 100 };

struct records {
    struct storage_source source; /* first: find() gets a pointer to it */
    struct checkpoint *c;
    const char *folder; /* "data/" below the root */
};

/* ROOT/name of the archive, or NULL. */
static const struct zip_entry *
record(const struct checkpoint *c, const char *name)
{
    char *full = xasprintf("%s/%s", c->archive, name);
    const struct zip_entry *e = zip_find(&c->zip, full);

    free(full);
    return e;
}

/* A record in memory; its checksum too, unless the writer left it out (0). */
static bool
read_record(struct checkpoint *c, const struct zip_entry *e, const uint8_t **out,
            struct error *err)
{
    struct blob blob = {.zip = &c->zip, .entry = e, .size = e->size};

    if (e->size > PICKLE_SIZE_MAX)
        return fault(err, ERR_LIMIT, "resource-limit",
                     "%.80s has %" PRIu64 " octets, more than the limit of %d", e->name,
                     e->size, PICKLE_SIZE_MAX);
    if (e->method == ZIP_STORED) {
        if (c->mapped)
            paging_whole(c->data + e->data_at, e->size);
        if (e->crc != 0 && !zip_check_crc(&c->zip, e, err))
            return false;
        *out = c->data + e->data_at;
        return true;
    }
    return checkpoint_blob(c, &blob, out, NULL, err);
}

/* Inflating costs memory: a ratio no real record has is refused. */
static bool
check_ratio(const struct zip_entry *e, struct error *err)
{
    if (e->method == ZIP_DEFLATED && e->size > (1 << 20) &&
        e->size / INFLATE_RATIO_MAX > e->stored_size)
        return fault(err, ERR_LIMIT, "resource-limit",
                     "%.80s inflates %" PRIu64 " octets to %" PRIu64, e->name,
                     e->stored_size, e->size);
    return true;
}

static bool
find_record(struct storage_source *source, struct storage *s, struct error *err)
{
    struct records *r = (struct records *)source;
    struct buf name = {0};
    const struct zip_entry *e;
    uint64_t want, unit = dtype_bits(s->dtype);

    buf_printf(&name, "%s%s", r->folder, s->key);
    e = record(r->c, buf_string(&name));
    buf_clear(&name);
    if (s->key_size != strlen(s->key) || !e)
        return fault(err, ERR_MALFORMED, "storage-missing", "no record for storage '%s'",
                     s->key);
    if (__builtin_mul_overflow(s->numel, unit, &want))
        return fault(err, ERR_BOUNDS, "storage-size", "storage '%s': the size overflows",
                     s->key);
    want = (want + 7) / 8;
    /* octets that do not make up a whole element are honest: views of byte storages */
    if (want > e->size || e->size - want >= (unit + 7) / 8)
        return fault(err, ERR_BOUNDS, "storage-size",
                     "storage '%s': the record has %" PRIu64 " octets, %" PRIu64
                     " are declared",
                     s->key, e->size, want);
    if (!check_ratio(e, err))
        return false;
    s->nbytes = want;
    s->blob = (struct blob){.size = e->size, .zip = &r->c->zip, .entry = e};
    if (e->method == ZIP_STORED) {
        s->blob.data = r->c->data + e->data_at;
        s->blob.mapped = r->c->mapped;
    }
    return true;
}

/* The directory all entries lie in. */
static bool
find_root(struct checkpoint *c, struct error *err)
{
    const char *first = c->zip.entries[0].name, *slash = strchr(first, '/');
    size_t n = slash ? (size_t)(slash - first) : 0;

    if (!slash)
        return fault(err, ERR_MALFORMED, "zip-layout",
                     "records are not in a directory of the archive");
    for (size_t i = 0; i < c->zip.count; i++) {
        const struct zip_entry *e = &c->zip.entries[i];

        if (e->name_size <= n + 1 || memcmp(e->name, first, n + 1) != 0)
            return fault(err, ERR_MALFORMED, "zip-layout",
                         "'%.80s' is outside of the archive's directory '%.*s'", e->name,
                         (int)n, first);
    }
    c->archive = arena_strndup(&c->arena, first, n);
    return true;
}

static const char *
record_text(struct checkpoint *c, const char *name, struct error *err)
{
    const struct zip_entry *e = record(c, name);
    const uint8_t *data = NULL;

    if (!e || e->size > RECORD_MAX || !read_record(c, e, &data, err))
        return NULL;
    return arena_strndup(&c->arena, (const char *)data, (size_t)e->size);
}

static bool
read_version(struct checkpoint *c, struct error *err)
{
    const char *text;
    uint64_t version;
    size_t n;

    if (!record(c, "version"))
        return fault(err, ERR_MALFORMED, "zip-layout", "no version record");
    text = record_text(c, "version", err);
    if (!text && err->class != ERR_NONE)
        return false;
    if (!text)
        return fault(err, ERR_VERSION, "version-mismatch",
                     "the version record is too long");
    n = strcspn(text, "\n");
    if (!num_parse_u64(text, n, &version) || (text[n] && text[n + 1]))
        return fault(err, ERR_VERSION, "version-mismatch",
                     "the version record is not a number");
    if (version < 1 || version > 10)
        return fault(err, ERR_VERSION, "version-mismatch",
                     "archive version %" PRIu64 " (1 to 10 are known)", version);
    c->version = arena_strndup(&c->arena, text, n);
    return true;
}

static bool
read_byteorder(struct checkpoint *c, bool *big, struct error *err)
{
    *big = false;
    c->byteorder = "little";
    if (!record(c, "byteorder"))
        return true;
    c->byteorder = record_text(c, "byteorder", err);
    if (!c->byteorder && err->class != ERR_NONE)
        return false;
    if (c->byteorder && strcmp(c->byteorder, "little") == 0)
        return true;
    *big = c->byteorder && strcmp(c->byteorder, "big") == 0;
    return *big || fault(err, ERR_MALFORMED, "byteorder",
                         "the byteorder record is neither 'little' nor 'big'");
}

/* Which folder of storages a record lies in; the rest of its name is the key. */
static bool
is_below(const char *name, const char *folder, const char **rest)
{
    size_t n = strlen(folder);

    *rest = name + n;
    return strncmp(name, folder, n) == 0 && name[n] != '\0';
}

static bool
is_known(const char *name, bool script)
{
    static const char *const names[] = {"data.pkl",           "version",
                                        "byteorder",          ".format_version",
                                        ".storage_alignment", ".data/serialization_id",
                                        ".data/version"};
    const char *rest;

    for (size_t i = 0; i < COUNT_OF(names); i++)
        if (strcmp(name, names[i]) == 0)
            return true;
    return script &&
           (strcmp(name, "constants.pkl") == 0 ||
            strcmp(name, "traced_inputs.pkl") == 0 || is_below(name, "code/", &rest) ||
            is_below(name, "extra/", &rest) || is_below(name, "traced_inputs/", &rest));
}

/* A record no reader asks for: dangerous when it is a pickle that imports. */
static bool
unexpected(struct checkpoint *c, const struct zip_entry *e,
           const struct open_options *options, struct error *err)
{
    const uint8_t *data = NULL;

    if (e->size <= EXTRA_MAX && (!read_record(c, e, &data, err) ||
                                 !nested_check_octets(data, (size_t)e->size, err)))
        return error_at_byte(err, e->header_at);
    return diagnostics_recover(options->diagnostics, "zip-unexpected-entry", e->name, err,
                               "an entry torch.save never writes: %.80s", e->name);
}

struct folder {
    const char *name;
    const struct names *keys; /* referenced storages */
};

static bool
check_records(struct checkpoint *c, const struct folder *folders, size_t count,
              bool script, const struct open_options *options, struct error *err)
{
    size_t skip = strlen(c->archive) + 1;

    for (size_t i = 0; i < c->zip.count; i++) {
        const struct zip_entry *e = &c->zip.entries[i];
        const char *name = e->name + skip, *key = NULL;
        size_t f = 0;

        while (f < count && !is_below(name, folders[f].name, &key))
            f++;
        if (f == count) {
            if (!is_known(name, script) && !unexpected(c, e, options, err))
                return false;
        } else if (names_find(folders[f].keys, key, strlen(key)) ==
                       (size_t)NAMES_ABSENT &&
                   !diagnostics_recover(options->diagnostics, "storage-orphan", e->name,
                                        err, "record %.80s belongs to no tensor",
                                        e->name)) {
            return false;
        }
    }
    return true;
}

/* Run one pickle of the archive and walk its object. */
static bool
load_pickle(struct checkpoint *c, struct tree *tree, const char *name, struct error *err)
{
    const struct zip_entry *e = record(c, name);
    struct checkpoint_pickle *p = NULL;
    const uint8_t *data = NULL;

    if (!e)
        return fault(err, ERR_MALFORMED, "zip-layout", "no %s record", name);
    return check_ratio(e, err) && read_record(c, e, &data, err) &&
           checkpoint_run_pickle(tree->c, name, data, e->size, true, &p, err) &&
           tree_check_globals(tree, p, err) && tree_walk(tree, p->pickle.root, err);
}

/* The constants of TorchScript code: another object over storages of its own. */
static bool
load_constants(struct checkpoint *c, const struct tree *like, struct names *keys,
               struct checkpoint **out, struct error *err)
{
    struct checkpoint *part = xcalloc(1, sizeof *part);
    struct records records = {{find_record}, c, "constants/"};
    struct tree tree = {.c = part,
                        .source = &records.source,
                        .options = like->options,
                        .torchscript = true,
                        .big_endian = like->big_endian};
    bool ok;

    checkpoint_init(part, c->path);
    part->format = FORMAT_PICKLE;
    part->role = "constants.pkl";
    part->data = c->data;
    part->size = c->size;
    part->next = c->parts;
    c->parts = part;
    ok = load_pickle(c, &tree, "constants.pkl", err);
    *keys = tree.keys;
    *out = part;
    return ok;
}

/*
 * Example inputs of a traced module: their records are empty, because tracing keeps
 * shapes and no data.  Only what the pickle imports matters.
 */
static bool
check_traced(struct checkpoint *c, const struct tree *tree, struct error *err)
{
    const struct zip_entry *e = record(c, "traced_inputs.pkl");
    struct checkpoint_pickle *p = NULL;
    const uint8_t *data = NULL;

    return !e || (check_ratio(e, err) && read_record(c, e, &data, err) &&
                  checkpoint_run_pickle(c, e->name, data, e->size, true, &p, err) &&
                  tree_check_globals(tree, p, err));
}

static int
compare_text(const void *a, const void *b)
{
    const char *const *x = a, *const *y = b;

    return strcmp(*x, *y);
}

static void
list_code(struct checkpoint *c, struct torchscript *s)
{
    size_t skip = strlen(c->archive) + 1;
    const char *rest;

    s->code = arena_alloc(&c->arena, c->zip.count * sizeof(*s->code));
    s->extra = arena_alloc(&c->arena, c->zip.count * sizeof(*s->extra));
    for (size_t i = 0; i < c->zip.count; i++) {
        const struct zip_entry *e = &c->zip.entries[i];

        if (is_below(e->name + skip, "code/", &rest))
            s->code[s->code_count++] = e->name + skip;
        else if (is_below(e->name + skip, "extra/", &rest))
            s->extra[s->extra_count++] = e;
    }
    qsort(s->code, s->code_count, sizeof(*s->code), compare_text);
}

static bool
load_script(struct checkpoint *c, struct tree *tree, struct error *err)
{
    struct names constants = {0};
    struct folder folders[] = {{"data/", &tree->keys}, {"constants/", &constants}};
    struct torchscript *s = arena_alloc(&c->arena, sizeof *s);
    const struct global *g = value_global(c->pickles->pickle.root);
    bool ok;

    c->format = FORMAT_TORCHSCRIPT;
    c->script = s;
    if (c->pickles->pickle.root->kind != VALUE_OBJECT || !g || !policy_is_torchscript(g))
        return fault(err, ERR_UNSUPPORTED, "torchscript",
                     "an archive with code/ and constants.pkl whose data.pkl is no "
                     "TorchScript module");
    list_code(c, s);
    ok = load_constants(c, tree, &constants, &s->constants, err) &&
         check_traced(c, tree, err) &&
         check_records(c, folders, 2, true, tree->options, err);
    names_clear(&constants);
    return ok;
}

bool
torch_zip_is(const struct zip *z)
{
    for (size_t i = 0; i < z->count; i++) {
        const char *slash = strchr(z->entries[i].name, '/');

        if (slash && (strcmp(slash, "/data.pkl") == 0 || strcmp(slash, "/version") == 0))
            return true;
    }
    return zip_find(z, "data.pkl") != NULL;
}

bool
torch_zip_load(struct checkpoint *c, const struct open_options *options,
               struct error *err)
{
    struct records records = {{find_record}, c, "data/"};
    struct tree tree = {.c = c, .source = &records.source, .options = options};
    struct folder folder = {"data/", &tree.keys};
    bool ok;

    c->format = FORMAT_TORCH_ZIP;
    if (!find_root(c, err) || !read_version(c, err) ||
        !read_byteorder(c, &tree.big_endian, err))
        return false;
    tree.torchscript = record(c, "constants.pkl") != NULL;
    ok = load_pickle(c, &tree, "data.pkl", err) &&
         (tree.torchscript ? load_script(c, &tree, err)
                           : check_records(c, &folder, 1, false, options, err));
    tree_clear(&tree);
    return ok;
}
