/*
 * onnx.h: the actions of `ft-grad onnx`.
 */
#ifndef FTG_COMMANDS_ONNX_H
#define FTG_COMMANDS_ONNX_H

#include "common/cli.h"

struct onnx_options {
    const char *tensors; /* import: the file of weights; run: of the results */
    int grad;            /* enum onnx_wants */
    double relative, absolute;
    const char *trace; /* run: what every node made */
    uint64_t repeat;   /* run: this many timed runs */
    bool markdown, quiet;
    struct cli_list shapes; /* NAME=1,3,224,224 */
};

int onnx_inspect(struct cli *cli, const struct onnx_options *o, struct error *err);
int onnx_import_command(struct cli *cli, const struct onnx_options *o, struct error *err);
int onnx_run_command(struct cli *cli, const struct onnx_options *o, struct error *err);
int onnx_check(struct cli *cli, const struct onnx_options *o, struct error *err);
int onnx_coverage(struct cli *cli, const struct onnx_options *o, struct error *err);

#endif
