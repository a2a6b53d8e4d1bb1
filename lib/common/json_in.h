/*
 * json_in.h: a JSON text as a tree, read strictly.
 *
 * The text is scanned first (json_scan: RFC 8259, UTF-8, depth; here: size, node
 * count, duplicate keys), then cJSON builds the tree inside the document's arena.
 * Numbers keep their text, so 64-bit integers are exact.  yaml_in builds the same
 * tree.  Nodes are borrowed from their document and live until json_free().
 *
 * Subclasses of errors, here and in yaml_in: duplicate_key, encoding, depth, alias,
 * multi_document.
 */
#ifndef COMMON_JSON_IN_H
#define COMMON_JSON_IN_H

#include "error.h"

#include <stddef.h>

struct json;     /* a node */
struct json_doc; /* a document: the tree and the memory under it */

struct json_limits {
    size_t size;    /* octets of text */
    size_t nodes;   /* values in the tree */
    unsigned depth; /* open containers */
};

/* 64 MiB, 16 Mi nodes, depth 64. */
extern const struct json_limits json_limits_default;

/* limits NULL: the default.  Errors carry line:column; of json_open also the path. */
MUST_CHECK bool json_parse(struct json_doc **out, const char *text, size_t size,
                           const struct json_limits *limits, struct error *err);
MUST_CHECK bool json_open(struct json_doc **out, const char *path,
                          const struct json_limits *limits, struct error *err);
void json_free(struct json_doc *doc); /* NULL is fine */

const struct json *json_root(const struct json_doc *doc);

enum json_type {
    JSON_NULL,
    JSON_BOOL,
    JSON_NUMBER,
    JSON_STRING,
    JSON_ARRAY,
    JSON_OBJECT,
};

enum json_type json_type(const struct json *node);
const char *json_type_name(enum json_type type); /* "object", ... */

/* Members and elements in document order; NULL at the end. */
const struct json *json_first(const struct json *container);
const struct json *json_next(const struct json *node);
size_t json_count(const struct json *container); /* linear */
const char *json_key(const struct json *member); /* NULL for an element */

/* Exact, case-sensitive, linear; NULL when absent or when `object` is none. */
const struct json *json_get(const struct json *object, const char *key);

bool json_is_true(const struct json *node);
const char *
json_text(const struct json *node); /* a string's UTF-8, a number as written */

/* False unless the node is a number of that very kind (1.0 is not an integer). */
MUST_CHECK bool json_to_i64(const struct json *node, int64_t *out);
MUST_CHECK bool json_to_u64(const struct json *node, uint64_t *out);
/* Any number, or the strings "NaN", "Infinity", "-Infinity"; correctly rounded. */
MUST_CHECK bool json_to_f64(const struct json *node, double *out);

/*
 * Members that must be there and have their type, else ERR_MALFORMED at the JSON
 * pointer of the object.  json_opt_*: an absent key leaves *out alone and is fine.
 */
MUST_CHECK bool json_want(const struct json_doc *doc, const struct json *object,
                          const char *key, enum json_type type, const struct json **out,
                          struct error *err);
MUST_CHECK bool json_want_string(const struct json_doc *doc, const struct json *object,
                                 const char *key, const char **out, struct error *err);
MUST_CHECK bool json_want_bool(const struct json_doc *doc, const struct json *object,
                               const char *key, bool *out, struct error *err);
MUST_CHECK bool json_want_i64(const struct json_doc *doc, const struct json *object,
                              const char *key, int64_t *out, struct error *err);
MUST_CHECK bool json_want_u64(const struct json_doc *doc, const struct json *object,
                              const char *key, uint64_t *out, struct error *err);
MUST_CHECK bool json_want_f64(const struct json_doc *doc, const struct json *object,
                              const char *key, double *out, struct error *err);
MUST_CHECK bool json_opt(const struct json_doc *doc, const struct json *object,
                         const char *key, enum json_type type, const struct json **out,
                         struct error *err);
MUST_CHECK bool json_opt_string(const struct json_doc *doc, const struct json *object,
                                const char *key, const char **out, struct error *err);
MUST_CHECK bool json_opt_bool(const struct json_doc *doc, const struct json *object,
                              const char *key, bool *out, struct error *err);
MUST_CHECK bool json_opt_i64(const struct json_doc *doc, const struct json *object,
                             const char *key, int64_t *out, struct error *err);
MUST_CHECK bool json_opt_u64(const struct json_doc *doc, const struct json *object,
                             const char *key, uint64_t *out, struct error *err);

/* ERR_UNKNOWN_FIELD unless every key of the object is in the NULL-terminated list. */
MUST_CHECK bool json_only(const struct json_doc *doc, const struct json *object,
                          const char *const keys[], struct error *err);

/* Set class and message and the node's JSON pointer as place; returns false. */
bool json_fail(const struct json_doc *doc, const struct json *node, struct error *err,
               enum error_class class, const char *fmt, ...) PRINTF_LIKE(5, 6);
#if defined(__clang_analyzer__) && !defined(COMMON_JSON_WANT_C)
#define json_fail(...) ((void)json_fail(__VA_ARGS__), false) /* as in error.h */
#endif

#endif
