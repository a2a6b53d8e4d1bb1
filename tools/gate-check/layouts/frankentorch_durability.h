/* frankentorch_durability.h: FrankenTorch's sidecar description and decode proof. */
#ifndef GATE_LAYOUTS_FRANKENTORCH_DURABILITY_H
#define GATE_LAYOUTS_FRANKENTORCH_DURABILITY_H

#include "layouts/packet.h"

/* report NULL: it is unreadable, and only the files' own claims are judged. */
void frankentorch_durability(const struct packet *p, const struct input *report);

/* The same for any artifact.  id: what artifact_id must be, or NULL; files from the root.
 */
void frankentorch_bundle(const struct packet *p, const struct input *content,
                         const char *content_file, const char *id,
                         const char *sidecar_file, const char *proof_file);

#endif
