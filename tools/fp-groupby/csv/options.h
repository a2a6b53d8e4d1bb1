/* options.h: the options of pandas.read_csv by name. */
#ifndef FPG_CSV_OPTIONS_H
#define FPG_CSV_OPTIONS_H

#include "csv/reader.h"

/* "NAME=VALUE"; a list is written with commas.  A usage error names both. */
MUST_CHECK bool csv_option_set(struct arena *a, struct csv_options *o, const char *text,
                               struct error *err);

#endif
