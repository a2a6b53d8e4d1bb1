/*
 * policy.c: see policy.h.
 *
 * Known plain-data classes are matched by whole name, or by module prefix with
 * a class-like (capitalised, undotted) attribute: such a module still holds
 * functions, and those are not data.
 */
#include "pickle/policy.h"

#include "common/attr.h"

#include <stdlib.h>
#include <string.h>

static const char *const allowed[] = {
#define ALLOWED(name) name,
#include "allowed.def"
#undef ALLOWED
};

/* Beyond 2.6's list: what other versions of torch write or read. */
static const char *const understood[] = {
    "torch.UntypedStorage",
    "torch.storage._TypedStorage",
    "torch.storage._UntypedStorage",
    "torch._utils._rebuild_sparse_csr_tensor",
};

static const char *const opaque[] = {
    "torch.jit._pickle.build_boollist",
    "torch.jit._pickle.build_doublelist",
    "torch.jit._pickle.build_intlist",
    "torch.jit._pickle.build_tensor_from_id",
    "torch.jit._pickle.build_tensorlist",
    "torch.jit._pickle.restore_type_tag",
    "torch.jit._pickle.build_complexlist",
    "argparse.Namespace",
    "collections.defaultdict",
    "collections.deque",
    "builtins.list",
    "builtins.dict",
    "builtins.tuple",
    "builtins.frozenset",
    "builtins.int",
    "builtins.float",
    "builtins.bool",
    "builtins.str",
    "builtins.bytes",
    "builtins.object",
    "builtins.slice",
    "builtins.range",
    "copyreg._reconstructor",
    "datetime.date",
    "datetime.datetime",
    "datetime.time",
    "datetime.timedelta",
    "datetime.timezone",
    "decimal.Decimal",
    "fractions.Fraction",
    "uuid.UUID",
    "types.SimpleNamespace",
    "pathlib.Path",
    "pathlib.PosixPath",
    "pathlib.PurePosixPath",
    "pathlib.PureWindowsPath",
    "pathlib.WindowsPath",
    "pathlib._local.Path",
    "pathlib._local.PosixPath",
    "pathlib._local.PurePosixPath",
    "pathlib._local.PureWindowsPath",
    "pathlib._local.WindowsPath",
    "numpy.dtype",
    "numpy.ndarray",
    "numpy.core.multiarray._reconstruct",
    "numpy.core.multiarray.scalar",
    "numpy._core.multiarray._reconstruct",
    "numpy._core.multiarray.scalar",
    "numpy._core.numeric._frombuffer",
    "numpy.core.numeric._frombuffer",
    "numpy.random._pickle.__randomstate_ctor",
    "numpy.random._pickle.__generator_ctor",
    "numpy.random._pickle.__bit_generator_ctor",
    "pytorch_lightning.utilities.parsing.AttributeDict",
    "lightning.fabric.utilities.data.AttributeDict",
    "lightning_fabric.utilities.data.AttributeDict",
    "lightning.pytorch.utilities.parsing.AttributeDict",
    "torch._C._distributed_c10d.ReduceOp",
    "torch.distributed.checkpoint.filesystem._StorageInfo",
    "torch.distributed.checkpoint.filesystem._StoragePrefix",
    "torch.distributed.checkpoint.metadata._MEM_FORMAT_ENCODING",
    "torch.contiguous_format",
    "torch.preserve_format",
    "torch.channels_last",
    "torch.channels_last_3d",
    "torch.strided",
    "torch.sparse_coo",
    "torch._utils._rebuild_xla_tensor",
    "torch.utils._pytree.TreeSpec",
    "typing.Any",
    "typing.Union",
};

