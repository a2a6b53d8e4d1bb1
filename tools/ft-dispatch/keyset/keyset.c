#include "keyset/keyset.h"

#include <string.h>

static unsigned
name_hash(const char *name, size_t size)
{
    unsigned h = 2166136261U; /* FNV-1a */

    for (size_t i = 0; i < size; i++)
        h = (h ^ (unsigned char)name[i]) * 16777619U;
    return (h ^ h >> 15) % NAMES_HASH;
}

bool
key_find(const struct keyspace *k, const char *name, size_t size, unsigned *out)
{
    for (unsigned h = name_hash(name, size); k->names[h]; h = (h + 1) % NAMES_HASH) {
        unsigned key = k->names[h] - 1U;
        const char *known = k->version->keys[key].name;

        if (strncmp(known, name, size) == 0 && known[size] == '\0') {
            *out = key;
            return true;
        }
    }
    return false;
}

/* Values 48 and 0 of torch 2.6 both print "Undefined": the first one has the name. */
static void
index_names(struct keyspace *k)
{
    unsigned found;

    for (unsigned key = 0; key < k->version->key_count; key++) {
        const char *name = k->version->keys[key].name;
        unsigned h = name_hash(name, strlen(name));

        if (key_find(k, name, strlen(name), &found))
            continue;
        while (k->names[h])
            h = (h + 1) % NAMES_HASH;
        k->names[h] = (uint8_t)(key + 1);
    }
}

static void
index_blocks(struct keyspace *k)
{
    const struct torch_version *v = k->version;

    for (unsigned i = 0; i < v->block_count; i++)
        k->block[v->blocks[i].functionality] = (uint8_t)v->blocks[i].start;
    for (unsigned f = 1; f < v->functionality_count; f++)
        k->offset[f] =
            (uint8_t)(k->offset[f - 1] + (k->block[f - 1] ? v->backend_count : 1));
    k->slot_count = k->offset[v->functionality_count - 1] + 1U;
    for (unsigned key = 1; key < v->functionality_count; key++) {
        k->functionality[key] = (uint8_t)key;
        k->bits[key] = 1ULL << (v->backend_count + key - 1);
    }
    for (unsigned i = 0; i < v->block_count; i++) {
        unsigned f = v->blocks[i].functionality;

        for (unsigned b = 0; b <= v->backend_count; b++) {
            unsigned key = v->blocks[i].start + b;

            k->functionality[key] = (uint8_t)f;
            k->backend[key] = (uint8_t)b;
            k->bits[key] = k->bits[f] | (b ? 1ULL << (b - 1) : 0);
        }
    }
}

static void
index_known(struct keyspace *k)
{
    static const char *const names[KNOWN_COUNT] = {
        [KNOWN_AUTOGRAD] = "Autograd",
        [KNOWN_COMPOSITE_IMPLICIT] = "CompositeImplicitAutograd",
        [KNOWN_COMPOSITE_IMPLICIT_NESTED] = "CompositeImplicitAutogradNestedTensor",
        [KNOWN_COMPOSITE_EXPLICIT] = "CompositeExplicitAutograd",
        [KNOWN_COMPOSITE_EXPLICIT_NON_FUNCTIONAL] =
            "CompositeExplicitAutogradNonFunctional",
        [KNOWN_BATCHED_DECOMPOSITION] = "FuncTorchBatchedDecomposition",
        [KNOWN_AUTOGRAD_OTHER] = "AutogradOther",
        [KNOWN_AD_INPLACE_OR_VIEW] = "ADInplaceOrView",
    };

    for (unsigned i = 0; i < KNOWN_COUNT; i++) {
        unsigned key = 0;

        if (key_find(k, names[i], strlen(names[i]), &key))
            k->known[i] = (uint8_t)key;
    }
}

void
keyspace_init(struct keyspace *k, const struct torch_version *version)
{
    memset(k, 0, sizeof(*k));
    k->version = version;
    k->backend_mask = (1ULL << version->backend_count) - 1;
    index_blocks(k);
    for (unsigned key = 0; key < version->key_count; key++)
        k->slot[key] = (uint8_t)keyset_slot(k, k->bits[key]);
    k->runtime[0] = KEY_UNDEFINED;
    k->runtime_count = 1 + (unsigned)keyset_keys(k, version->full, k->runtime + 1);
    index_names(k);
    index_known(k);
}

