/*
 * picture.c: DOT leaves the layout to Graphviz; SVG places nodes in rows by level, in
 * order of their index.
 */
#include "graph/picture.h"

#include "common/mem.h"

#include <inttypes.h>
#include <stdlib.h>

enum {
    BOX_WIDTH = 96,
    BOX_HEIGHT = 34,
    GAP_X = 16,
    GAP_Y = 46,
    MARGIN = 20,
    LEVELS = 24,
    SUMMARY_WIDTH = 280,
    TITLE = 16
};

static bool
is_leaf(const struct graph *g, uint32_t node)
{
    return g->sequence_nr[node] == GRAPH_SEQUENCE_LEAF;
}

static void
draw_dot(FILE *out, const struct graph *g)
{
    (void)fprintf(out, "digraph backward {\n    rankdir=TB;\n    node [shape=box];\n");
    for (uint32_t i = 0; i < g->nodes; i++) {
        if (is_leaf(g, i))
            (void)fprintf(
                out, "    n%" PRIu32 " [label=\"%" PRId64 "\\nleaf\", style=rounded];\n",
                i, graph_id(g, i));
        else
            (void)fprintf(out,
                          "    n%" PRIu32 " [label=\"%" PRId64 "\\nseq %" PRIu64 "\"];\n",
                          i, graph_id(g, i), g->sequence_nr[i]);
    }
    for (uint32_t i = 0; i < g->nodes; i++) {
        for (size_t k = g->first_edge[i]; k < g->first_edge[i + 1]; k++) {
            if (g->edge[k].node != GRAPH_NONE)
                (void)fprintf(out,
                              "    n%" PRIu32 " -> n%" PRIu32 " [label=\"%zu:%" PRIu32
                              "\"];\n",
                              i, g->edge[k].node, k - g->first_edge[i], g->edge[k].input);
        }
    }
    (void)fprintf(out, "}\n");
}

static void
begin_svg(FILE *out, uint64_t width, uint64_t height)
{
    (void)fprintf(out,
                  "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"%" PRIu64
                  "\" height=\"%" PRIu64 "\" viewBox=\"0 0 %" PRIu64 " %" PRIu64
                  "\" font-family=\"sans-serif\" font-size=\"11\" "
                  "text-anchor=\"middle\">\n<rect width=\"100%%\" height=\"100%%\" "
                  "fill=\"white\"/>\n<defs><marker id=\"end\" viewBox=\"0 0 8 8\" "
                  "refX=\"8\" refY=\"4\" markerWidth=\"7\" markerHeight=\"7\" "
                  "orient=\"auto\"><path d=\"M0 0L8 4L0 8z\" "
                  "fill=\"#666\"/></marker></defs>\n",
                  width, height, width, height);
}

static void
draw_box(FILE *out, uint64_t x, uint64_t y, uint64_t width, bool round, const char *first,
         const char *second)
{
    (void)fprintf(out,
                  "<rect x=\"%" PRIu64 "\" y=\"%" PRIu64 "\" width=\"%" PRIu64
                  "\" height=\"%d\" rx=\"%d\" fill=\"%s\" stroke=\"#333\"/>\n<text "
                  "x=\"%" PRIu64 "\" y=\"%" PRIu64 "\">%s</text>\n<text x=\"%" PRIu64
                  "\" y=\"%" PRIu64 "\">%s</text>\n",
                  x, y, width, (int)BOX_HEIGHT, round ? 12 : 2,
                  round ? "#e8f4e8" : "#eef3fb", x + width / 2, y + 14, first,
                  x + width / 2, y + 28, second);
}

static void
draw_edge(FILE *out, uint64_t x1, uint64_t y1, uint64_t x2, uint64_t y2)
{
    (void)fprintf(out,
                  "<line x1=\"%" PRIu64 "\" y1=\"%" PRIu64 "\" x2=\"%" PRIu64
                  "\" y2=\"%" PRIu64 "\" stroke=\"#666\" marker-end=\"url(#end)\"/>\n",
                  x1, y1, x2, y2);
}

static uint32_t
highest_level(const struct graph *g)
{
    uint32_t highest = 0;

    for (uint32_t i = 0; i < g->nodes; i++)
        highest = g->topological_nr[i] > highest ? g->topological_nr[i] : highest;
    return highest;
}

