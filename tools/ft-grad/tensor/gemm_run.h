/*
 * gemm_run.h: one product in one element type; included by gemm.c with REAL and KIND.
 */
#define JOIN_(a, b) a##_##b
#define JOIN(a, b)  JOIN_(a, b)
#define OWN(what)   JOIN(KIND, what)

struct OWN(job) {
    const struct OWN(kernels) * kernels;
    const struct roles *roles;
    const REAL *panels; /* of the inner steps [first, first + steps) */
    REAL *c;
    int64_t first, steps;
    REAL scale; /* what is in c is multiplied by that before */
};

/* Lanes in one row of panel p. */
static int64_t
OWN(width)(const struct OWN(job) * job, int64_t p)
{
    int64_t lanes = job->kernels->lanes, full = job->kernels->vectors * lanes;
    int64_t left = job->roles->v_count - p * full;

    return left >= full ? full : (left + lanes - 1) / lanes * lanes;
}

static inline void
OWN(gather)(REAL *to, const REAL *from, int64_t step, int64_t n)
{
    if (step == 1) {
        memcpy(to, from, (size_t)n * sizeof(REAL));
        return;
    }
    for (int64_t i = 0; i < n; i++)
        to[i] = from[i * step];
}

static void
OWN(pack)(const struct OWN(job) * job, REAL alpha, REAL *to)
{
    const struct roles *r = job->roles;
    int64_t full = job->kernels->vectors * job->kernels->lanes;

    for (int64_t p = 0; p * full < r->v_count; p++) {
        const REAL *from =
            (const REAL *)r->v + p * full * r->v_lane + job->first * r->v_step;
        int64_t width = OWN(width)(job, p);
        int64_t valid = r->v_count - p * full < full ? r->v_count - p * full : full;

        if (width > valid)
            memset(to, 0, (size_t)(width * job->steps) * sizeof(REAL));
        if (r->v_step == 1) {
            job->kernels->transpose(to, width, from, r->v_lane, valid, job->steps);
        } else {
            for (int64_t i = 0; i < job->steps; i++)
                OWN(gather)(to + i * width, from + i * r->v_step, r->v_lane, valid);
        }
        for (int64_t i = 0; alpha != 1 && i < width * job->steps; i++)
            to[i] *= alpha;
        to += width * job->steps;
    }
}

/* rows x lanes of c, between c and a buffer whose rows are `width` long. */
static void
OWN(load)(const struct OWN(job) * job, const REAL *c, REAL *buffer, int64_t width,
          int64_t rows, int64_t lanes)
{
    if (job->roles->c_row == 1) {
        job->kernels->transpose(buffer, width, c, job->roles->c_lane, lanes, rows);
    } else {
        for (int64_t i = 0; i < rows; i++)
            memcpy(buffer + i * width, c + i * job->roles->c_row,
                   (size_t)lanes * sizeof(REAL));
    }
    for (int64_t i = 0; job->scale != 1 && i < rows * width; i++)
        buffer[i] *= job->scale;
}

static void
OWN(store)(const struct OWN(job) * job, REAL *c, const REAL *buffer, int64_t width,
           int64_t rows, int64_t lanes)
{
    if (job->roles->c_row == 1) {
        job->kernels->transpose(c, job->roles->c_lane, buffer, width, rows, lanes);
        return;
    }
    for (int64_t i = 0; i < rows; i++)
        memcpy(c + i * job->roles->c_row, buffer + i * width,
               (size_t)lanes * sizeof(REAL));
}

/* One panel times `rows` rows from `row` on, into c or a buffer with rows of c_step. */
static void
OWN(panel)(const struct OWN(job) * job, const REAL *panel, int64_t width, int64_t row,
           int64_t rows, REAL *c, int64_t c_step, bool add)
{
    const struct roles *r = job->roles;
    const REAL *s = (const REAL *)r->s + row * r->s_row + job->first * r->s_step;
    int64_t tall = job->kernels->rows, vectors = width / job->kernels->lanes;

    for (int64_t k = 0; k < job->steps || k == 0; k += INNER) {
        int64_t steps = job->steps - k < INNER ? job->steps - k : INNER;

        for (int64_t i = 0; i < rows; i += tall) {
            int64_t high = rows - i < tall ? rows - i : tall;
            const REAL *from = s + i * r->s_row + k * r->s_step;

            job->kernels->tile[high - 1][vectors - 1](steps, from, r->s_row, r->s_step,
                                                      panel + k * width, c + i * c_step,
                                                      c_step, add || k > 0);
        }
    }
}

static void
OWN(strip)(void *context, size_t number)
{
    const struct OWN(job) *job = context;
    const struct roles *r = job->roles;
    REAL buffer[STRIP * WIDEST];
    int64_t row = (int64_t)number * STRIP;
    int64_t rows = r->s_count - row < STRIP ? r->s_count - row : STRIP;
    int64_t full = job->kernels->vectors * job->kernels->lanes;
    const REAL *panel = job->panels;

    for (int64_t p = 0; p * full < r->v_count; p++) {
        int64_t width = OWN(width)(job, p), left = r->v_count - p * full;
        REAL *c = job->c + row * r->c_row + p * full * r->c_lane;

        if (r->c_lane == 1 && left >= width && (job->scale == 0 || job->scale == 1)) {
            OWN(panel)(job, panel, width, row, rows, c, r->c_row, job->scale != 0);
        } else {
            int64_t lanes = left < width ? left : width;

            if (job->scale != 0) {
                if (lanes < width)
                    memset(buffer, 0, sizeof(buffer));
                OWN(load)(job, c, buffer, width, rows, lanes);
            }
            OWN(panel)(job, panel, width, row, rows, buffer, width, job->scale != 0);
            OWN(store)(job, c, buffer, width, rows, lanes);
        }
        panel += width * job->steps;
    }
}

static void
OWN(run)(unsigned threads, const struct roles *r, double alpha, double beta, void *c)
{
    struct OWN(job) job = {.kernels = OWN(select)(), .roles = r, .c = c};
    int64_t lanes = job.kernels->lanes, most = r->inner < PACKED ? r->inner : PACKED;
    int64_t padded = (r->v_count + lanes - 1) / lanes * lanes;
    REAL *panels = xaligned(64, (size_t)(most * padded) * sizeof(REAL) + 64);

    job.panels = panels;
    for (int64_t k = 0; k < r->inner || k == 0; k += PACKED) {
        job.first = k;
        job.steps = r->inner - k < PACKED ? r->inner - k : PACKED;
        job.scale = k == 0 ? (REAL)beta : 1;
        OWN(pack)(&job, (REAL)alpha, panels);
        pool_run(threads, (size_t)((r->s_count + STRIP - 1) / STRIP), OWN(strip), &job);
    }
    free(panels);
}

/* Rows of one, a single inner step: the tile is y += alpha x. */
static void
OWN(add_scaled)(int64_t n, REAL alpha, const REAL *x, REAL *y)
{
    const struct OWN(kernels) *kernels = OWN(select)();
    int64_t full = kernels->vectors * kernels->lanes, i = 0;

    for (; i + full <= n; i += full)
        kernels->tile[0][kernels->vectors - 1](1, &alpha, 1, 1, x + i, y + i, full, true);
    for (; i < n; i++)
        y[i] = FUSED(alpha, x[i], y[i]);
}

#undef FUSED
#undef OWN
#undef JOIN
#undef JOIN_
#undef REAL
#undef KIND
