/*
 * json_build.h: make a document node by node, for readers of other syntaxes (yaml_in).
 *
 * Each call adds one value to the innermost open container, or the root.  key is
 * the member's name inside an object, NULL elsewhere; text is copied.
 */
#ifndef COMMON_JSON_BUILD_H
#define COMMON_JSON_BUILD_H

#include "json_in.h"

struct json_doc *json_build_begin(void);
void json_build_object(struct json_doc *doc, const char *key);
void json_build_array(struct json_doc *doc, const char *key);
void json_build_end(struct json_doc *doc); /* closes the innermost container */
void json_build_null(struct json_doc *doc, const char *key);
void json_build_bool(struct json_doc *doc, const char *key, bool value);
void json_build_number(struct json_doc *doc, const char *key, const char *text);
void json_build_string(struct json_doc *doc, const char *key, const char *text);

#endif
