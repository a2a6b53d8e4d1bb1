/* frankentorch_companions.h: the further records in a FrankenTorch packet's folder. */
#ifndef GATE_LAYOUTS_FRANKENTORCH_COMPANIONS_H
#define GATE_LAYOUTS_FRANKENTORCH_COMPANIONS_H

#include "layouts/packet.h"

/* Every other *.json of the folder, in byte order of the names. */
void frankentorch_companions(const struct packet *p);

#endif
