/*
 * schemas.h: one reader for each schema of cases.  Each adds the checks of fixture->doc.
 */
#ifndef GATE_COMPARE_SCHEMAS_H
#define GATE_COMPARE_SCHEMAS_H

#include "compare/fixture.h"

MUST_CHECK bool schema_lockstep(struct fixture *f, struct error *err);
MUST_CHECK bool schema_groupby_oracle(struct fixture *f, struct error *err);
MUST_CHECK bool schema_dispatch_cases(struct fixture *f, struct error *err);
MUST_CHECK bool schema_grad_cases(struct fixture *f, struct error *err);
MUST_CHECK bool schema_frankentorch(struct fixture *f, struct error *err);
MUST_CHECK bool schema_frankenpandas(struct fixture *f, struct error *err);

#endif
