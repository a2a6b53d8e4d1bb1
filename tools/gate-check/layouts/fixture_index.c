#include "layouts/fixture_index.h"

#include "common/mem.h"

#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const char home[] = "crates/fp-conformance/fixtures/packets";

static const char *
text_of(struct fixture_index *index, const struct json_doc *doc, const char *key)
{
    const struct json *node = json_get(json_root(doc), key);

    return node && json_type(node) == JSON_STRING
               ? arena_strndup(&index->arena, json_text(node), strlen(json_text(node)))
               : NULL;
}

static void
add_file(struct fixture_index *index, const char *path)
{
    struct json_doc *doc = NULL;
    struct error err = {0};
    struct indexed_fixture f = {0};
    const char *mode;

    if (!json_open(&doc, path, NULL, &err))
        return;
    f.packet_id = text_of(index, doc, "packet_id");
    f.case_id = text_of(index, doc, "case_id");
    f.operation = text_of(index, doc, "operation");
    mode = text_of(index, doc, "mode");
    json_free(doc);
    if (!f.packet_id || !f.case_id || !mode ||
        (strcmp(mode, "strict") != 0 && strcmp(mode, "hardened") != 0))
        return;
    f.mode = strcmp(mode, "hardened") == 0 ? MODE_HARDENED : MODE_STRICT;
    f.operation = f.operation ? f.operation : "";
    if (index->count == index->capacity) {
        index->capacity = index->capacity ? 2 * index->capacity : 256;
        index->items = xrealloc(index->items, index->capacity, sizeof *index->items);
    }
    index->items[index->count++] = f;
}

static int
by_key(const void *a, const void *b)
{
    const struct indexed_fixture *x = a, *y = b;
    int order = strcmp(x->packet_id, y->packet_id);

    if (order == 0)
        order = strcmp(x->case_id, y->case_id);
    return order ? order : (x->mode > y->mode) - (x->mode < y->mode);
}

void
fixture_index_build(struct fixture_index *index, const struct evidence_root *root)
{
    char path[4096];
    struct dirent *entry;
    DIR *dir;

    *index = (struct fixture_index){0};
    (void)snprintf(path, sizeof path, "%s/%s", root->real, home);
    dir = opendir(path);
    if (!dir)
        return;
    while ((entry = readdir(dir))) {
        size_t n = strlen(entry->d_name);

        if (n < 5 || strcmp(entry->d_name + n - 5, ".json") != 0)
            continue;
        (void)snprintf(path, sizeof path, "%s/%s/%s", root->real, home, entry->d_name);
        add_file(index, path);
    }
    (void)closedir(dir);
    if (index->count > 1)
        qsort(index->items, index->count, sizeof *index->items, by_key);
}

void
fixture_index_clear(struct fixture_index *index)
{
    free(index->items);
    arena_clear(&index->arena);
    *index = (struct fixture_index){0};
}

struct indexed_fixture *
fixture_index_find(struct fixture_index *index, const char *packet_id,
                   const char *case_id, enum mode mode)
{
    struct indexed_fixture key = {
        .packet_id = packet_id, .case_id = case_id, .mode = mode};

    return index->count ? bsearch(&key, index->items, index->count, sizeof key, by_key)
                        : NULL;
}

void
fixture_index_packet(const struct fixture_index *index, const char *packet_id,
                     size_t *first, size_t *end)
{
    size_t low = 0, high = index->count;

    while (low < high) {
        size_t middle = low + (high - low) / 2;

        if (strcmp(index->items[middle].packet_id, packet_id) < 0)
            low = middle + 1;
        else
            high = middle;
    }
    *first = *end = low;
    while (*end < index->count && strcmp(index->items[*end].packet_id, packet_id) == 0)
        (*end)++;
}
