/*
 * evidence.h: files under a root, opened once, never written.
 *
 * Paths are relative to the root; one that leaves it, itself or through a symbolic
 * link, is PATH_ESCAPE.  Every failure is a reason of the judgement, and every file
 * that was read is one of its exhibits (LS-GATE-010, LS-GATE-014, LS-GATE-015).
 */
#ifndef GATE_EVIDENCE_EVIDENCE_H
#define GATE_EVIDENCE_EVIDENCE_H

#include "common/file.h"
#include "common/json_in.h"
#include "evidence/judgement.h"

struct evidence_root {
    const char *path; /* borrowed, as given */
    char *real;       /* owned: without symbolic links */
    size_t real_size;
};

MUST_CHECK bool evidence_root_open(struct evidence_root *root, const char *path,
                                   struct error *err);
void evidence_root_close(struct evidence_root *root);

struct evidence {
    struct judgement *judgement; /* borrowed: where reasons go */
    const struct evidence_root
        *root;        /* borrowed; NULL: a file the user named, anywhere */
    const char *file; /* borrowed: the path relative to the root */
    struct input input;
    struct json_doc *doc; /* owned; of evidence_json() and evidence_yaml() */
};

enum { EVIDENCE_JSON_MAX = 64 << 20, EVIDENCE_YAML_MAX = 1 << 20 };

/* The path a root-relative file has for the operating system; false, judged, without. */
bool evidence_resolve(struct judgement *j, const struct evidence_root *root,
                      const char *file, enum reason_class missing, char out[static 4096]);

/*
 * e->judgement, root and file are set by the caller.  Absent: EVIDENCE_MISSING.
 * Empty is allowed only here; evidence_json() and _yaml() call it EMPTY_FILE.
 */
MUST_CHECK bool evidence_open(struct evidence *e, uint64_t limit);
/* Text: not empty, UTF-8, no byte order mark. */
MUST_CHECK bool evidence_text(struct evidence *e);
MUST_CHECK bool evidence_json(struct evidence *e);
MUST_CHECK bool evidence_yaml(struct evidence *e);
void evidence_close(struct evidence *e);

/* Does it exist (whatever it is), inside the root? */
bool evidence_exists(const struct evidence_root *root, const char *file);

/* A reader's error as a reason, with the class that fits. */
void evidence_fault(struct judgement *j, const char *rule, const char *file,
                    const struct error *err);

#endif
