/*
 * chart.h: a curve as a small SVG picture.
 */
#ifndef FTG_ENGINE_TRAINING_CHART_H
#define FTG_ENGINE_TRAINING_CHART_H

#include "common/error.h"

/* values[i] over i, finite, count of at least 1; the file appears whole or not at all. */
MUST_CHECK bool chart_save(const char *path, const char *title, const double *values,
                           uint64_t count, struct error *err);

#endif