static void
draw_svg(FILE *out, const struct graph *g)
{
    uint32_t highest = highest_level(g), widest = 0;
    uint32_t *column = xcalloc((size_t)g->nodes + 1, sizeof(*column));
    uint32_t *taken = xcalloc((size_t)highest + 1, sizeof(*taken));

    for (uint32_t i = 0; i < g->nodes; i++) {
        column[i] = taken[g->topological_nr[i]]++;
        if (column[i] >= widest)
            widest = column[i] + 1;
    }
#define LEFT_OF(i)                                                                       \
    (MARGIN + (uint64_t)column[i] * (BOX_WIDTH + GAP_X) +                                \
     (uint64_t)(widest - taken[g->topological_nr[i]]) * (BOX_WIDTH + GAP_X) / 2)
#define TOP_OF(i)                                                                        \
    (MARGIN + (uint64_t)(highest - g->topological_nr[i]) * (BOX_HEIGHT + GAP_Y))
    begin_svg(out, 2 * MARGIN + (uint64_t)widest * (BOX_WIDTH + GAP_X),
              2 * MARGIN + ((uint64_t)highest + 1) * (BOX_HEIGHT + GAP_Y));
    for (uint32_t i = 0; i < g->nodes; i++) {
        for (size_t k = g->first_edge[i]; k < g->first_edge[i + 1]; k++) {
            uint32_t to = g->edge[k].node;

            if (to != GRAPH_NONE)
                draw_edge(out, LEFT_OF(i) + BOX_WIDTH / 2, TOP_OF(i) + BOX_HEIGHT,
                          LEFT_OF(to) + BOX_WIDTH / 2, TOP_OF(to));
        }
    }
    for (uint32_t i = 0; i < g->nodes; i++) {
        char first[32], second[32];

        (void)snprintf(first, sizeof(first), "%" PRId64, graph_id(g, i));
        (void)snprintf(second, sizeof(second), "seq %" PRIu64, g->sequence_nr[i]);
        draw_box(out, LEFT_OF(i), TOP_OF(i), BOX_WIDTH, is_leaf(g, i), first,
                 is_leaf(g, i) ? "leaf" : second);
    }
#undef LEFT_OF
#undef TOP_OF
    (void)fprintf(out, "</svg>\n");
    free(column);
    free(taken);
}

void
picture_draw(FILE *out, const struct graph *g, enum picture_format format)
{
    if (format == PICTURE_SVG)
        draw_svg(out, g);
    else
        draw_dot(out, g);
}

/* The lines of a box: which levels of the graph, and what is on them. */
struct levels {
    uint32_t first, last;
    uint64_t nodes, edges;
};

static uint32_t
group_levels(const struct graph *g, struct levels groups[static LEVELS + 1])
{
    uint32_t highest = highest_level(g), step = highest / LEVELS + 1;
    uint32_t count = highest / step + 1;

    for (uint32_t b = 0; b < count; b++)
        groups[b] = (struct levels){
            .first = b * step, .last = b + 1 < count ? b * step + step - 1 : highest};
    for (uint32_t i = 0; i < g->nodes; i++) {
        struct levels *group = &groups[g->topological_nr[i] / step];

        group->nodes++;
        group->edges += g->first_edge[i + 1] - g->first_edge[i];
    }
    return count;
}

/* Box b of a summary whose first line is its title; an arrow leads on to the next one. */
static void
draw_levels(FILE *out, const struct levels *groups, uint32_t count, uint32_t b,
            enum picture_format format)
{
    enum { WIDE = SUMMARY_WIDTH - 2 * MARGIN };
    const struct levels *group = &groups[b];
    uint64_t top = MARGIN + TITLE + (uint64_t)(count - 1 - b) * (BOX_HEIGHT + GAP_Y);
    char first[64], second[64];

    (void)snprintf(first, sizeof(first), "levels %" PRIu32 "-%" PRIu32, group->first,
                   group->last);
    if (group->first == group->last)
        (void)snprintf(first, sizeof(first), "level %" PRIu32, group->first);
    (void)snprintf(second, sizeof(second), "%" PRIu64 " nodes, %" PRIu64 " edges",
                   group->nodes, group->edges);
    if (format == PICTURE_SVG) {
        draw_box(out, MARGIN, top, WIDE, false, first, second);
        if (b > 0)
            draw_edge(out, SUMMARY_WIDTH / 2, top + BOX_HEIGHT, SUMMARY_WIDTH / 2,
                      top + BOX_HEIGHT + GAP_Y);
        return;
    }
    (void)fprintf(out, "    l%" PRIu32 " [label=\"%s\\n%s\"];\n", b, first, second);
    if (b > 0)
        (void)fprintf(out, "    l%" PRIu32 " -> l%" PRIu32 ";\n", b, b - 1);
}

void
picture_summarise(FILE *out, const struct graph *g, enum picture_format format)
{
    struct levels groups[LEVELS + 1] = {0};
    uint32_t count = group_levels(g, groups);
    char title[96];

    (void)snprintf(title, sizeof(title),
                   "%" PRIu32 " nodes, %zu edges, %" PRIu32 " levels", g->nodes, g->edges,
                   groups[count - 1].last + 1);
    if (format == PICTURE_SVG) {
        begin_svg(out, SUMMARY_WIDTH,
                  2 * MARGIN + TITLE + (uint64_t)count * (BOX_HEIGHT + GAP_Y) - GAP_Y);
        (void)fprintf(out, "<text x=\"%d\" y=\"%d\" font-weight=\"bold\">%s</text>\n",
                      SUMMARY_WIDTH / 2, (int)MARGIN + 2, title);
    } else {
        (void)fprintf(
            out, "digraph backward {\n    label=\"%s\";\n    node [shape=box];\n", title);
    }
    for (uint32_t b = count; b-- > 0;)
        draw_levels(out, groups, count, b, format);
    (void)fprintf(out, format == PICTURE_SVG ? "</svg>\n" : "}\n");
}
