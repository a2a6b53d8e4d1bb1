/*
 * torch_version.h: what one version of torch says about its dispatch keys.
 *
 * One file torch_X_Y.c a version, written by scripts/gen-torch-version.py from a live
 * torch.  TORCH_VERSION enters it into the list below by itself, so that a new
 * version is one new file.  Key values are torch's own enum values.
 */
#ifndef KEYSET_TORCH_VERSION_H
#define KEYSET_TORCH_VERSION_H

#include "common/attr.h"
#include "common/error.h"

#include <stddef.h>
#include <stdint.h>

enum { KEY_UNDEFINED = 0, KEY_PARSES = 1, KEY_BACKEND = 2 };

/* What a kernel does when it is entered. */
enum kernel_kind {
    KERNEL_PLAIN,       /* computes and returns */
    KERNEL_REDISPATCH,  /* calls on, with the keys below its own */
    KERNEL_FALLTHROUGH, /* must never be entered: the key is masked out before */
    KERNEL_AUTOGRAD,    /* torch's autograd fallback: calls on below autograd */
    KERNEL_META,        /* torch's Meta fallback: raises */
    KERNEL_OPAQUE,      /* some other fallback of torch; what it does is unknown */
    KERNEL_AMBIGUOUS,   /* the kernel torch puts at an ambiguous AutogradOther: raises */
};

struct torch_key {
    const char *name;
    unsigned flags;             /* KEY_PARSES: parseDispatchKey takes it; KEY_BACKEND */
    uint64_t runtime;           /* getRuntimeDispatchKeySet */
    uint64_t autograd_backends; /* getBackendKeySetFromAutograd */
    unsigned aliases;           /* bit i: isIncludedInAlias(this, alias i) */
};

struct torch_block {
    unsigned functionality, start; /* the marker before the block's first key */
};

struct torch_backend {
    const char *name;            /* of the component, "CPUBit" */
    unsigned autograd, autocast; /* keys related to it; autocast 0: none */
};

struct torch_set {
    const char *name;
    uint64_t bits;
};

struct torch_fallback {
    unsigned key;
    enum kernel_kind kind;
    const char *debug;
};

struct torch_version {
    const char *name, *release; /* "2.6", "2.6.0" */
    unsigned backend_count;     /* without InvalidBit */
    unsigned functionality_count;
    unsigned key_count, first_alias;
    unsigned block_count, set_count, fallback_count;
    const struct torch_key *keys;         /* [key_count] */
    const struct torch_block *blocks;     /* [block_count] */
    const struct torch_backend *backends; /* [backend_count + 1], InvalidBit first */
    const struct torch_set *sets;         /* [set_count] */
    const struct torch_fallback *fallbacks;
    uint64_t full, autograd, autocast, autogradother, backend_functionalities;
    uint64_t legacy_drops, default_included, default_excluded;
    bool mask_after_tls; /* the per-backend mask is chosen by the keyset after TLS */
    unsigned assert_line;
};

/* The linker gathers these pointers between __start_ and __stop_torch_versions. */
#define TORCH_VERSION(name)                                                              \
    __attribute__((used, section("torch_versions"))) static const struct torch_version   \
        *const name##_entry = &name

/* The version called `name` ("2.6", "2.6.0"); ERR_VERSION lists those there are. */
MUST_CHECK bool torch_version_find(const struct torch_version **out, const char *name,
                                   struct error *err);
/* The i-th version, oldest file name first; NULL past the last. */
const struct torch_version *torch_version_at(size_t i);

#define TORCH_DEFAULT "2.6"

#endif
