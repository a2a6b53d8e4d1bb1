#include "layouts/packet.h"

#include "common/mem.h"

#include <dirent.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const char home[] = "artifacts/phase2c/";
enum { SNIFF = 4096, ID_MAX = 200 };

const char *
packet_file(const struct packet *p, const char *name)
{
    return judgement_text(p->j, "%s%s", p->folder, name);
}

struct evidence
packet_evidence(const struct packet *p, const char *file)
{
    return (struct evidence){.judgement = p->j, .root = p->root, .file = file};
}

static bool
holds(const struct input *in, const char *text)
{
    size_t n = strlen(text);

    for (size_t i = 0; i + n <= in->size; i++)
        if (memcmp(in->data + i, text, n) == 0)
            return true;
    return false;
}

/* Does the beginning of a file hold the text? */
static bool
sniff(const struct evidence_root *root, const char *id, const char *name,
      const char *text)
{
    char path[4096], start[SNIFF + 1];
    size_t n;
    FILE *in;

    (void)snprintf(path, sizeof path, "%s/%s%s/%s", root->real, home, id, name);
    in = fopen(path, "rb");
    if (!in)
        return false;
    n = fread(start, 1, SNIFF, in);
    (void)fclose(in);
    start[n] = '\0';
    return strlen(start) == n && strstr(start, text) != NULL;
}

static bool
has_file(const struct evidence_root *root, const char *id, const char *name)
{
    char path[4096];

    (void)snprintf(path, sizeof path, "%s%s/%s", home, id, name);
    return evidence_exists(root, path);
}

enum packet_layout
packet_recognise(const struct evidence_root *root, const char *id)
{
    static const char gate[] = "parity_gate.yaml", manifest[] = "fixture_manifest.json";

    if (sniff(root, id, gate, "lockstep-gate/") ||
        sniff(root, id, manifest, "lockstep-fixture-manifest/") ||
        has_file(root, id, "parity_report.json.rq"))
        return LAYOUT_LOCKSTEP;
    if (sniff(root, id, gate, "machine_check:"))
        return LAYOUT_FRANKENPANDAS;
    if (sniff(root, id, gate, "\nchecks:") || strncmp(id, "FT-", 3) == 0)
        return LAYOUT_FRANKENTORCH;
    if (strncmp(id, "FP-", 3) == 0)
        return LAYOUT_FRANKENPANDAS;
    return LAYOUT_LOCKSTEP;
}

/* A gate, a manifest or a report makes a packet, and so does the name of one. */
static bool
is_packet(const struct evidence_root *root, const char *name)
{
    if (name[0] == '.' || strlen(name) > ID_MAX)
        return false;
    return strncmp(name, "FP-", 3) == 0 || strncmp(name, "FT-", 3) == 0 ||
           has_file(root, name, "parity_gate.yaml") ||
           has_file(root, name, "fixture_manifest.json") ||
           has_file(root, name, "parity_report.json");
}

static int
by_name(const void *a, const void *b)
{
    return strcmp(*(char *const *)a, *(char *const *)b);
}

bool
packet_find(const struct evidence_root *root, struct packet_list *out, struct error *err)
{
    char path[4096];
    struct dirent *entry;
    DIR *dir;

    *out = (struct packet_list){0};
    (void)snprintf(path, sizeof path, "%s/%s", root->real, home);
    dir = opendir(path);
    if (!dir)
        return errno == ENOENT || errno == ENOTDIR ||
               error_errno(err, "cannot read this folder") || error_in(err, path);
    while ((entry = readdir(dir))) {
        if (!is_packet(root, entry->d_name))
            continue;
        if (out->count == out->capacity) {
            out->capacity = out->capacity ? 2 * out->capacity : 64;
            out->ids = xrealloc(out->ids, out->capacity, sizeof *out->ids);
        }
        out->ids[out->count++] = xstrdup(entry->d_name);
    }
    (void)closedir(dir);
    if (out->count > 1)
        qsort(out->ids, out->count, sizeof *out->ids, by_name);
    return true;
}

void
packet_list_clear(struct packet_list *list)
{
    for (size_t i = 0; i < list->count; i++)
        free(list->ids[i]);
    free(list->ids);
    *list = (struct packet_list){0};
}

void
packet_prose(const struct packet *p, const char *name)
{
    struct evidence e = packet_evidence(p, packet_file(p, name));

    if (evidence_open(&e, EVIDENCE_YAML_MAX)) {
        if (e.input.size == 0)
            (void)judge(p->j, REASON_EMPTY_FILE, "prose", e.file, "", "empty file");
        else if (!holds(&e.input, p->id))
            (void)judge(p->j, REASON_IDENTITY_MISMATCH, "prose", e.file, "",
                        "does not name the packet %s", p->id);
    }
    evidence_close(&e);
}

static bool
folder_exists(const struct packet *p)
{
    char path[4096], file[600];

    (void)snprintf(file, sizeof file, "%.*s", (int)strlen(p->folder) - 1, p->folder);
    return evidence_resolve(p->j, p->root, file, REASON_EVIDENCE_MISSING, path);
}

void
packet_judge(struct judgement *j, const struct evidence_root *root,
             const struct packet_options *options)
{
    static const struct {
        const char *name;
        void (*judge)(const struct packet *p);
    } layouts[] = {{"lockstep", lockstep_judge},
                   {"frankentorch", frankentorch_judge},
                   {"frankenpandas", frankenpandas_judge}};
    struct packet p = {.j = j, .root = root, .id = j->id, .options = options};
    enum packet_layout layout;

    (void)snprintf(p.folder, sizeof p.folder, "%s%.200s/", home, j->id);
    if (strchr(j->id, '/') || strlen(j->id) > ID_MAX || !folder_exists(&p))
        return;
    layout = packet_recognise(root, j->id);
    j->layout = layouts[layout].name;
    layouts[layout].judge(&p);
}
