/* locate.h: find symbols that are in the file, but not where they were. */
#ifndef RQ_LOCATE_H
#define RQ_LOCATE_H

#include "checkup.h"

/* Sets c->at of symbols found anywhere outside those that are in their place. */
void locate_moved(struct checkup *c);

#endif
