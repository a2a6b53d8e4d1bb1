/*
 * scan.h: is a file safe to hand to a loader?
 *
 * The strict reader decides.  Beside its verdict the scan lists every global that any
 * pickle of the file names, run leniently as other loaders would: all pickles of a
 * stream, all members of an archive.
 */
#ifndef CKPT_JUDGE_SCAN_H
#define CKPT_JUDGE_SCAN_H

#include "container/open.h"
#include "pickle/policy.h"

enum scan_verdict {
    SCAN_CLEAN,
    SCAN_OPAQUE,      /* clean, with classes of plain data that are not understood */
    SCAN_TORCHSCRIPT, /* clean, and torch.jit.load would run its code */
    SCAN_UNSAFE,
    SCAN_MALFORMED, /* refused for another reason */
};

struct scan_finding {
    const char *member; /* arena; "" for the file itself */
    const char *global; /* arena */
    const char *opcode;
    uint64_t at; /* offset in the member */
    enum verdict verdict;
    const char *why; /* or NULL */
};

struct scan {
    struct arena arena;
    enum scan_verdict verdict;
    struct error refusal;          /* of the strict reader; class ERR_NONE: none */
    struct scan_finding *findings; /* owned */
    size_t count, capacity;
};

const char *scan_verdict_name(enum scan_verdict v);

/* raw_dtype: of a raw storage, or NULL.  False only when the file cannot be read at all
 * (ERR_IO). */
MUST_CHECK bool scan_file(struct scan *s, const char *path, const char *raw_dtype,
                          struct diagnostics *d, struct error *err);
void scan_clear(struct scan *s);

#endif