/* Modules whose classes only carry data; the attribute must look like a class. */
static const char *const opaque_modules[] = {
    "numpy.dtypes",
    "omegaconf.base",
    "omegaconf.dictconfig",
    "omegaconf.listconfig",
    "omegaconf.nodes",
    "torch.distributed.checkpoint.metadata",
    "torch.optim.adadelta",
    "torch.optim.adagrad",
    "torch.optim.adam",
    "torch.optim.adamax",
    "torch.optim.adamw",
    "torch.optim.asgd",
    "torch.optim.lbfgs",
    "torch.optim.nadam",
    "torch.optim.radam",
    "torch.optim.rmsprop",
    "torch.optim.rprop",
    "torch.optim.sgd",
    "torch.optim.lr_scheduler",
    "torch.nn.modules.activation",
    "torch.nn.modules.adaptive",
    "torch.nn.modules.batchnorm",
    "torch.nn.modules.channelshuffle",
    "torch.nn.modules.container",
    "torch.nn.modules.conv",
    "torch.nn.modules.distance",
    "torch.nn.modules.dropout",
    "torch.nn.modules.flatten",
    "torch.nn.modules.fold",
    "torch.nn.modules.instancenorm",
    "torch.nn.modules.linear",
    "torch.nn.modules.loss",
    "torch.nn.modules.module",
    "torch.nn.modules.normalization",
    "torch.nn.modules.padding",
    "torch.nn.modules.pixelshuffle",
    "torch.nn.modules.pooling",
    "torch.nn.modules.rnn",
    "torch.nn.modules.sparse",
    "torch.nn.modules.transformer",
    "torch.nn.modules.upsampling",
    "torch.nn.modules.utils",
    "torch.nn.quantized.modules.linear",
    "torch.ao.nn.quantized.modules.conv",
    "torch.ao.nn.quantized.modules.linear",
};

/* Not data though they look like classes of the modules above. */
static const char *const not_data[] = {
    "torch.nn.modules.module.Callable",
    "torch.nn.modules.module.Any",
};

