/*
 * recurrent.h: recurrent cells and sequences of one layer and direction.
 */
#ifndef FTG_OPS_NN_RECURRENT_H
#define FTG_OPS_NN_RECURRENT_H

#include "ops/ops.h"

enum recurrent_kind { RECURRENT_TANH, RECURRENT_RELU, RECURRENT_LSTM, RECURRENT_GRU };

/* Rows: gates * hidden, gates in torch's order (LSTM i f g o, GRU r z n). */
struct recurrent_weights {
    struct tensor *input;                    /* (gates * hidden, features) */
    struct tensor *hidden;                   /* (gates * hidden, hidden) */
    struct tensor *input_bias, *hidden_bias; /* (gates * hidden), or both NULL */
};

int recurrent_gates(enum recurrent_kind kind);

/* One step: from_x is input weights times x plus bias; h (and c of an LSTM) go on. */
bool op_recurrent_step(struct tape *t, enum recurrent_kind kind, struct tensor *from_x,
                       const struct recurrent_weights *w, struct tensor **h,
                       struct tensor **c);

/* x: (length, batch, features).  Gives (length, batch, hidden); h and c (batch, hidden)
 * are the first states, and afterwards the last ones. */
struct tensor *op_recurrent(struct tape *t, enum recurrent_kind kind, struct tensor *x,
                            const struct recurrent_weights *w, bool reverse,
                            struct tensor **h, struct tensor **c);

#endif
