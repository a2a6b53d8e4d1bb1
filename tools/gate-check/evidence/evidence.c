#define _XOPEN_SOURCE 700 /* realpath() */
#include "evidence/evidence.h"

#include "common/mem.h"
#include "common/utf8.h"
#include "common/yaml_in.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static const char rule_file[] = "file";

bool
evidence_root_open(struct evidence_root *root, const char *path, struct error *err)
{
    struct stat st;

    *root = (struct evidence_root){.path = path, .real = realpath(path, NULL)};
    if (!root->real)
        return error_errno(err, "cannot open this folder") || error_in(err, path);
    if (stat(root->real, &st) != 0 || !S_ISDIR(st.st_mode)) {
        evidence_root_close(root);
        return error_set(err, ERR_MALFORMED, "not a folder") || error_in(err, path);
    }
    root->real_size = strcmp(root->real, "/") == 0 ? 0 : strlen(root->real);
    return true;
}

void
evidence_root_close(struct evidence_root *root)
{
    free(root->real);
    *root = (struct evidence_root){0};
}

/* "..", an absolute path or an empty one never names evidence. */
static bool
is_inside(const char *file)
{
    if (file[0] == '/' || file[0] == '\0')
        return false;
    for (const char *p = file; p; p = strchr(p, '/')) {
        p += *p == '/';
        if (strncmp(p, "..", 2) == 0 && (p[2] == '/' || p[2] == '\0'))
            return false;
    }
    return true;
}

/* 0, or errno; EXDEV when it leads out of the root. */
static int
resolve(const struct evidence_root *root, const char *file, char out[static 4096])
{
    char path[4096];
    int n =
        snprintf(path, sizeof path, "%.*s/%s", (int)root->real_size, root->real, file);

    if (!is_inside(file))
        return EXDEV;
    if (n < 0 || (size_t)n >= sizeof path)
        return ENAMETOOLONG;
    if (!realpath(path, out))
        return errno;
    if (strncmp(out, root->real, root->real_size) != 0 || out[root->real_size] != '/')
        return EXDEV;
    return 0;
}

bool
evidence_exists(const struct evidence_root *root, const char *file)
{
    char path[4096];

    return resolve(root, file, path) == 0;
}

/* A file the user named: anywhere, but it must be there. */
static int
resolve_given(const char *file, char out[static 4096])
{
    struct stat st;

    if (strlen(file) >= 4096)
        return ENAMETOOLONG;
    (void)snprintf(out, 4096, "%s", file);
    if (strcmp(file, "-") == 0)
        return 0;
    return stat(file, &st) == 0 ? 0 : errno;
}

bool
evidence_resolve(struct judgement *j, const struct evidence_root *root, const char *file,
                 enum reason_class missing, char out[static 4096])
{
    switch (root ? resolve(root, file, out) : resolve_given(file, out)) {
    case 0: return true;
    case ENOENT:
    case ENOTDIR:
        (void)judge(j, missing, rule_file, file, "", "no such file%s%s",
                    root ? " under " : "", root ? root->path : "");
        return false;
    case ELOOP:
        (void)judge(j, REASON_SYMLINK_LOOP, rule_file, file, "",
                    "symbolic links that lead in a circle");
        return false;
    case EXDEV:
        (void)judge(j, REASON_PATH_ESCAPE, rule_file, file, "",
                    "leads out of the root (evidence lies inside it)");
        return false;
    default:
        (void)judge(j, REASON_IO_ERROR, rule_file, file, "", "%s", strerror(errno));
        return false;
    }
}

