/* .npy: an array that is handed out lies in the file, and its copy is read again. */
#include "common/npy.h"

#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void
check(bool holds)
{
    if (!holds)
        __builtin_trap();
}

static void
check_copy(const struct npy *n)
{
    struct buf out = {0};
    struct error err = {0};
    struct npy again;

    npy_copy(n, buf_reserve(&out, n->data_size + 1));
    buf_clear(&out);
    if (n->dtype == DTYPE_NONE || !dtype_numpy(n->dtype)[0])
        return;
    check(npy_header(&out, n->dtype, false, n->rank, n->shape, &err));
    npy_copy(n, buf_reserve(&out, n->data_size));
    out.size += n->data_size;
    check(npy_read(&again, out.data, out.size, NULL, &err));
    check(again.dtype == n->dtype && again.rank == n->rank && again.numel == n->numel);
    check(memcmp(again.shape, n->shape, n->rank * sizeof *n->shape) == 0);
    npy_clear(&again);
    buf_clear(&out);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct npy n;
    struct error err = {0};

    if (npy_read(&n, data, size, NULL, &err)) {
        check(n.data + n.data_size == data + size && n.descr[0] != '\0');
        check_copy(&n);
        npy_clear(&n);
    } else {
        check(err.class != ERR_NONE && err.subclass[0] != '\0');
    }
    return 0;
}
