/* frankenpandas_durability.h: FrankenPandas' sidecar, whose packets hold the content. */
#ifndef GATE_LAYOUTS_FRANKENPANDAS_DURABILITY_H
#define GATE_LAYOUTS_FRANKENPANDAS_DURABILITY_H

#include "layouts/packet.h"

/* report NULL: it is unreadable, and only the sidecar's own content is judged. */
void frankenpandas_durability(const struct packet *p, const struct evidence *report);

/* The same for any artifact.  id: what artifact_id must be; proof_id: the proof's
 * packet_id. */
struct fp_bundle_files {
    const char *content_file, *sidecar_file, *proof_file;
    const char *id;       /* NULL: any */
    const char *proof_id; /* NULL: any */
};
void frankenpandas_bundle(const struct packet *p, const struct input *content,
                          const struct fp_bundle_files *files);

#endif