const char *
key_name(const struct keyspace *k, unsigned key)
{
    return key < k->version->key_count ? k->version->keys[key].name : "UnknownUnknown";
}

bool
key_is_marker(const struct keyspace *k, unsigned key)
{
    return key == k->version->functionality_count ||
           (key > k->version->functionality_count && !key_is_alias(k, key) &&
            k->backend[key] == 0);
}

bool
backend_find(const struct keyspace *k, const char *name, unsigned *out)
{
    for (unsigned b = 0; b <= k->version->backend_count; b++) {
        const char *known = k->version->backends[b].name;
        size_t n = strlen(known);

        if (strcmp(name, known) == 0 ||
            (n > 3 && strcmp(known + n - 3, "Bit") == 0 && strlen(name) == n - 3 &&
             strncmp(name, known, n - 3) == 0)) {
            *out = b;
            return true;
        }
    }
    return false;
}

unsigned
keyset_backend_key(const struct keyspace *k, uint64_t set)
{
    return keyset_key(k, set & k->version->backend_functionalities);
}

unsigned
keyset_legacy_extract(const struct keyspace *k, uint64_t set)
{
    return keyset_key(k, keyset_sub(k, set, k->version->legacy_drops));
}

/* FULL_AFTER always keeps PythonDispatcher, the topmost key. */
uint64_t
keyset_full_after(const struct keyspace *k, unsigned key)
{
    const struct torch_version *v = k->version;
    unsigned f = k->functionality[key];
    /* With no functionality torch shifts by one place less than the backends take. */
    uint64_t below = (1ULL << (v->backend_count + f - 1)) - 1;

    return below | 1ULL << (v->backend_count + v->functionality_count - 2);
}

uint64_t
keyset_unknown(const struct keyspace *k, uint64_t set)
{
    return set & ~k->version->full;
}

/* Backends without an autograd key of their own (HIP, VE, ...) share AutogradOther. */
uint64_t
keyset_autograd_related(const struct keyspace *k, unsigned backend)
{
    return k->bits[k->known[KNOWN_AD_INPLACE_OR_VIEW]] |
           k->bits[k->version->backends[backend].autograd];
}

uint64_t
keyset_autocast_related(const struct keyspace *k, unsigned backend)
{
    return k->bits[k->version->backends[backend].autocast];
}

uint64_t
keyset_expand(const struct keyspace *k, unsigned key)
{
    return key_is_alias(k, key) ? k->version->keys[key].runtime : k->bits[key];
}

size_t
keyset_keys(const struct keyspace *k, uint64_t set, uint8_t out[static KEYS_MAX])
{
    size_t n = 0;

    for (uint64_t fs = set >> k->version->backend_count; fs; fs &= fs - 1) {
        unsigned f = (unsigned)__builtin_ctzll(fs) + 1;

        if (f >= k->version->functionality_count)
            break;
        if (!k->block[f]) {
            out[n++] = (uint8_t)f;
            continue;
        }
        for (uint64_t bs = set & k->backend_mask; bs; bs &= bs - 1)
            out[n++] = (uint8_t)(k->block[f] + (unsigned)__builtin_ctzll(bs) + 1);
    }
    return n;
}

void
keyset_format(const struct keyspace *k, uint64_t set, struct buf *out)
{
    uint8_t keys[KEYS_MAX];
    size_t n = keyset_keys(k, set, keys);

    buf_puts(out, "DispatchKeySet(");
    for (size_t i = 0; i < n; i++)
        buf_printf(out, "%s%s", i ? ", " : "", key_name(k, keys[i]));
    buf_putc(out, ')');
}

bool
keyset_parse_hex(const char *text, size_t size, uint64_t *out)
{
    uint64_t value = 0;

    if (size < 3 || size > 18 || text[0] != '0' || text[1] != 'x')
        return false;
    for (size_t i = 2; i < size; i++) {
        char c = text[i];
        unsigned digit = c >= '0' && c <= '9'   ? (unsigned)(c - '0')
                         : c >= 'a' && c <= 'f' ? (unsigned)(c - 'a') + 10U
                         : c >= 'A' && c <= 'F' ? (unsigned)(c - 'A') + 10U
                                                : 16U;

        if (digit > 15)
            return false;
        value = value << 4 | digit;
    }
    *out = value;
    return true;
}
