#include "layouts/bundle.h"

#include "evidence/durability.h"
#include "evidence/field.h"
#include "layouts/frankenpandas_durability.h"
#include "layouts/frankentorch_durability.h"

#include <stdio.h>
#include <string.h>

static const char rule[] = "bundle";
static const char suffix[] = ".raptorq.json";

struct bundle_names {
    char folder[4096];
    const char *manifest; /* base name */
    char proof[560];      /* base name */
    char stem[512];       /* the manifest's base name without its suffix */
};

static bool
take_apart(struct judgement *j, const char *manifest, struct bundle_names *out)
{
    const char *slash = strrchr(manifest, '/');
    size_t n;

    out->manifest = slash ? slash + 1 : manifest;
    n = strlen(out->manifest);
    (void)snprintf(out->folder, sizeof out->folder, "%.*s",
                   slash ? (int)(slash - manifest) + 1 : 2, slash ? manifest : "./");
    if (n <= sizeof suffix - 1 || n > 400 ||
        strcmp(out->manifest + n - (sizeof suffix - 1), suffix) != 0) {
        (void)judge(j, REASON_UNSUPPORTED, rule, manifest, "",
                    "a sidecar's description is called FILE%s", suffix);
        return false;
    }
    (void)snprintf(out->stem, sizeof out->stem, "%.*s", (int)(n - (sizeof suffix - 1)),
                   out->manifest);
    (void)snprintf(out->proof, sizeof out->proof, "%s.decode_proof.json", out->stem);
    return true;
}

/* The content beside the manifest: what it names, FILE or FILE.json. */
static const char *
content_name(const struct bundle_names *n, const struct evidence_root *root,
             const struct json *named, char out[static 600])
{
    if (named && json_type(named) == JSON_STRING && !strchr(json_text(named), '/'))
        (void)snprintf(out, 600, "%s", json_text(named));
    else if ((void)snprintf(out, 600, "%s.json", n->stem), !evidence_exists(root, out))
        (void)snprintf(out, 600, "%s", n->stem);
    return out;
}

static void
judge_ours(struct judgement *j, const struct evidence_root *root,
           const struct bundle_names *n, const struct evidence *content)
{
    struct evidence here = *content; /* sidecar and proof lie beside the manifest */

    here.root = root;
    j->layout = "lockstep";
    durability_judge(&here, "", n->manifest, n->proof);
}

static void
judge_theirs(struct judgement *j, const struct evidence_root *root,
             const struct bundle_names *n, const struct evidence *content, bool pandas)
{
    const struct packet p = {.j = j, .root = root};
    const struct fp_bundle_files files = {.content_file = content->file,
                                          .sidecar_file = n->manifest,
                                          .proof_file = n->proof};
    const struct input *in = content->input.data ? &content->input : NULL;

    j->layout = pandas ? "frankenpandas" : "frankentorch";
    if (pandas)
        frankenpandas_bundle(&p, in, &files);
    else
        frankentorch_bundle(&p, in, content->file, NULL, n->manifest, n->proof);
    if (!in)
        (void)judge(j, REASON_EVIDENCE_MISSING, rule, content->file, "",
                    "the content is not here (name it with --artifact)");
}

static void
judge_in(struct judgement *j, const struct evidence_root *root,
         const struct bundle_names *n, const char *artifact)
{
    struct evidence manifest = {.judgement = j, .root = root, .file = n->manifest};
    struct evidence content = {.judgement = j, .root = artifact ? NULL : root};
    const struct json *json;
    char name[600];

    if (evidence_json(&manifest)) {
        json = json_root(manifest.doc);
        content.file =
            artifact ? artifact : content_name(n, root, json_get(json, "artifact"), name);
        if (artifact || evidence_exists(root, content.file))
            (void)!evidence_open(&content, UINT64_C(1) << 40);
        if (!json_get(json, "schema"))
            judge_theirs(j, root, n, &content, json_get(json, "packet_records") != NULL);
        else if (content.input.data || evidence_exists(root, content.file))
            judge_ours(j, root, n, &content);
        else
            (void)judge(j, REASON_EVIDENCE_MISSING, rule, content.file, "",
                        "the content is not here");
    }
    evidence_close(&content);
    evidence_close(&manifest);
}

void
bundle_judge(struct judgement *j, const char *manifest, const char *artifact)
{
    struct bundle_names names;
    struct evidence_root root;
    struct error err = {0};

    if (!take_apart(j, manifest, &names))
        return;
    if (!evidence_root_open(&root, names.folder, &err)) {
        (void)judge(j, REASON_EVIDENCE_MISSING, rule, manifest, "", "%s", err.message);
        return;
    }
    judge_in(j, &root, &names, artifact);
    evidence_root_close(&root);
}
