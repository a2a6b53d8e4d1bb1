/*
 * chart.c: axes with round numbers, one polyline; long curves by their extremes in
 * each column of the picture.
 */
#include "engine/training/chart.h"

#include "common/file.h"

#include <inttypes.h>
#include <math.h>

enum {
    WIDTH = 640,
    HEIGHT = 360,
    LEFT = 64,
    RIGHT = 16,
    TOP = 36,
    BOTTOM = 40,
    TICKS = 5
};

struct frame {
    FILE *out;
    double low, high; /* of the axis */
    double step;      /* between its marks */
    uint64_t count;
};

/* 1, 2 or 5 times a power of ten, not less than x. */
static double
round_step(double x)
{
    double power = pow(10, floor(log10(x)));

    return x <= power       ? power
           : x <= 2 * power ? 2 * power
           : x <= 5 * power ? 5 * power
                            : 10 * power;
}

static double
place_x(const struct frame *f, uint64_t i)
{
    double span = f->count > 1 ? (double)(f->count - 1) : 1;

    return LEFT + (double)i / span * (WIDTH - LEFT - RIGHT);
}

static double
place_y(const struct frame *f, double value)
{
    return TOP + (f->high - value) / (f->high - f->low) * (HEIGHT - TOP - BOTTOM);
}

static void
fit_axis(struct frame *f, const double *values)
{
    f->low = f->high = values[0];
    for (uint64_t i = 1; i < f->count; i++) {
        f->low = fmin(f->low, values[i]);
        f->high = fmax(f->high, values[i]);
    }
    if (f->low > 0 && f->low < f->high / 2)
        f->low = 0;
    if (f->high - f->low <= 1e-12 * fabs(f->high) || f->high == f->low)
        f->high = f->low + fmax(fabs(f->low), 1);
    f->step = round_step((f->high - f->low) / TICKS);
    f->low = floor(f->low / f->step) * f->step;
    f->high = ceil(f->high / f->step) * f->step;
}

static void
draw_axes(const struct frame *f, const char *title)
{
    (void)fprintf(f->out,
                  "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"%d\" height=\"%d\" "
                  "viewBox=\"0 0 %d %d\" font-family=\"sans-serif\" font-size=\"12\">\n"
                  "<rect width=\"%d\" height=\"%d\" fill=\"white\"/>\n"
                  "<text x=\"%d\" y=\"22\" font-size=\"15\">%s</text>\n",
                  WIDTH, HEIGHT, WIDTH, HEIGHT, WIDTH, HEIGHT, LEFT, title);
    for (int i = 0; f->low + i * f->step <= f->high + f->step / 2; i++) {
        double y = place_y(f, f->low + i * f->step);

        (void)fprintf(f->out,
                      "<line x1=\"%d\" x2=\"%d\" y1=\"%.1f\" y2=\"%.1f\" "
                      "stroke=\"#ddd\"/>\n<text x=\"%d\" y=\"%.1f\" "
                      "text-anchor=\"end\">%.6g</text>\n",
                      LEFT, WIDTH - RIGHT, y, y, LEFT - 6, y + 4, f->low + i * f->step);
    }
    for (int i = 0; i <= TICKS; i++) {
        uint64_t at = f->count > 1 ? (f->count - 1) * (uint64_t)i / TICKS : 0;

        if (i > 0 && (f->count - 1) * (uint64_t)(i - 1) / TICKS == at)
            continue;
        (void)fprintf(f->out,
                      "<text x=\"%.1f\" y=\"%d\" text-anchor=\"middle\">%" PRIu64
                      "</text>\n",
                      place_x(f, at), HEIGHT - BOTTOM + 18, at + 1);
    }
    (void)fprintf(f->out, "<text x=\"%d\" y=\"%d\" text-anchor=\"middle\">step</text>\n",
                  (LEFT + WIDTH - RIGHT) / 2, HEIGHT - 6);
}

static void
draw_curve(const struct frame *f, const double *values)
{
    uint64_t each = f->count / (WIDTH - LEFT - RIGHT) + 1;

    (void)fprintf(f->out, "<polyline fill=\"none\" stroke=\"#1f5fa8\" "
                          "stroke-width=\"1.5\" points=\"");
    for (uint64_t i = 0; i < f->count; i += each) {
        uint64_t last = i + each < f->count ? i + each : f->count, low = i, high = i;

        for (uint64_t k = i; k < last; k++) {
            low = values[k] < values[low] ? k : low;
            high = values[k] > values[high] ? k : high;
        }
        (void)fprintf(f->out, "%s%.1f,%.1f", i > 0 ? " " : "",
                      place_x(f, low < high ? low : high),
                      place_y(f, values[low < high ? low : high]));
        if (low != high)
            (void)fprintf(f->out, " %.1f,%.1f", place_x(f, low < high ? high : low),
                          place_y(f, values[low < high ? high : low]));
    }
    (void)fprintf(f->out, "\"/>\n</svg>\n");
}

bool
chart_save(const char *path, const char *title, const double *values, uint64_t count,
           struct error *err)
{
    struct frame f = {.count = count};
    struct out_file out = {0};
    bool ok = out_open(&out, path, err);

    if (ok) {
        f.out = out.stream;
        fit_axis(&f, values);
        draw_axes(&f, title);
        draw_curve(&f, values);
        ok = out_commit(&out, err);
    }
    out_discard(&out);
    return ok || error_in(err, path);
}
