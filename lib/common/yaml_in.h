/*
 * yaml_in.h: a YAML file as the tree of json_in, through libyaml's event API.
 *
 * One document; no anchors, aliases, tags, merge keys or duplicate keys; bounded
 * size and depth.  Plain scalars follow YAML 1.2's JSON schema: null, true, false
 * and JSON numbers; everything else ("yes", "on", "0x1f", "1_000") is a string.
 */
#ifndef COMMON_YAML_IN_H
#define COMMON_YAML_IN_H

#include "json_in.h"

/* 1 MiB, 64 Ki nodes, depth 64. */
extern const struct json_limits yaml_limits_default;

MUST_CHECK bool yaml_parse(struct json_doc **out, const char *text, size_t size,
                           const struct json_limits *limits, struct error *err);
MUST_CHECK bool yaml_open(struct json_doc **out, const char *path,
                          const struct json_limits *limits, struct error *err);

#endif
