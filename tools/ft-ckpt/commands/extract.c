/* extract.c: one tensor, or a part of it. */
#include "commands/commands.h"
#include "commands/targets.h"
#include "common/num.h"
#include "container/open.h"
#include "fault.h"
#include "tensors/slice.h"
#include "tensors/stream.h"
#include "write/write.h"

struct options {
    const char *dtype;
    int format;
};

enum { FORMAT_OF_NPY, FORMAT_OF_RAW, FORMAT_OF_TEXT };
static const char *const formats[] = {"npy", "raw", "text", NULL};

static const struct cli_option options_table[] = {
    {"format", 'f', CLI_CHOICE, offsetof(struct options, format), "FORMAT",
     "npy (default), raw octets, or text, one number a line", formats, 0, 0},
    TARGETS_DTYPE(struct options),
    CLI_OPTION_END,
};

/* Shortest decimal; float32 and narrower as float32. */
static void
put_number(double x, enum dtype d, struct buf *out)
{
    char text[NUM_F64_SIZE];

    if (dtype_kind(d) == DTYPE_KIND_FLOAT || dtype_kind(d) == DTYPE_KIND_COMPLEX)
        (void)(dtype_unit(d) < 8 ? num_format_f32((float)x, text)
                                 : num_format_f64(x, text));
    else
        (void)snprintf(text, sizeof text, "%.0f", x);
    buf_puts(out, text);
}

/* 64-bit integers do not fit a double. */
static void
put_element(const uint8_t *p, enum dtype d, struct buf *out)
{
    double x[2];
    uint64_t bits = 0;

    if (d == DTYPE_INT64 || d == DTYPE_UINT64) {
        for (int i = 8; i-- > 0;)
            bits = bits << 8 | p[i];
        if (d == DTYPE_INT64)
            buf_printf(out, "%lld", (long long)(int64_t)bits);
        else
            buf_printf(out, "%llu", (unsigned long long)bits);
    } else if (dtype_to_f64(d, p, 1, x)) {
        put_number(x[0], d, out);
        if (dtype_kind(d) == DTYPE_KIND_COMPLEX) {
            buf_putc(out, ' ');
            put_number(x[1], d, out);
        }
    }
    buf_putc(out, '\n');
}

static bool
write_plain(struct checkpoint *c, const struct tensor *t, bool text, struct out_file *out,
            struct error *err)
{
    struct buf lines = {0};
    struct stream s;
    const uint8_t *chunk;
    size_t n;
    bool ok;

    if (text && dtype_kind(t->dtype) == DTYPE_KIND_OPAQUE)
        return fault(err, ERR_UNSUPPORTED, "dtype-unknown", "type %s has no numbers",
                     t->dtype_text ? t->dtype_text : dtype_name(t->dtype));
    ok = stream_begin(&s, c, t, err);
    while (ok && stream_next(&s, &chunk, &n)) {
        lines.size = 0;
        for (size_t i = 0; text && i < n; i += t->element_size)
            put_element(chunk + i, t->dtype, &lines);
        ok = text ? out_write(out, lines.data, lines.size, err)
                  : out_write(out, chunk, n, err);
    }
    stream_end(&s);
    buf_clear(&lines);
    return ok;
}

static int
run(struct cli *cli, const void *options, struct error *err)
{
    const struct options *o = options;
    struct diagnostics d;
    struct open_options open = {.diagnostics = &d, .raw_dtype = o->dtype, .opaque = true};
    struct out_file out = {0};
    struct checkpoint c;
    struct tensor t;
    bool ok;

    diagnostics_init(&d, MODE_STRICT, DIAGNOSTICS_DEFAULT_MAX);
    ok = checkpoint_open(&c, cli->operands[0], &open, err) &&
         slice_find(&c, cli->operands[1], &t, err) &&
         out_open(&out, cli->operand_count > 2 ? cli->operands[2] : "-", err) &&
         (o->format == FORMAT_OF_NPY
              ? write_npy(&c, &t, &out, err)
              : write_plain(&c, &t, o->format == FORMAT_OF_TEXT, &out, err)) &&
         out_commit(&out, err);
    out_discard(&out);
    checkpoint_close(&c);
    diagnostics_clear(&d);
    return ok ? 0 : CLI_ERROR;
}

const struct cli_command command_extract = {
    .name = "extract",
    .operands = "FILE NAME[SLICE] [OUT]",
    .summary = "one tensor, or a slice of it, to npy, raw or text",
    .details =
        "Slices are Python's: weight[0:2, :, -1].  Without OUT to standard output.",
    .examples = "  ft-ckpt extract model.pt fc.weight fc.npy\n"
                "  ft-ckpt extract -f text model.pt 'fc.weight[0, :4]'\n",
    .options = options_table,
    .options_size = sizeof(struct options),
    .min_operands = 2,
    .max_operands = 3,
    .run = run,
};
