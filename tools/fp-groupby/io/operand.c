/* operand.c: see operand.h. */
#include "io/operand.h"

#include "common/buf.h"
#include "common/temporary.h"
#include "io/unfold.h"
#include "shards/text.h"

#include <errno.h>
#include <glob.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static bool
is_pattern(const char *name)
{
    return strpbrk(name, "*?[") && access(name, F_OK) != 0;
}

static bool
begins_compressed(const char *name)
{
    uint8_t head[8];
    FILE *f = fopen(name, "rb");
    size_t n = f ? fread(head, 1, sizeof head, f) : 0;

    if (f)
        (void)fclose(f);
    return unfold_looks(head, n);
}

/* ".json.gz" is as good as ".json". */
static bool
has_ending(const char *name, const char *ending)
{
    static const char *const packed[] = {"", ".gz", ".zst", ".xz", ".bz2", ".lz4"};
    size_t size = strlen(name), wanted = strlen(ending);

    for (size_t i = 0; i < sizeof packed / sizeof packed[0]; i++) {
        size_t more = strlen(packed[i]);

        if (size >= wanted + more && strcmp(name + size - more, packed[i]) == 0 &&
            memcmp(name + size - more - wanted, ending, wanted) == 0)
            return true;
    }
    return false;
}

static enum operand_format
format_of(const char *name, const uint8_t *data, size_t size)
{
    if (size >= 6 && memcmp(data, "\x93NUMPY", 6) == 0)
        return OPERAND_NPY;
    if (size >= 4 && memcmp(data, "PK\3\4", 4) == 0)
        return OPERAND_NPZ;
    if (size >= 8 &&
        (memcmp(data, "ARROW1\0", 8) == 0 || memcmp(data, "\xff\xff\xff\xff", 4) == 0))
        return OPERAND_ARROW;
    if (has_ending(name, ".json"))
        return OPERAND_JSON;
    return has_ending(name, ".jsonl") || has_ending(name, ".ndjson") ? OPERAND_LINES
                                                                     : OPERAND_CSV;
}

static bool
head_of(const char *path, uint8_t head[static 8], size_t *size, struct error *err)
{
    FILE *f = fopen(path, "rb");

    if (!f)
        return error_errno(err, "cannot open");
    *size = fread(head, 1, 8, f);
    (void)fclose(f);
    return true;
}

bool
operand_is_special(const char *name)
{
    struct stat st;
    uint8_t head[8];
    size_t size = 0;
    struct error ignored = {0};

    if (strcmp(name, "-") == 0 || is_pattern(name))
        return true;
    if (stat(name, &st) != 0)
        return false; /* who opens it will say so */
    return !S_ISREG(st.st_mode) ||
           (head_of(name, head, &size, &ignored) &&
            (unfold_looks(head, size) || format_of(name, head, size) != OPERAND_CSV));
}

bool
operand_is_data(const char *name)
{
    struct stat st;
    uint8_t head[8];
    size_t size = 0;
    struct error ignored = {0};

    return strcmp(name, "-") != 0 && stat(name, &st) == 0 && S_ISREG(st.st_mode) &&
           head_of(name, head, &size, &ignored) && !unfold_looks(head, size) &&
           format_of(name, head, size) != OPERAND_CSV;
}

bool
operand_is_folded_csv(const char *name)
{
    struct stat st;

    return strcmp(name, "-") != 0 && stat(name, &st) == 0 && S_ISREG(st.st_mode) &&
           begins_compressed(name) && format_of(name, NULL, 0) == OPERAND_CSV;
}

/* A temporary file without a name, and the path it can be opened by. */
static bool
open_temporary(struct operand *o, struct error *err)
{
    o->fd = temporary_unnamed("fp-groupby", "/tmp", err);
    if (o->fd < 0)
        return false;
    (void)snprintf(o->path, sizeof o->path, "/proc/self/fd/%d", o->fd);
    return true;
}

/* The header row of CSV text, and where it ends. */
static size_t
header_size(const uint8_t *data, size_t size, char quote)
{
    bool inside = false;
    size_t end = size ? text_row_start(data, size, quote, 1, &inside) : 0;

    return end == TEXT_NOWHERE ? size : end;
}

static size_t
mark_size(const uint8_t *data, size_t size)
{
    return size >= 3 && memcmp(data, "\xef\xbb\xbf", 3) == 0 ? 3 : 0;
}

/* The text without a line end at its own. */
static size_t
without_line_end(const uint8_t *data, size_t size)
{
    if (size > 0 && data[size - 1] == '\n')
        size--;
    return size > 0 && data[size - 1] == '\r' ? size - 1 : size;
}

/* Take `gap` octets at `at` out of a file. */
static bool
move_down(int fd, uint64_t at, uint64_t gap, struct error *err)
{
    enum { STEP = 1 << 18 };
    struct buf b = {0};
    uint8_t *chunk = buf_reserve(&b, STEP);
    size_t got = STEP;
    bool ok = true;

    while (ok && got == STEP) {
        ok = file_pread(fd, chunk, STEP, at + gap, &got, err) &&
             file_pwrite(fd, chunk, got, at, err);
        at += got;
    }
    buf_clear(&b);
    if (ok && (ftruncate(fd, (off_t)at) != 0 || lseek(fd, 0, SEEK_END) < 0))
        ok = error_errno(err, "cannot write a temporary file");
    return ok;
}

/*
 * The file that was appended last begins at `from`: its header must be the first one,
 * and goes.
 */
