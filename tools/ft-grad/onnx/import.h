/*
 * import.h: an ONNX graph as a program, node by node: what is not understood exactly is
 * refused, with node, operator, opset, attribute, value and what is supported.
 */
#ifndef FTG_ONNX_IMPORT_H
#define FTG_ONNX_IMPORT_H

#include "engine/program/program.h"
#include "onnx/model.h"

enum onnx_wants {
    ONNX_WANTS_NONE,
    ONNX_WANTS_INPUTS,
    ONNX_WANTS_WEIGHTS,
    ONNX_WANTS_ALL
};

/*
 * The program borrows weights from the model, which must outlive it.  Leaves without
 * data are the graph's inputs, in order; a size of -1 is one that the model leaves open,
 * dims -1 all of them.  Roots are its outputs.
 */
MUST_CHECK bool onnx_import(struct program *p, struct onnx_model *m,
                            enum onnx_wants wants, struct error *err);

#endif
