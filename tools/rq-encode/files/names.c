#include "names.h"

#include "common/mem.h"

#include <string.h>

char *
sidecar_path(const char *file)
{
    return xasprintf("%s.rq", file);
}

static char *
json_beside(const char *file, const char *ending)
{
    size_t n = strlen(file);

    if (n > 5 && strcmp(file + n - 5, ".json") == 0 && file[n - 6] != '/')
        n -= 5;
    return xasprintf("%.*s%s", (int)n, file, ending);
}

char *
manifest_path(const char *file)
{
    return json_beside(file, ".raptorq.json");
}

char *
proof_path(const char *file)
{
    return json_beside(file, ".decode_proof.json");
}

const char *
base_name(const char *path)
{
    const char *slash = strrchr(path, '/');

    return slash ? slash + 1 : path;
}