static bool
drop_header(const struct operand *o, uint64_t from, const struct operand_options *options,
            struct error *err)
{
    struct input whole;
    const uint8_t *own;
    size_t first, mark, header, size;
    bool ok = true;

    if (!input_open(&whole, o->path, UINT64_MAX, err))
        return false;
    own = whole.data + from;
    size = whole.size - (size_t)from;
    mark = mark_size(whole.data, whole.size);
    first = header_size(whole.data + mark, whole.size - mark, options->quote);
    first = without_line_end(whole.data + mark, first);
    own += mark_size(own, size);
    size = (size_t)(whole.data + whole.size - own);
    header = header_size(own, size, options->quote);
    if (without_line_end(own, header) != first ||
        memcmp(own, whole.data + mark, first) != 0)
        ok = error_set(err, ERR_MALFORMED, "its header differs from that of the first");
    header += (size_t)(own - whole.data) - (size_t)from;
    input_close(&whole);
    return ok && move_down(o->fd, from, header, err);
}

/* Standard input as it comes; when that was compressed, what it unfolds to instead. */
static bool
take_stdin(struct operand *o, uint64_t *room, struct error *err)
{
    enum { STEP = 1 << 18 };
    struct operand packed;
    struct input in;
    struct buf b = {0};
    uint8_t *chunk = buf_reserve(&b, STEP);
    uint64_t most = *room;
    ssize_t n = 1;
    bool ok = true;

    while (ok && n != 0) {
        n = read(STDIN_FILENO, chunk, STEP);
        if (n < 0 && errno == EINTR)
            continue;
        ok = n < 0 ? error_errno(err, "cannot read")
                   : unfold_copy(chunk, (size_t)n, o->fd, room, err);
    }
    buf_clear(&b);
    if (!ok || !input_open(&in, o->path, UINT64_MAX, err))
        return false;
    if (in.size > 0 && unfold_looks(in.data, in.size)) {
        packed = *o;
        *room = most;
        ok = open_temporary(o, err) && unfold(in.data, in.size, o->fd, room, err);
        (void)close(packed.fd);
    }
    input_close(&in);
    return ok;
}

/* Append a file; the text before it ends with a line end. */
static bool
append(struct operand *o, const char *path, const struct operand_options *options,
       uint64_t *room, struct error *err)
{
    struct input in;
    off_t from = lseek(o->fd, 0, SEEK_END);
    uint8_t last = '\n';
    size_t got;
    bool ok;

    if (strcmp(path, "-") == 0)
        return take_stdin(o, room, err);
    if (!input_open(&in, path, UINT64_MAX, err))
        return false;
    ok = from == 0 || file_pread(o->fd, &last, 1, (uint64_t)from - 1, &got, err);
    if (ok && last != '\n') {
        ok = unfold_copy((const uint8_t *)"\n", 1, o->fd, room, err);
        from++;
    }
    if (ok && in.size > 0)
        ok = unfold_looks(in.data, in.size)
                 ? unfold(in.data, in.size, o->fd, room, err)
                 : unfold_copy(in.data, in.size, o->fd, room, err);
    if (ok && from > 0 && o->format == OPERAND_CSV && options->header)
        ok = drop_header(o, (uint64_t)from, options, err);
    input_close(&in);
    return ok || error_in(err, path);
}

static bool
detect(struct operand *o, const char *name, struct error *err)
{
    uint8_t head[8] = {0};
    size_t size = 0;

    if (!head_of(o->path, head, &size, err))
        return error_in(err, name);
    o->format = format_of(name, head, size);
    return true;
}

/* All files a pattern fits, in the order of their names in the C locale. */
static bool
append_pattern(struct operand *o, const char *name, const struct operand_options *options,
               uint64_t *room, struct error *err)
{
    glob_t list;
    bool ok = glob(name, 0, NULL, &list) == 0 || error_set(err, ERR_IO, "no file fits");

    for (size_t i = 0; ok && i < list.gl_pathc; i++) {
        ok = append(o, list.gl_pathv[i], options, room, err);
        if (ok && i == 0)
            ok = detect(o, list.gl_pathv[0], err);
        if (ok && i > 0 &&
            (o->format == OPERAND_CSV ? !options->together
                                      : o->format != OPERAND_LINES)) {
            (void)error_set(err, ERR_UNSUPPORTED,
                            o->format == OPERAND_CSV
                                ? "files are not put together when lines are skipped"
                                : "files of this format are not put together");
            ok = error_in(err, list.gl_pathv[i]);
        }
    }
    globfree(&list);
    return ok;
}

bool
operand_open(struct operand *o, const char *name, const struct operand_options *options,
             struct error *err)
{
    struct stat st;
    uint64_t room = options->limit;
    bool ok;

    *o = (struct operand){.shown = name, .fd = -1};
    if (strcmp(name, "-") != 0 && !is_pattern(name) && stat(name, &st) == 0 &&
        S_ISREG(st.st_mode) && !begins_compressed(name) &&
        strlen(name) < sizeof o->path) {
        memcpy(o->path, name, strlen(name) + 1);
        return detect(o, name, err);
    }
    if (!open_temporary(o, err))
        return error_in(err, name);
    ok = is_pattern(name) ? append_pattern(o, name, options, &room, err)
                          : append(o, name, options, &room, err) && detect(o, name, err);
    if (!ok)
        operand_close(o);
    return ok || error_in(err, name);
}

void
operand_close(struct operand *o)
{
    if (o->fd >= 0)
        (void)close(o->fd);
    o->fd = -1;
}
