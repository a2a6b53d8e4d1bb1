/*
 * backend_test.h: folders of ONNX's backend tests: model.onnx and test_data_set_K with
 * input_N.pb and output_N.pb.
 */
#ifndef FTG_ONNX_BACKEND_TEST_H
#define FTG_ONNX_BACKEND_TEST_H

#include "common/error.h"

#include <stddef.h>

enum backend_outcome { BACKEND_PASSED, BACKEND_REFUSED, BACKEND_WRONG };

struct backend_result {
    enum backend_outcome outcome;
    size_t data_sets, outputs; /* compared */
    struct error refusal;      /* BACKEND_REFUSED */
    char difference[256];      /* BACKEND_WRONG */
};

/* Floats agree within atol + rtol |expected|, NaN with NaN; the rest is equal. */
struct backend_tolerance {
    double relative, absolute;
};

/* False when the folder itself cannot be used (no such file, damaged data). */
MUST_CHECK bool backend_test(const char *folder,
                             const struct backend_tolerance *tolerance,
                             struct backend_result *out, struct error *err);

#endif
