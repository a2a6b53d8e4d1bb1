#include "profiles/frankentorch.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

static const char *const names[FRANKEN_KEY_COUNT] = {
    "Undefined",
    "BackendSelect",
    "CompositeImplicitAutograd",
    "CompositeExplicitAutograd",
    "CPU",
    "AutogradCPU",
};

/* highest_priority_type_id looks through these in turn. */
static const enum franken_key type_priority[] = {
    FRANKEN_AUTOGRAD_CPU, FRANKEN_COMPOSITE_EXPLICIT, FRANKEN_COMPOSITE_IMPLICIT,
    FRANKEN_CPU,          FRANKEN_BACKEND_SELECT,
};

const char *
franken_key_name(enum franken_key key)
{
    return names[key];
}

bool
franken_key_find(const char *name, enum franken_key *out)
{
    for (size_t i = 0; i < FRANKEN_KEY_COUNT; i++)
        if (strcmp(name, names[i]) == 0) {
            *out = (enum franken_key)i;
            return true;
        }
    return false;
}

uint64_t
franken_bit(enum franken_key key)
{
    return 1ULL << key;
}

static bool
refuse(struct error *err, const char *subclass, const char *message)
{
    (void)error_set(err, ERR_UNSUPPORTED, "%s", message);
    return error_subclass(err, subclass);
}

static bool
has(uint64_t keyset, enum franken_key key)
{
    return (keyset & franken_bit(key)) != 0;
}

static bool
select_keys(uint64_t keyset, struct franken_decision *out, struct error *err)
{
    uint64_t unknown = keyset >> FRANKEN_KEY_COUNT << FRANKEN_KEY_COUNT;

    if (unknown) {
        (void)error_set(err, ERR_UNSUPPORTED,
                        "dispatch keyset has unknown bitmask 0x%016" PRIx64, unknown);
        return error_subclass(err, "UnknownBits");
    }
    if (keyset == 0)
        return refuse(err, "EmptySet", "dispatch keyset is empty");
    if (has(keyset, FRANKEN_AUTOGRAD_CPU) && !has(keyset, FRANKEN_CPU))
        return refuse(err, "IncompatibleSet",
                      "incompatible dispatch keyset: AutogradCPU requires CPU backend "
                      "availability");
    for (size_t i = 0; i < COUNT_OF(type_priority) && !out->selected; i++)
        if (has(keyset, type_priority[i]))
            out->selected = type_priority[i];
    if (!out->selected)
        return refuse(err, "NoTypeKey", "dispatch keyset has no resolvable type key");
    if (!has(keyset, FRANKEN_CPU))
        return refuse(err, "NoBackendKey", "dispatch keyset has no backend key");
    out->backend = FRANKEN_CPU;
    return true;
}

bool
franken_resolve(uint64_t keyset, struct diagnostics *diagnostics,
                struct franken_decision *out, struct error *err)
{
    memset(out, 0, sizeof(*out));
    out->mode = diagnostics->mode;
    out->keyset_bits = keyset;
    if (!select_keys(keyset, out, err))
        return false;
    out->effective = out->selected;
    if (out->selected == FRANKEN_CPU || out->selected == FRANKEN_AUTOGRAD_CPU)
        return true;
    if (diagnostics->mode == MODE_STRICT)
        return refuse(err, "IncompatibleSet",
                      "incompatible dispatch keyset: strict mode forbids "
                      "composite/backend fallback routing");
    out->effective = out->backend;
    out->fallback_used = true;
    return diagnostics_recover(diagnostics, "composite_backend_fallback", "/keyset", err,
                               "%s falls back to %s", names[out->selected],
                               names[out->backend]);
}

/* --- cases --- */

/* A word its fixture reader takes, and what it stands for. */
struct word {
    const char *text;
    int means; /* below 0: known, but nothing is routed there */
};

static const struct word dtypes[] = {{"F64", 0}, {"F32", 1}, {NULL, 0}};
static const struct word devices[] = {
    {"Cpu", 0}, {"CPU", 0}, {"Cuda", -1}, {"CUDA", -1}, {NULL, 0}};

