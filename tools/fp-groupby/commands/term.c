/* term.c: what is to be computed, from the command line. */
#include "commands/term.h"

#include "commands/table.h"
#include "common/num.h"

static bool
no_argument(const struct term *t, const char *text, struct error *err)
{
    return error_set(err, ERR_USAGE, "%s: %s does not take '%s'", t->given, t->how, text);
}

/* Text between the parentheses, cut at commas. */
static void
cut_arguments(struct arena *a, const char *text, size_t size, struct term *out)
{
    const char *end = text + size;

    out->arguments = arena_alloc(a, (size / 2 + 2) * sizeof *out->arguments);
    while (text < end) {
        const char *comma = memchr(text, ',', (size_t)(end - text));
        const char *stop = comma ? comma : end;

        while (text < stop && *text == ' ')
            text++;
        out->arguments[out->n_arguments++] =
            arena_strndup(a, text, (size_t)(stop - text));
        text = comma ? comma + 1 : end;
    }
}

bool
term_parse(struct arena *a, const char *option, const char *text, struct term *out,
           struct error *err)
{
    size_t size = strlen(text);
    const char *open = size > 0 && text[size - 1] == ')' ? strrchr(text, '(') : NULL;
    const char *end = open ? open : text + size;
    const char *colon = end;
    const char *equals;

    while (colon > text && colon[-1] != ':')
        colon--;
    equals = memchr(text, '=', (size_t)(colon > text ? colon - 1 - text : end - text));
    *out = (struct term){.given = text};
    if (equals)
        out->name = arena_strndup(a, text, (size_t)(equals - text));
    text = equals ? equals + 1 : text;
    if (colon > text)
        out->column = arena_strndup(a, text, (size_t)(colon - 1 - text));
    else
        colon = text;
    out->how = arena_strndup(a, colon, (size_t)(end - colon));
    if (open)
        cut_arguments(a, open + 1, size - (size_t)(open + 2 - out->given), out);
    if (!*out->how || (out->column && !*out->column))
        return error_set(err, ERR_USAGE, "%s %s: write COLUMN:HOW", option, out->given);
    return true;
}

/* The value of name=VALUE, or NULL. */
static const char *
keyword(const char *argument, const char *name)
{
    size_t n = strlen(name);

    return strncmp(argument, name, n) == 0 && argument[n] == '=' ? argument + n + 1
                                                                 : NULL;
}

static bool
read_i64(const struct term *t, const char *text, int64_t *out, struct error *err)
{
    return num_parse_i64(text, strlen(text), out) ||
           error_set(err, ERR_USAGE, "%s: '%s' is not a whole number", t->given, text);
}

static bool
read_flag(const struct term *t, const char *text, bool *out, struct error *err)
{
    *out = strcmp(text, "1") == 0 || strcmp(text, "true") == 0;
    return *out || strcmp(text, "0") == 0 || strcmp(text, "false") == 0 ||
           error_set(err, ERR_USAGE, "%s: '%s' is neither true nor false", t->given,
                     text);
}

static bool
read_interpolation(const char *text, enum interpolation *out)
{
    static const char *const words[] = {"linear", "lower", "higher", "midpoint",
                                        "nearest"};

    for (size_t i = 0; i < COUNT_OF(words); i++)
        if (strcmp(words[i], text) == 0) {
            *out = (enum interpolation)i;
            return true;
        }
    return false;
}

static bool
is_spread(enum aggregate how)
{
    return how == AGGREGATE_STD || how == AGGREGATE_VAR || how == AGGREGATE_SEM;
}

static bool
takes_min_count(enum aggregate how)
{
    return how == AGGREGATE_SUM || how == AGGREGATE_PROD || how == AGGREGATE_MIN ||
           how == AGGREGATE_MAX || how == AGGREGATE_FIRST || how == AGGREGATE_LAST;
}

bool
term_aggregate(const struct term *t, enum aggregate how, struct aggregate_options *out,
               struct error *err)
{
    *out = aggregate_defaults;
    for (size_t i = 0; i < t->n_arguments; i++) {
        const char *text = t->arguments[i];
        const char *value;
        bool ok;

        if ((value = keyword(text, "ddof")) && is_spread(how))
            ok = read_i64(t, value, &out->ddof, err);
        else if ((value = keyword(text, "min_count")) && takes_min_count(how))
            ok = read_i64(t, value, &out->min_count, err);
        else if ((value = keyword(text, "dropna")) && how == AGGREGATE_NUNIQUE)
            ok = read_flag(t, value, &out->nunique_dropna, err);
        else if (how == AGGREGATE_QUANTILE && num_parse_f64(text, strlen(text), &out->q))
            ok = true;
        else if (how == AGGREGATE_QUANTILE)
            ok = read_interpolation(text, &out->interpolation) ||
                 no_argument(t, text, err);
        else
            ok = no_argument(t, text, err);
        if (!ok)
            return false;
    }
    return true;
}

bool
term_window(struct arena *a, const struct term *t, enum window how,
            struct window_options *out, struct error *err)
{
    bool cumulates = how <= WINDOW_CUMMAX;
    bool moves = how == WINDOW_SHIFT || how == WINDOW_DIFF;
    bool numbers = how == WINDOW_RANK || how == WINDOW_CUMCOUNT || how == WINDOW_NGROUP;

    *out = window_defaults;
    for (size_t i = 0; i < t->n_arguments; i++) {
        const char *text = t->arguments[i];
        const char *value;
        bool ok = true;

        if ((value = keyword(text, "skipna")) && cumulates)
            ok = read_flag(t, value, &out->skipna, err);
        else if ((value = keyword(text, "ascending")) && numbers)
            ok = read_flag(t, value, &out->ascending, err);
        else if ((value = keyword(text, "pct")) && how == WINDOW_RANK)
            ok = read_flag(t, value, &out->pct, err);
        else if ((value = keyword(text, "fill")) && how == WINDOW_SHIFT) {
            struct cell *fill = arena_alloc(a, sizeof *fill);

            *fill = table_value(value);
            out->fill_value = fill;
        } else if (moves)
            ok = read_i64(t, text, &out->periods, err);
        else
            ok = (how == WINDOW_RANK && (rank_method_parse(text, &out->method) ||
                                         rank_missing_parse(text, &out->na_option))) ||
                 no_argument(t, text, err);
        if (!ok)
            return false;
    }
    return true;
}
