#define COMMON_ERROR_C
#include "error.h"

#include <errno.h>
#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

static const struct {
    const char *name;
    int status;
} classes[] = {
    [ERR_NONE] = {"none", 0},
    [ERR_USAGE] = {"usage", 2},
    [ERR_MALFORMED] = {"malformed", 3},
    [ERR_UNSUPPORTED] = {"unsupported", 3},
    [ERR_UNKNOWN_FIELD] = {"unknown_field", 3},
    [ERR_VERSION] = {"version", 3},
    [ERR_CHECKSUM] = {"checksum", 3},
    [ERR_BOUNDS] = {"bounds", 3},
    [ERR_UNSAFE] = {"unsafe", 3},
    [ERR_LIMIT] = {"limit", 3},
    [ERR_MISMATCH] = {"mismatch", 1},
    [ERR_IO] = {"io", 4},
    [ERR_MEMORY] = {"memory", 4},
    [ERR_ORACLE_UNAVAILABLE] = {"oracle_unavailable", 4},
    [ERR_INTERNAL] = {"internal", 5},
};

/* An error is one line whatever the input was: control characters become '?'. */
static void
one_line(char *text)
{
    for (; *text; text++)
        if ((unsigned char)*text < 0x20 || *text == 0x7f)
            *text = '?';
}

bool
error_set(struct error *err, enum error_class class, const char *fmt, ...)
{
    va_list args;

    *err = (struct error){.class = class};
    va_start(args, fmt);
    (void)vsnprintf(err->message, sizeof err->message, fmt, args);
    va_end(args);
    one_line(err->message);
    return false;
}

bool
error_errno(struct error *err, const char *fmt, ...)
{
    int code = errno;
    va_list args;
    size_t used;

    *err = (struct error){.class = code == ENOMEM ? ERR_MEMORY : ERR_IO};
    va_start(args, fmt);
    (void)vsnprintf(err->message, sizeof err->message, fmt, args);
    va_end(args);
    used = strlen(err->message);
    (void)snprintf(err->message + used, sizeof err->message - used, ": %s",
                   strerror(code));
    one_line(err->message);
    return false;
}

bool
error_subclass(struct error *err, const char *name)
{
    (void)snprintf(err->subclass, sizeof err->subclass, "%s", name);
    return false;
}

bool
error_at(struct error *err, const char *fmt, ...)
{
    va_list args;

    if (err->at[0] != '\0')
        return false;
    va_start(args, fmt);
    (void)vsnprintf(err->at, sizeof err->at, fmt, args);
    va_end(args);
    one_line(err->at);
    return false;
}

bool
error_at_line(struct error *err, uint64_t line, uint64_t column)
{
    return error_at(err, "%" PRIu64 ":%" PRIu64, line, column);
}

bool
error_at_byte(struct error *err, uint64_t offset)
{
    return error_at(err, "byte %" PRIu64, offset);
}

bool
error_in(struct error *err, const char *path)
{
    if (err->path[0] == '\0') {
        (void)snprintf(err->path, sizeof err->path, "%s", path);
        one_line(err->path);
    }
    return false;
}

int error_status(enum error_class class)
{
    return classes[class].status;
}

const char *error_class_name(enum error_class class)
{
    return classes[class].name;
}
