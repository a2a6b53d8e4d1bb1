/* fault.c: see fault.h. */
#include "fault.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

bool
fault(struct error *err, enum error_class class, const char *reason, const char *fmt, ...)
{
    char message[sizeof err->message];
    va_list args;

    va_start(args, fmt);
    (void)vsnprintf(message, sizeof message, fmt, args);
    va_end(args);
    (void)error_set(err, class, "%s", message);
    return error_subclass(err, reason);
}

const char *
fault_text(const void *text, size_t n, char *out, size_t size)
{
    const unsigned char *p = text;
    size_t used = 0;

    for (size_t i = 0; i < n; i++) {
        bool plain = p[i] >= 0x20 && p[i] != 0x7f && p[i] != '\\';

        if (used + 8 >= size) {
            memcpy(out + used, "...", 3);
            used += 3;
            break;
        }
        if (plain)
            out[used++] = (char)p[i];
        else
            used += (size_t)snprintf(out + used, size - used, "\\x%02x", p[i]);
    }
    out[used] = '\0';
    return out;
}
