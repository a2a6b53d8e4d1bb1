"""torch_random.py [--special] SEED COUNT [OPERATOR...]: random calls and what torch says to them.

Prints lockstep-cases/1: COUNT programs of one operator each, forward and backward, in both
precisions, for `ft-grad run` and `gate-check compare`.  With --special the data are ties,
zeros of both signs, infinities and NaN.
"""

import json
import random
import sys
import warnings

import torch

import frame
from torch_ops import _autograd_linear as network, autograd


def main():
    special = sys.argv[1] == "--special"
    args = sys.argv[2:] if special else sys.argv[1:]
    seed, count = int(args[0]), int(args[1])
    names = args[2:] or sorted(network.CALLS)
    warnings.simplefilter("ignore")
    rng = random.Random(seed)
    cases = []
    for i in range(count):
        name = names[i % len(names)]
        case = autograd.call_case(f"{name}_{seed}_{i}", name, network.CALLS[name](rng), rng,
                                  rng.choice(("f64", "f32")), special)
        case["args"] = {}
        try:
            case["expect"] = autograd.program(case)
        except (RuntimeError, ValueError, IndexError) as error:
            case["error"] = {"class": type(error).__name__, "message": str(error)[:200]}
        cases.append(case)
    json.dump(frame.canonical({"schema": "lockstep-cases/1", "packet_id": "random", "provenance": {
        "original": "torch", "version": torch.__version__,
        "script": "scripts/oracle/torch_random.py", "script_sha256": "0" * 64},
                               "cases": cases}), sys.stdout)


if __name__ == "__main__":
    main()
