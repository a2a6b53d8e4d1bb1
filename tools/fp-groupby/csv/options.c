/* options.c: names of read_csv's options to the fields of csv_options. */
#include "csv/options.h"

#include "common/num.h"
#include "csv/date_format.h"

#include <strings.h>

struct setting {
    struct arena *a;
    struct csv_options *o;
    const char *name, *value;
};

static bool
refuse(const struct setting *s, const char *wanted, struct error *err)
{
    return error_set(err, ERR_USAGE, "%s=%s: %s", s->name, s->value, wanted);
}

static bool
read_flag(const struct setting *s, bool *out, struct error *err)
{
    *out = strcasecmp(s->value, "true") == 0 || strcmp(s->value, "1") == 0;
    return *out || strcasecmp(s->value, "false") == 0 || strcmp(s->value, "0") == 0 ||
           refuse(s, "neither true nor false", err);
}

static bool
read_letter(const struct setting *s, char *out, struct error *err)
{
    if (strlen(s->value) > 1)
        return refuse(s, "not one character", err);
    *out = *s->value;
    return true;
}

static bool
read_count(const struct setting *s, size_t *out, struct error *err)
{
    uint64_t n;

    if (!num_parse_u64(s->value, strlen(s->value), &n) || n > SIZE_MAX / 4)
        return refuse(s, "not a whole number", err);
    *out = (size_t)n;
    return true;
}

/* Words between commas. */
static void
read_list(const struct setting *s, const char *const **out, size_t *n)
{
    const char **list = arena_alloc(s->a, (strlen(s->value) + 2) * sizeof(const char *));

    *n = 0;
    for (const char *at = s->value; at;) {
        const char *comma = strchr(at, ',');

        list[(*n)++] = arena_strndup(s->a, at, comma ? (size_t)(comma - at) : strlen(at));
        at = comma ? comma + 1 : NULL;
    }
    *out = list;
}

static bool
set_sep(const struct setting *s, struct error *err)
{
    if (!*s->value)
        return refuse(s, "empty", err);
    s->o->pattern = NULL;
    if (separator_is_pattern(s->value))
        return separator_parse(s->a, s->value, &s->o->pattern, err);
    s->o->delimiter = strcmp(s->value, "\\t") == 0 ? "\t" : s->value;
    return true;
}

static bool
set_quotechar(const struct setting *s, struct error *err)
{
    return read_letter(s, &s->o->quote, err);
}

static bool
set_quoting(const struct setting *s, struct error *err)
{
    if (strcmp(s->value, "3") == 0)
        s->o->quote = 0;
    else if (strcmp(s->value, "0") != 0 && strcmp(s->value, "1") != 0)
        return refuse(s, "0 (fields may be quoted) or 3 (quotes mean nothing)", err);
    return true;
}

static bool
set_doublequote(const struct setting *s, struct error *err)
{
    bool on = true;

    if (!read_flag(s, &on, err))
        return false;
    s->o->single_quotes_only = !on;
    return true;
}

static bool
set_escapechar(const struct setting *s, struct error *err)
{
    return read_letter(s, &s->o->escape, err);
}

static bool
set_comment(const struct setting *s, struct error *err)
{
    return read_letter(s, &s->o->comment, err);
}

static bool
set_thousands(const struct setting *s, struct error *err)
{
    return read_letter(s, &s->o->thousands, err);
}

static bool
set_decimal(const struct setting *s, struct error *err)
{
    if (strlen(s->value) != 1)
        return refuse(s, "Only length-1 decimal markers supported", err);
    return read_letter(s, &s->o->decimal, err);
}

static bool
set_space(const struct setting *s, struct error *err)
{
    return read_flag(s, &s->o->skip_initial_space, err);
}

static bool
set_blank(const struct setting *s, struct error *err)
{
    bool skip = true;

    if (!read_flag(s, &skip, err))
        return false;
    s->o->keep_blank_lines = !skip;
    return true;
}

static bool
set_header(const struct setting *s, struct error *err)
{
    bool infer = strcmp(s->value, "infer") == 0;

    s->o->header = infer ? s->o->n_names == 0 : strcasecmp(s->value, "none") != 0;
    s->o->header_given = !infer;
    if (!s->o->header || infer)
        return true;
    return read_count(s, &s->o->header_row, err);
}

/* Without header= the first row is data then. */
static bool
set_names(const struct setting *s, struct error *err)
{
    (void)err;
    read_list(s, &s->o->names, &s->o->n_names);
    s->o->header &= s->o->header_given;
    return true;
}

static bool
set_usecols(const struct setting *s, struct error *err)
{
    (void)err;
    read_list(s, &s->o->usecols, &s->o->n_usecols);
    return true;
}

static bool
read_type(const struct setting *s, const char *word, enum coltype *out, struct error *err)
{
    if (strcmp(word, "str") == 0 || strcmp(word, "string") == 0)
        *out = COLTYPE_OBJECT;
    else if (strcmp(word, "int") == 0)
        *out = COLTYPE_INT64;
    else if (strcmp(word, "float") == 0)
        *out = COLTYPE_FLOAT64;
    else if (!coltype_parse(word, out))
        return refuse(s, "unknown dtype", err);
    return true;
}

