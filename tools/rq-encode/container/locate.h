/* locate.h: find symbols that are in the file, but not where they were. */
#ifndef RQ_LOCATE_H
#define RQ_LOCATE_H

#include "checkup.h"

/* Sets c->at of symbols found anywhere outside those that are in their place. */
MUST_CHECK bool locate_moved(struct checkup *c, uint64_t memory, struct error *err);

#endif
