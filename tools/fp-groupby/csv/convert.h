/* convert.h: the fields of one column to a typed column, by read_csv's ladder. */
#ifndef FPG_CSV_CONVERT_H
#define FPG_CSV_CONVERT_H

#include "csv/number.h"
#include "csv/reader.h"

struct csv_field_error {
    size_t row; /* that made the last type fail */
    bool any;
};

/* A field as a number, spelled as the options say. */
struct number_integer csv_parse_integer(struct cell field, const struct csv_options *o);
MUST_CHECK bool csv_parse_float(struct cell field, const struct csv_options *o,
                                double *out);
MUST_CHECK bool csv_parse_bool(struct cell field, bool *out);

/* As csv_parse_bool(), with the words of true_values and false_values. */
MUST_CHECK bool csv_parse_truth(struct cell field, const struct csv_options *o,
                                bool *out);

/* Is the field one of the texts that mean missing? */
bool csv_field_missing(struct cell field, const struct csv_options *o);

/*
 * Numbers among na_values stand for their canonical texts too ("3" for "3.0"), and for
 * every float of their value.
 */
void csv_expand_na(struct arena *a, struct csv_options *o);

/* Is a float of a column of floats missing, by na_values? */
bool csv_number_missing(double x, const struct csv_options *o);

/* fields[0..n): int64, uint64, float64, bool or object. */
struct column *csv_convert(struct arena *a, const struct cell *fields, size_t n,
                           const struct csv_options *o, struct csv_field_error *why);

/* dtype= of a column. */
struct csv_cast {
    enum coltype type; /* COLTYPE_OBJECT for text */
    size_t field;      /* the column's number, for messages */
    size_t fault;      /* the row an error is about, or SIZE_MAX */
};

/* The type is what the caller says; ValueError as pandas raises it. */
MUST_CHECK bool csv_convert_as(struct arena *a, const struct cell *fields, size_t n,
                               const struct csv_options *o, struct csv_cast *cast,
                               const struct column **out, struct error *err);

/*
 * parse_dates: dates of one form, that of the first which is not missing; where one is
 * of another form the column stays text.
 */
MUST_CHECK bool csv_convert_dates(struct arena *a, const struct cell *fields, size_t n,
                                  const struct csv_options *o, const struct column **out,
                                  struct error *err);

/* The fields as text, missing ones as NaN. */
struct column *csv_convert_text(struct arena *a, const struct cell *fields, size_t n,
                                const struct csv_options *o);

#endif
