/*
 * Function schemas: what torch._C.parse_schema() of 2.6 takes, and its very words for
 * what it refuses.
 */
#include "dispatcher/schema.h"
#include "test.h"

#include <string.h>

static const struct {
    const char *schema;
    const char *why; /* NULL: taken */
} rows[] = {
    {"a::b() -> ()", NULL},
    {"a::b() -> ()  ", NULL},
    {"a::b(Tensor x) -> Tensor", NULL},
    {"a::b(Tensor(a!) x, *, int y=1) -> Tensor(a!)", NULL},
    {"a::b(Tensor[] x, int[3] y, float? z=None) -> (Tensor, int)", NULL},
    {"a::b(Tensor(a -> *) x) -> Tensor(a)[]", NULL},
    {"a::b(...) -> ...", NULL},
    {"a::b(Tensor? W) -> __torch__.torch.classes.vulkan.LayernormPackedContext", NULL},
    {"a::b.x(Tensor? x=None) -> Tensor? y", NULL},
    {"a::b(Tensor x", "expected ) but found 'eof' here:\na::b(Tensor x"},
    {"a::b(", "expected ident but found 'eof' here:\na::b("},
    {"a::b() ->", "expected ident but found 'eof' here:\na::b() ->"},
    {"a::b", "Tried to parse a function schema but only the operator name was given"},
    {"a", "Tried to parse a function schema but only the operator name was given"},
    {"a::b.", "expected ident but found 'eof' here:\na::b."},
    {"a::", "expected ident but found 'eof' here:\na::"},
    {"", "expected ident but found 'eof' here:\n"},
    {"a::b() -> (Tensor", "expected ) but found 'eof' here:\na::b() -> (Tensor"},
    {"a::b(Tensor x) -> Tensor(a",
     "expected ) but found 'eof' here:\na::b(Tensor x) -> Tensor(a"},
    {"a::b(Tensor x -> Tensor",
     "expected ) but found 'arrow' here:\na::b(Tensor x -> Tensor\n              ~~ <--- "
     "HERE\n"},
    {"a::b Tensor",
     "expected eof but found 'ident' here:\na::b Tensor\n     ~~~~~~ <--- HERE\n"},
    {"a::b)", "expected eof but found ')' here:\na::b)\n    ~ <--- HERE\n"},
    {"a::b() Tensor",
     "expected arrow but found 'ident' here:\na::b() Tensor\n       ~~~~~~ <--- HERE\n"},
    {"a::b() - > ()",
     "expected arrow but found '-' here:\na::b() - > ()\n       ~ <--- HERE\n"},
    {"::b() -> ()", "expected ident but found ':' here:\n::b() -> ()\n~ <--- HERE\n"},
    {"a::() -> ()", "expected ident but found '(' here:\na::() -> ()\n   ~ <--- HERE\n"},
    {"a:b() -> ()", "expected : but found 'ident' here:\na:b() -> ()\n  ~ <--- HERE\n"},
    {"a::b.x.y() -> ()",
     "expected eof but found '.' here:\na::b.x.y() -> ()\n      ~ <--- HERE\n"},
    {"1a::b() -> ()",
     "expected ident but found 'number' here:\n1a::b() -> ()\n~ <--- HERE\n"},
    {"a::b(1) -> ()",
     "expected ident but found 'number' here:\na::b(1) -> ()\n     ~ <--- HERE\n"},
    {"a::b() -> (1)",
     "expected ident but found 'number' here:\na::b() -> (1)\n           ~ <--- HERE\n"},
    {"a::b() -> ) ",
     "expected ident but found ')' here:\na::b() -> ) \n          ~ <--- HERE\n"},
    {"a::b(Tensor x,) -> ()",
     "expected ident but found ')' here:\na::b(Tensor x,) -> ()\n              ~ <--- "
     "HERE\n"},
    {"a::b(, Tensor x) -> ()",
     "expected ident but found ',' here:\na::b(, Tensor x) -> ()\n     ~ <--- HERE\n"},
    {"a::b() -> . x",
     "expected ident but found '.' here:\na::b() -> . x\n          ~ <--- HERE\n"},
    {"a::b() -> () x",
     "expected eof but found 'ident' here:\na::b() -> () x\n             ~ <--- HERE\n"},
    {"a::b(Tensor x)->Tensor y z",
     "expected eof but found 'ident' here:\na::b(Tensor x)->Tensor y z\n"
     "                         ~ <--- HERE\n"},
};

int
main(void)
{
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct buf why = {0};
        bool ok = schema_check(rows[i].schema, &why);

        CHECK(ok == !rows[i].why);
        CHECK(ok || strcmp(buf_string(&why), rows[i].why) == 0);
        if (!ok && strcmp(buf_string(&why), rows[i].why ? rows[i].why : "") != 0)
            (void)fprintf(stderr, "%s\n", buf_string(&why));
        buf_clear(&why);
    }
    return test_failures != 0;
}