static bool
set_dtype(const struct setting *s, struct error *err)
{
    const char *const *words;
    struct csv_type *types;
    size_t n;

    read_list(s, &words, &n);
    types = arena_alloc(s->a, (s->o->n_types + n) * sizeof *types);
    if (s->o->n_types > 0)
        memcpy(types, s->o->types, s->o->n_types * sizeof *types);
    for (size_t i = 0; i < n; i++) {
        const char *colon = strrchr(words[i], ':');
        struct csv_type *t = &types[s->o->n_types + i];

        if (colon)
            t->column = arena_strndup(s->a, words[i], (size_t)(colon - words[i]));
        if (!read_type(s, colon ? colon + 1 : words[i], &t->type, err))
            return false;
    }
    s->o->types = types;
    s->o->n_types += n;
    return true;
}

static bool
set_dates(const struct setting *s, struct error *err)
{
    (void)err;
    read_list(s, &s->o->dates, &s->o->n_dates);
    return true;
}

static bool
set_date_format(const struct setting *s, struct error *err)
{
    s->o->date_format = s->value;
    return date_format_check(s->value, err);
}

static bool
set_day_first(const struct setting *s, struct error *err)
{
    return read_flag(s, &s->o->day_first, err);
}

/* N lines, or [0,2]: these lines. */
static bool
set_skiprows(const struct setting *s, struct error *err)
{
    size_t size = strlen(s->value);
    struct setting inner = *s;
    const char *const *words;
    uint64_t *lines;
    size_t n;

    if (size < 2 || s->value[0] != '[' || s->value[size - 1] != ']')
        return read_count(s, &s->o->skip_first, err);
    inner.value = arena_strndup(s->a, s->value + 1, size - 2);
    read_list(&inner, &words, &n);
    lines = arena_alloc(s->a, (n + 1) * sizeof *lines);
    for (size_t i = 0; i < n; i++)
        if (!num_parse_u64(words[i], strlen(words[i]), &lines[i]))
            return refuse(s, "lines are whole numbers", err);
    s->o->skip_lines = lines;
    s->o->n_skip_lines = n;
    return true;
}

static bool
set_nrows(const struct setting *s, struct error *err)
{
    s->o->limited = true;
    return read_count(s, &s->o->n_rows, err);
}

static bool
set_na_values(const struct setting *s, struct error *err)
{
    (void)err;
    read_list(s, &s->o->na_values, &s->o->n_na_values);
    return true;
}

static bool
set_keep_na(const struct setting *s, struct error *err)
{
    return read_flag(s, &s->o->keep_default_na, err);
}

static bool
set_true(const struct setting *s, struct error *err)
{
    (void)err;
    read_list(s, &s->o->true_values, &s->o->n_true_values);
    return true;
}

static bool
set_false(const struct setting *s, struct error *err)
{
    (void)err;
    read_list(s, &s->o->false_values, &s->o->n_false_values);
    return true;
}

static bool
set_precision(const struct setting *s, struct error *err)
{
    s->o->round_trip = strcmp(s->value, "round_trip") == 0;
    return s->o->round_trip || strcmp(s->value, "high") == 0 ||
           refuse(s, "neither high nor round_trip", err);
}

static bool
set_bad_lines(const struct setting *s, struct error *err)
{
    s->o->bad_lines = strcmp(s->value, "skip") == 0 ? CSV_BAD_SKIP : CSV_BAD_ERROR;
    return s->o->bad_lines == CSV_BAD_SKIP || strcmp(s->value, "error") == 0 ||
           refuse(s, "neither error nor skip", err);
}

static bool
set_encoding(const struct setting *s, struct error *err)
{
    return strcasecmp(s->value, "utf-8") == 0 || strcasecmp(s->value, "utf8") == 0 ||
           strcasecmp(s->value, "ascii") == 0 || strcasecmp(s->value, "utf-8-sig") == 0 ||
           refuse(s, "only UTF-8 is read (convert the file with iconv first)", err);
}

static const struct {
    const char *name;
    bool (*set)(const struct setting *s, struct error *err);
} settings[] = {
    {"sep", set_sep},
    {"delimiter", set_sep},
    {"quotechar", set_quotechar},
    {"quoting", set_quoting},
    {"doublequote", set_doublequote},
    {"escapechar", set_escapechar},
    {"comment", set_comment},
    {"thousands", set_thousands},
    {"decimal", set_decimal},
    {"skipinitialspace", set_space},
    {"skip_blank_lines", set_blank},
    {"header", set_header},
    {"names", set_names},
    {"usecols", set_usecols},
    {"dtype", set_dtype},
    {"parse_dates", set_dates},
    {"date_format", set_date_format},
    {"dayfirst", set_day_first},
    {"skiprows", set_skiprows},
    {"nrows", set_nrows},
    {"na_values", set_na_values},
    {"keep_default_na", set_keep_na},
    {"true_values", set_true},
    {"false_values", set_false},
    {"float_precision", set_precision},
    {"on_bad_lines", set_bad_lines},
    {"encoding", set_encoding},
};

bool
csv_option_set(struct arena *a, struct csv_options *o, const char *text,
               struct error *err)
{
    const char *equals = strchr(text, '=');
    struct setting s = {.a = a, .o = o, .value = equals ? equals + 1 : ""};

    s.name = arena_strndup(a, text, equals ? (size_t)(equals - text) : strlen(text));
    if (!equals)
        return error_set(err, ERR_USAGE, "'%s' is not NAME=VALUE", text);
    for (size_t i = 0; i < COUNT_OF(settings); i++)
        if (strcmp(settings[i].name, s.name) == 0)
            return settings[i].set(&s, err);
    return error_set(err, ERR_USAGE, "read_csv's option '%s' is not known here", s.name);
}
