#include "common/arena.h"
#include "common/buf.h"
#include "common/bytes.h"
#include "common/mem.h"
#include "test.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

static void
check_arena(void)
{
    struct arena a = {0};
    char *first = arena_strndup(&a, "abc", 2);
    size_t sum = 0;

    for (size_t n = 0; n < 3000; n++) {
        unsigned char *p = arena_alloc(&a, n);

        CHECK((uintptr_t)p % 16 == 0);
        for (size_t i = 0; i < n; i++)
            sum += p[i]; /* zeroed */
        memset(p, 0xff, n);
    }
    CHECK(sum == 0);
    CHECK(strcmp(first, "ab") == 0); /* objects never move */
    arena_clear(&a);
    CHECK(a.total == 0);
}

static void
check_buf(void)
{
    struct buf b = {0};

    buf_put(&b, NULL, 0);
    for (int i = 0; i < 1000; i++)
        buf_printf(&b, "%d,", i % 10);
    buf_putc(&b, '!');
    CHECK(b.size == 2001);
    CHECK(strncmp(buf_string(&b), "0,1,2,3,4,5,6,7,8,9,0,", 22) == 0);
    CHECK(b.size == 2001);
    buf_clear(&b);
}

static void
check_bytes(void)
{
    uint8_t p[8];

    put_be64(p, UINT64_C(0x0102030405060708));
    CHECK(p[0] == 1 && p[7] == 8);
    CHECK(get_be64(p) == UINT64_C(0x0102030405060708));
    CHECK(get_le64(p) == UINT64_C(0x0807060504030201));
    CHECK(get_le32(p) == 0x04030201 && get_be32(p) == 0x01020304);
    CHECK(get_le16(p) == 0x0201 && get_be16(p) == 0x0102);
    put_le64(p, UINT64_C(0xfedcba9876543210));
    CHECK(get_le64(p) == UINT64_C(0xfedcba9876543210));
}

static void
check_memstream(void)
{
    char *text = NULL;
    size_t size = 0;
    FILE *stream = xmemstream(&text, &size);

    (void)fputs("abc", stream);
    xmemclose(stream);
    CHECK(size == 3 && strcmp(text, "abc") == 0);
    free(text);
}

static void
check_large(void)
{
    const size_t sizes[] = {0, 1, 1 << 20, 5 << 20};

    for (size_t i = 0; i < COUNT_OF(sizes); i++) {
        char *p = xlarge(sizes[i]);

        memset(p, 7, sizes[i]);
        CHECK(sizes[i] == 0 || (p[0] == 7 && p[sizes[i] - 1] == 7));
        free(p);
        /* After use, so that what was freed may come back. */
        p = xlarge_zeroed(sizes[i], 1);
        for (size_t k = 0; k < sizes[i]; k += 511)
            CHECK(p[k] == 0);
        free(p);
    }
}

/* A child that asks for more ends with status 4. */
static void
check_bound(void)
{
    pid_t child = fork();
    int status = 0;

    if (child == 0) {
        mem_bound(64 << 20, "as the test wants it");
        memset(xcalloc(1, 8 << 20), 1, 8 << 20);
        if (mem_of_machine() < 64 << 20)
            _exit(8);
        free(xcalloc(1, 1 << 30));
        _exit(0); /* there is no bound under a sanitizer */
    }
    CHECK(child > 0 && waitpid(child, &status, 0) == child && WIFEXITED(status));
    CHECK(WEXITSTATUS(status) == 4 || WEXITSTATUS(status) == 0);
}

int
main(void)
{
    size_t n;
    char *text = xasprintf("%s-%d", "a", 5);

    check_arena();
    check_buf();
    check_bytes();
    check_memstream();
    check_large();
    check_bound();
    CHECK(strcmp(text, "a-5") == 0);
    free(text);
    CHECK(!size_mul(SIZE_MAX, 2, &n) && !size_add(SIZE_MAX, 1, &n));
    CHECK(size_mul(6, 7, &n) && n == 42);
    return test_failures != 0;
}