static const struct {
    const char *prefix; /* a module, or a whole name */
    const char *why;
} dangers[] = {
    {"os", "runs commands and changes files"},
    {"posix", "runs commands and changes files"},
    {"nt", "runs commands and changes files"},
    {"subprocess", "starts processes"},
    {"commands", "runs commands"},
    {"popen2", "runs commands"},
    {"pty", "starts processes"},
    {"multiprocessing", "starts processes"},
    {"asyncio", "starts processes and connections"},
    {"concurrent", "runs code elsewhere"},
    {"sys", "changes the interpreter"},
    {"builtins.exec", "executes code"},
    {"builtins.eval", "executes code"},
    {"builtins.execfile", "executes code"},
    {"builtins.compile", "compiles code"},
    {"builtins.open", "opens files"},
    {"builtins.file", "opens files"},
    {"builtins.__import__", "imports modules"},
    {"builtins.getattr", "reaches any attribute"},
    {"builtins.setattr", "changes attributes"},
    {"builtins.delattr", "changes attributes"},
    {"builtins.globals", "reaches the interpreter's names"},
    {"builtins.locals", "reaches the interpreter's names"},
    {"builtins.vars", "reaches any attribute"},
    {"builtins.input", "waits for input"},
    {"builtins.raw_input", "waits for input"},
    {"builtins.breakpoint", "starts a debugger"},
    {"builtins.map", "calls functions"},
    {"builtins.filter", "calls functions"},
    {"builtins.apply", "calls functions"},
    {"builtins.type", "makes classes"},
    {"runpy", "runs code"},
    {"code", "runs code"},
    {"codeop", "compiles code"},
    {"importlib", "imports modules"},
    {"imp", "imports modules"},
    {"pkgutil", "imports modules"},
    {"zipimport", "imports modules"},
    {"pip", "installs code"},
    {"setuptools", "runs build code"},
    {"distutils", "starts processes"},
    {"ensurepip", "installs code"},
    {"venv", "starts processes"},
    {"operator", "reaches any attribute or calls any method"},
    {"functools", "calls functions"},
    {"itertools", "calls functions"},
    {"types", "makes code objects"},
    {"marshal", "loads code objects"},
    {"pickle", "unpickles hidden data"},
    {"_pickle", "unpickles hidden data"},
    {"cPickle", "unpickles hidden data"},
    {"shelve", "unpickles hidden data"},
    {"dill", "unpickles functions"},
    {"cloudpickle", "unpickles functions"},
    {"joblib", "unpickles files"},
    {"pandas.read_pickle", "unpickles files"},
    {"numpy.load", "unpickles files"},
    {"numpy.testing", "runs code"},
    {"numpy.f2py", "runs commands"},
    {"numpy.distutils", "starts processes"},
    {"torch.load", "unpickles files"},
    {"torch.serialization", "unpickles files"},
    {"torch.storage._load_from_bytes", "unpickles hidden data"},
    {"torch.hub", "downloads and runs code"},
    {"torch.jit", "loads code"},
    {"torch.package", "imports packaged code"},
    {"torch._inductor", "compiles and runs code"},
    {"torch._dynamo", "compiles and runs code"},
    {"torch.fx", "evaluates code"},
    {"torch.utils.cpp_extension", "compiles and loads code"},
    {"torch.utils.bottleneck", "runs code"},
    {"torch.utils.collect_env", "runs commands"},
    {"torch.distributed.rpc", "runs code elsewhere"},
    {"torch.multiprocessing", "starts processes"},
    {"torch.ops", "loads libraries"},
    {"torch.classes", "loads libraries"},
    {"ctypes", "loads libraries and writes memory"},
    {"_ctypes", "loads libraries and writes memory"},
    {"cffi", "loads libraries"},
    {"shutil", "changes files"},
    {"tempfile", "makes files"},
    {"fileinput", "changes files"},
    {"pathlib.Path", "touches files"},
    {"io", "opens files"},
    {"_io", "opens files"},
    {"codecs", "opens files"},
    {"tarfile", "writes files"},
    {"zipfile", "writes files"},
    {"gzip", "opens files"},
    {"bz2", "opens files"},
    {"lzma", "opens files"},
    {"dbm", "opens files"},
    {"sqlite3", "opens databases and loads extensions"},
    {"logging", "opens files"},
    {"socket", "opens connections"},
    {"socketserver", "opens connections"},
    {"ssl", "opens connections"},
    {"http", "opens connections"},
    {"httplib", "opens connections"},
    {"urllib", "opens connections"},
    {"urllib2", "opens connections"},
    {"requests", "opens connections"},
    {"aiohttp", "opens connections"},
    {"ftplib", "opens connections"},
    {"smtplib", "opens connections"},
    {"poplib", "opens connections"},
    {"imaplib", "opens connections"},
    {"nntplib", "opens connections"},
    {"telnetlib", "opens connections"},
    {"xmlrpc", "opens connections"},
    {"wsgiref", "opens connections"},
    {"webbrowser", "starts processes"},
    {"antigravity", "starts processes"},
    {"paramiko", "opens connections"},
    {"profile", "runs code"},
    {"cProfile", "runs code"},
    {"pstats", "opens files"},
    {"trace", "runs code"},
    {"timeit", "runs code"},
    {"bdb", "runs code"},
    {"pdb", "runs code"},
    {"doctest", "runs code"},
    {"unittest", "runs code"},
    {"test", "starts processes"},
    {"idlelib", "runs code"},
    {"lib2to3", "unpickles files"},
    {"pydoc", "imports modules"},
    {"inspect", "reads source and reaches frames"},
    {"linecache", "opens files"},
    {"site", "changes the interpreter's path"},
    {"atexit", "runs code later"},
    {"signal", "installs handlers"},
    {"threading", "starts threads"},
    {"_thread", "starts threads"},
    {"thread", "starts threads"},
    {"sched", "runs code later"},
    {"gc", "reaches every object"},
    {"weakref", "runs callbacks"},
    {"cgitb", "opens files"},
    {"platform", "runs commands"},
    {"uuid", "runs commands"},
    {"_aix_support", "runs commands"},
    {"_osx_support", "runs commands"},
    {"_posixsubprocess", "starts processes"},
    {"_xxsubinterpreters", "runs code"},
    {"_interpreters", "runs code"},
    {"_testcapi", "runs code"},
    {"getpass", "waits for input"},
    {"random", "reaches os"},
    {"__future__", "reaches other modules"},
    {"this", "reaches other modules"},
};