static const struct word *
find_word(const struct word *words, const char *text)
{
    while (words->text && strcmp(words->text, text) != 0)
        words++;
    return words->text ? words : NULL;
}

/* Both operands' words, which must be known, agree and be routed. */
static bool
agree(const struct json_doc *doc, const struct json *node, const char *lhs,
      const char *rhs, const struct word *words, struct error *err)
{
    const char *left = words->text, *right = words->text;
    const struct word *a, *b;

    if (!json_opt_string(doc, node, lhs, &left, err) ||
        !json_opt_string(doc, node, rhs, &right, err))
        return false;
    a = find_word(words, left);
    b = find_word(words, right);
    if (a && b && a->means == b->means && a->means >= 0)
        return true;
    (void)json_fail(doc, node, err, ERR_UNSUPPORTED, "%s %.20s, %s %.20s: %s", lhs, left,
                    rhs, right,
                    !a || !b               ? "not known"
                    : a->means != b->means ? "not the same"
                                           : "nothing is routed there");
    return error_subclass(err, a && b && a->means != b->means ? "TensorMismatch"
                                                              : "TensorUnsupported");
}

static bool
read_keyset(const struct json_doc *doc, const struct json *node, uint64_t *out,
            struct error *err)
{
    const struct json *list = NULL;
    bool requires_grad = false;

    if (!json_opt_bool(doc, node, "requires_grad", &requires_grad, err) ||
        !json_opt(doc, node, "keyset", JSON_ARRAY, &list, err))
        return false;
    *out = 0;
    if (!list)
        *out = franken_bit(FRANKEN_CPU) | franken_bit(FRANKEN_BACKEND_SELECT) |
               (requires_grad ? franken_bit(FRANKEN_AUTOGRAD_CPU) : 0);
    for (const struct json *n = list ? json_first(list) : NULL; n; n = json_next(n)) {
        enum franken_key key = FRANKEN_UNDEFINED;
        const char *name = json_type(n) == JSON_STRING ? json_text(n) : "";

        if (!franken_key_find(name, &key)) {
            (void)json_fail(doc, n, err, ERR_UNSUPPORTED, "unknown dispatch key '%.40s'",
                            name);
            return error_subclass(err, "UnknownKey");
        }
        *out |= franken_bit(key);
    }
    return true;
}

static bool
compute(const struct json_doc *doc, const struct json *node, struct franken_decision *out,
        struct error *err)
{
    double lhs = 0, rhs = 0;

    if (!json_want_string(doc, node, "op", &out->op, err) ||
        !json_want_f64(doc, node, "lhs", &lhs, err) ||
        !json_want_f64(doc, node, "rhs", &rhs, err))
        return false;
    if (strcmp(out->op, "add") == 0)
        out->output = lhs + rhs;
    else if (strcmp(out->op, "mul") == 0)
        out->output = lhs * rhs;
    else if (strcmp(out->op, "sub") == 0)
        out->output = lhs - rhs;
    else if (strcmp(out->op, "div") == 0)
        out->output = lhs / rhs;
    else
        return json_fail(doc, node, err, ERR_UNSUPPORTED,
                         "operator '%.40s' is not add, sub, mul or div", out->op);
    (void)snprintf(out->kernel, sizeof(out->kernel), "%s::%s_scalar",
                   out->effective == FRANKEN_AUTOGRAD_CPU ? "autograd_cpu" : "cpu",
                   out->op);
    return true;
}

bool
franken_case(const struct json_doc *doc, const struct json *node,
             struct diagnostics *diagnostics, struct franken_decision *out,
             struct error *err)
{
    uint64_t keyset = 0;

    return read_keyset(doc, node, &keyset, err) &&
           agree(doc, node, "lhs_dtype", "rhs_dtype", dtypes, err) &&
           agree(doc, node, "lhs_device", "rhs_device", devices, err) &&
           franken_resolve(keyset, diagnostics, out, err) && compute(doc, node, out, err);
}