void
evidence_fault(struct judgement *j, const char *rule, const char *file,
               const struct error *err)
{
    static const struct {
        const char *subclass;
        enum reason_class class;
    } subclasses[] = {
        {"duplicate_key", REASON_DUPLICATE_KEY}, {"encoding", REASON_ENCODING_ERROR},
        {"depth", REASON_DEPTH_LIMIT},           {"empty", REASON_EMPTY_FILE},
        {"alias", REASON_ALIAS_REFUSED},         {"multi_document", REASON_MULTI_DOC}};
    enum reason_class class = REASON_PARSE_ERROR;

    if (err->class == ERR_UNKNOWN_FIELD)
        class = REASON_UNKNOWN_KEY;
    else if (err->class == ERR_LIMIT)
        class = REASON_SIZE_LIMIT;
    else if (err->class == ERR_VERSION)
        class = REASON_UNSUPPORTED;
    else if (err->class == ERR_IO || err->class == ERR_MEMORY)
        class = REASON_IO_ERROR;
    for (size_t i = 0; i < COUNT_OF(subclasses); i++)
        if (strcmp(err->subclass, subclasses[i].subclass) == 0)
            class = subclasses[i].class;
    (void)judge(j, class, rule, file, err->at, "%s", err->message);
}

bool
evidence_open(struct evidence *e, uint64_t limit)
{
    struct error err = {0};
    struct stat st;
    char path[4096];

    if (!evidence_resolve(e->judgement, e->root, e->file, REASON_EVIDENCE_MISSING, path))
        return false;
    /* A pipe the user named is read; inside a root only files are evidence. */
    if (stat(path, &st) == 0 && !S_ISREG(st.st_mode) &&
        (e->root || S_ISDIR(st.st_mode))) {
        (void)judge(e->judgement, REASON_EVIDENCE_MISSING, rule_file, e->file, "",
                    "not a regular file");
        return false;
    }
    if (!input_open(&e->input, path, limit, &err)) {
        e->input = (struct input){0};
        evidence_fault(e->judgement, rule_file, e->file, &err);
        return false;
    }
    judgement_exhibit(e->judgement, e->file, e->input.data, e->input.size);
    return true;
}

/* What no text format of evidence may begin with, or be. */
static bool
check_text(const struct evidence *e)
{
    if (e->input.size == 0) {
        (void)judge(e->judgement, REASON_EMPTY_FILE, rule_file, e->file, "",
                    "empty file");
        return false;
    }
    if (e->input.size >= 3 && memcmp(e->input.data, "\xef\xbb\xbf", 3) == 0) {
        (void)judge(e->judgement, REASON_ENCODING_ERROR, rule_file, e->file, "byte 0",
                    "begins with a byte order mark");
        return false;
    }
    return true;
}

bool
evidence_text(struct evidence *e)
{
    const uint8_t *p;
    size_t left;

    if (!evidence_open(e, EVIDENCE_JSON_MAX) || !check_text(e))
        return false;
    for (p = e->input.data, left = e->input.size; left > 0;) {
        size_t n = utf8_length(p, left);

        if (n == 0) {
            (void)judge(e->judgement, REASON_ENCODING_ERROR, rule_file, e->file, "",
                        "octet %zu is not UTF-8", e->input.size - left);
            return false;
        }
        p += n;
        left -= n;
    }
    return true;
}

bool
evidence_json(struct evidence *e)
{
    struct error err = {0};

    if (!evidence_open(e, EVIDENCE_JSON_MAX) || !check_text(e))
        return false;
    if (json_parse(&e->doc, (const char *)e->input.data, e->input.size, NULL, &err))
        return true;
    evidence_fault(e->judgement, rule_file, e->file, &err);
    return false;
}

bool
evidence_yaml(struct evidence *e)
{
    struct error err = {0};

    if (!evidence_open(e, EVIDENCE_YAML_MAX) || !check_text(e))
        return false;
    if (yaml_parse(&e->doc, (const char *)e->input.data, e->input.size, NULL, &err))
        return true;
    evidence_fault(e->judgement, rule_file, e->file, &err);
    return false;
}

void
evidence_close(struct evidence *e)
{
    json_free(e->doc);
    if (e->input.data)
        input_close(&e->input);
    e->doc = NULL;
    e->input = (struct input){0};
}
