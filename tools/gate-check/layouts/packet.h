/*
 * packet.h: packet folders, wherever they come from, and who judges which.
 *
 * A packet is a folder under artifacts/phase2c.  The layout is recognised by its
 * content: ours, FrankenTorch's or FrankenPandas'.
 */
#ifndef GATE_LAYOUTS_PACKET_H
#define GATE_LAYOUTS_PACKET_H

#include "evidence/evidence.h"

enum packet_layout { LAYOUT_LOCKSTEP, LAYOUT_FRANKENTORCH, LAYOUT_FRANKENPANDAS };
enum packet_profile { PROFILE_STRICT, PROFILE_FT, PROFILE_FP };

struct fixture_index;

struct packet_options {
    enum packet_profile profile;
    struct fixture_index *fixtures; /* FrankenPandas' fixtures of the root, or NULL */
    const char *signature_key;      /* the stored result must be signed by it; or NULL */
    bool replacing_result; /* parity_gate_result.json is about to be written anew */
};

/* One packet, as the layouts see it. */
struct packet {
    struct judgement *j;
    const struct evidence_root *root;
    const char *id;
    char folder[512]; /* "artifacts/phase2c/ID/" */
    const struct packet_options *options;
};

struct packet_list {
    char **ids; /* owned; in byte order */
    size_t count, capacity;
};

/* Every packet folder under the root; none is not an error here. */
MUST_CHECK bool packet_find(const struct evidence_root *root, struct packet_list *out,
                            struct error *err);
void packet_list_clear(struct packet_list *list);

enum packet_layout packet_recognise(const struct evidence_root *root, const char *id);

/* j is initialised with the packet's id. */
void packet_judge(struct judgement *j, const struct evidence_root *root,
                  const struct packet_options *options);

/* --- for the layouts --- */

/* "artifacts/phase2c/ID/NAME" in the judgement's arena. */
const char *packet_file(const struct packet *p, const char *name);
/* Ready to be opened. */
struct evidence packet_evidence(const struct packet *p, const char *file);
/* A prose file: there, not empty, UTF-8, and it names the packet. */
void packet_prose(const struct packet *p, const char *name);

void lockstep_judge(const struct packet *p);
void frankentorch_judge(const struct packet *p);
void frankenpandas_judge(const struct packet *p);

#endif
