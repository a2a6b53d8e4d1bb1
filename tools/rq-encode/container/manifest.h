/* manifest.h: the JSON record beside a sidecar, schema lockstep-sidecar/1. */
#ifndef RQ_MANIFEST_H
#define RQ_MANIFEST_H

#include "common/json_out.h"
#include "protect.h"

#define MANIFEST_SCHEMA "lockstep-sidecar/1"

/* What is in the manifest, as members of an object. */
void manifest_members(struct json_out *j, const struct protect_report *report);

/* The manifest of `file`; untouched when it already says just that. */
MUST_CHECK bool manifest_put(const char *file, const struct protect_report *report,
                             struct error *err);

#endif