static bool
listed(const char *const *list, size_t n, const char *name)
{
    for (size_t i = 0; i < n; i++)
        if (strcmp(list[i], name) == 0)
            return true;
    return false;
}

static int
compare_name(const void *key, const void *element)
{
    const char *const *e = element;

    return strcmp(key, *e);
}

/* Python 3's name, as torch's IMPORT_MAPPING and NAME_MAPPING give it. */
static const char *
modern_name(const struct global *g, char *out, size_t size)
{
    static const char *const modules[][2] = {
        {"__builtin__", "builtins"}, {"copy_reg", "copyreg"}, {"cPickle", "pickle"}};

    for (size_t i = 0; i < COUNT_OF(modules); i++) {
        size_t n = strlen(modules[i][0]);
        size_t m = strlen(modules[i][1]);

        if (g->module_size == n && memcmp(g->name, modules[i][0], n) == 0 &&
            m + (g->size - n) < size) {
            memcpy(out, modules[i][1], m);
            memcpy(out + m, g->name + n, g->size - n + 1);
            return out;
        }
    }
    return g->name;
}

enum { NAME_SIZE = 2200 }; /* two plausible names and a dot fit (import.c) */

static bool
is_class_of(const struct global *g, const char *const *modules, size_t n)
{
    const char *attribute = g->name + g->module_size + 1;

    if (attribute[0] < 'A' || attribute[0] > 'Z')
        return false;
    for (size_t i = 0; i < n; i++)
        if (strlen(modules[i]) == g->module_size &&
            memcmp(modules[i], g->name, g->module_size) == 0)
            return true;
    return false;
}

/* name is the prefix, or begins with it and a dot. */
static bool
has_prefix(const char *name, const char *prefix)
{
    size_t n = strlen(prefix);

    return strncmp(name, prefix, n) == 0 && (name[n] == '\0' || name[n] == '.');
}

const char *
verdict_name(enum verdict v)
{
    static const char *const names[] = {
        [VERDICT_ALLOWED] = "allowed",
        [VERDICT_OPAQUE] = "opaque",
        [VERDICT_UNKNOWN] = "unknown",
        [VERDICT_DANGEROUS] = "dangerous",
    };

    return names[v];
}

enum verdict
policy_judge(const struct global *g, const char **why)
{
    char space[NAME_SIZE];
    const char *name = modern_name(g, space, sizeof space);

    if (why)
        *why = NULL;
    if (!g->dotted) {
        if (policy_weights_only(g) || listed(understood, COUNT_OF(understood), name))
            return VERDICT_ALLOWED;
        if (listed(opaque, COUNT_OF(opaque), name) ||
            (is_class_of(g, opaque_modules, COUNT_OF(opaque_modules)) &&
             !listed(not_data, COUNT_OF(not_data), name)))
            return VERDICT_OPAQUE;
    }
    for (size_t i = 0; i < COUNT_OF(dangers); i++)
        if (has_prefix(name, dangers[i].prefix)) {
            if (why)
                *why = dangers[i].why;
            return VERDICT_DANGEROUS;
        }
    if (g->dotted) {
        if (why)
            *why = "walks attributes out of a module";
        return VERDICT_DANGEROUS;
    }
    return VERDICT_UNKNOWN;
}

bool
policy_weights_only(const struct global *g)
{
    char space[NAME_SIZE];
    const char *name = modern_name(g, space, sizeof space);

    return !g->dotted &&
           bsearch(name, allowed, COUNT_OF(allowed), sizeof *allowed, compare_name);
}

const char *
policy_modern_name(struct arena *arena, const struct global *g)
{
    char space[NAME_SIZE];
    const char *name = modern_name(g, space, sizeof space);

    return name == g->name ? arena_strndup(arena, g->name, g->size)
                           : arena_strndup(arena, name, strlen(name));
}

bool
policy_is_torchscript(const struct global *g)
{
    return !g->dotted && has_prefix(g->name, "__torch__");
}
