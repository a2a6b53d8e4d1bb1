/* table_read.c: see table_read.h. */
#include "io/table_read.h"

#include "arrow/arrow.h"
#include "io/json_frame.h"
#include "io/npy_frame.h"

#include <string.h>

/* A file is mapped, not loaded. */
static const uint64_t file_limit = UINT64_C(1) << 42;

static struct operand_options
options_of(const struct csv_options *o, uint64_t limit)
{
    return (struct operand_options){
        .limit = limit ? limit : TABLE_LIMIT,
        .header = o->header,
        .together = o->skip_first == 0 && o->n_skip_lines == 0 && o->header_row == 0,
        .quote = o->quote};
}

static bool
read_format(struct arena *a, const struct csv_options *o, uint64_t limit,
            struct table_input *in, struct error *err)
{
    static const struct arrow_options arrow = {.nan = false};
    const uint8_t *data = in->file.data ? in->file.data : (const uint8_t *)"";
    size_t size = in->file.size;
    enum operand_format format = in->operand.format;

    switch (format) {
    case OPERAND_ARROW: return arrow_read(a, data, size, &arrow, &in->frame, err);
    case OPERAND_NPY: return npy_frame_read(a, data, size, &in->frame, err);
    case OPERAND_NPZ: return npz_frame_read(a, data, size, limit, &in->frame, err);
    case OPERAND_JSON:
    case OPERAND_LINES:
        return json_frame_read(a, data, size, format == OPERAND_LINES, &in->frame, err);
    case OPERAND_CSV: break;
    }
    return csv_read(a, data, size, o, &in->frame, &in->report, err);
}

bool
table_read(struct arena *a, const char *name, const struct csv_options *o, uint64_t limit,
           struct table_input *out, struct error *err)
{
    const struct operand_options how = options_of(o, limit);

    *out = (struct table_input){0};
    if (!operand_open(&out->operand, name, &how, err))
        return false;
    if (input_open(&out->file, out->operand.path, file_limit, err) &&
        read_format(a, o, how.limit, out, err)) {
        if (!out->frame->index.n_levels)
            out->frame->index = index_range(a, out->frame->n_rows);
        return true;
    }
    table_close(out);
    if (strcmp(err->path, out->operand.path) == 0)
        err->path[0] = 0;
    return error_in(err, name);
}

void
table_close(struct table_input *in)
{
    input_close(&in->file);
    in->file = (struct input){0};
    operand_close(&in->operand);
}

bool
table_plain_files(char **names, size_t n, const struct csv_options *o, uint64_t limit,
                  struct operand *operands, struct error *err)
{
    const struct operand_options how = options_of(o, limit);

    for (size_t i = 0; i < n; i++)
        operands[i] = (struct operand){.fd = -1};
    for (size_t i = 0; i < n; i++) {
        if (!operand_is_special(names[i]) || operand_is_data(names[i]))
            continue;
        if (!operand_open(&operands[i], names[i], &how, err)) {
            table_plain_close(operands, n, err);
            return false;
        }
        names[i] = operands[i].path;
    }
    return true;
}

void
table_plain_close(struct operand *operands, size_t n, struct error *err)
{
    for (size_t i = 0; i < n; i++) {
        if (operands[i].fd < 0)
            continue;
        if (strcmp(err->path, operands[i].path) == 0) {
            err->path[0] = 0;
            (void)error_in(err, operands[i].shown);
        }
        operand_close(&operands[i]);
    }
}
