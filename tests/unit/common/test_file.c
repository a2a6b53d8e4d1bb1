#include "common/file.h"
#include "test.h"

#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static void
check_atomic_output(void)
{
    struct out_file out;
    struct error err = {0};
    struct input in;

    CHECK(out_open(&out, "a", &err));
    CHECK(out_write(&out, "hello", 5, &err));
    CHECK(access("a", F_OK) != 0); /* nothing before the commit */
    CHECK(out_commit(&out, &err));
    out_discard(&out);
    CHECK(input_open(&in, "a", 100, &err));
    CHECK(in.mapped && in.size == 5 && memcmp(in.data, "hello", 5) == 0);
    input_close(&in);

    CHECK(out_open(&out, "a", &err));
    CHECK(out_write(&out, "other", 5, &err));
    out_discard(&out); /* the old content stays, no temporary is left */
    CHECK(input_open(&in, "a", 5, &err));
    CHECK(memcmp(in.data, "hello", 5) == 0);
    input_close(&in);
    CHECK(system("test \"$(ls)\" = a") == 0);
}

/* What is no file is written to and stays what it is. */
static void
check_devices(void)
{
    struct error err = {0};
    struct stat st;
    char text[8] = {0};
    int fd;

    CHECK(symlink("/dev/null", "null") == 0 && out_put("null", "x", 1, &err));
    CHECK(lstat("null", &st) == 0 && S_ISLNK(st.st_mode));
    CHECK(symlink("/dev/full", "full") == 0 && !out_put("full", "x", 1, &err));
    CHECK(err.class == ERR_IO && strcmp(err.path, "full") == 0);
    CHECK(lstat("full", &st) == 0 && S_ISLNK(st.st_mode));
    CHECK(mkfifo("pipe", 0600) == 0);
    fd = open("pipe", O_RDWR | O_NONBLOCK | O_CLOEXEC);
    CHECK(fd >= 0 && out_put("pipe", "hello", 5, &err));
    CHECK(read(fd, text, sizeof text) == 5 && strcmp(text, "hello") == 0);
    CHECK(lstat("pipe", &st) == 0 && S_ISFIFO(st.st_mode));
    (void)close(fd);
}

static void
check_refusals(void)
{
    struct out_file out;
    struct error err = {0};
    struct input in;

    CHECK(!input_open(&in, "a", 4, &err));
    CHECK(err.class == ERR_LIMIT && strcmp(err.path, "a") == 0);
    CHECK(!input_open(&in, "missing", 4, &err));
    CHECK(err.class == ERR_IO && error_status(err.class) == 4);
    CHECK(!input_open(&in, ".", 4, &err));
    CHECK(strstr(err.message, "directory"));
    CHECK(!out_open(&out, "no/such/folder", &err));
    out_discard(&out);
    CHECK(out_put("empty", "", 0, &err));
    CHECK(input_open(&in, "empty", 0, &err));
    CHECK(in.size == 0);
    input_close(&in);
}

static void
check_positioned(void)
{
    struct error err = {0};
    char text[8] = {0};
    size_t got;
    int fd = open("p", O_RDWR | O_CREAT, 0600);

    CHECK(file_pwrite(fd, "abcdef", 6, 2, &err));
    CHECK(file_pread(fd, text, 8, 4, &got, &err));
    CHECK(got == 4 && memcmp(text, "cdef", 4) == 0);
    (void)close(fd);
}

int
main(void)
{
    char folder[] = "/tmp/test_file.XXXXXX";

    if (!mkdtemp(folder) || chdir(folder) != 0)
        return 1;
    check_atomic_output();
    check_devices();
    check_refusals();
    check_positioned();
    (void)unlink("a");
    (void)unlink("empty");
    (void)unlink("p");
    (void)rmdir(folder);
    return test_failures != 0;
}
