/*
 * packet_run.h: judge packets of a root, all or those named, on several threads.
 */
#ifndef GATE_LAYOUTS_PACKET_RUN_H
#define GATE_LAYOUTS_PACKET_RUN_H

#include "layouts/packet.h"

struct packet_run {
    struct judgement *judgements; /* owned */
    size_t count;
};

/* ids NULL: every packet found; none at all is one failed judgement. */
MUST_CHECK bool packet_run(struct packet_run *out, const struct evidence_root *root,
                           char **ids, size_t id_count,
                           const struct packet_options *options, unsigned threads,
                           struct error *err);
void packet_run_clear(struct packet_run *run);

#endif
