"""pandas_random.py SEED COUNT [FAMILY...]: random cases and what pandas says to them.

Prints a file of schema fp-groupby-oracle/2 that `fp-groupby run` reads.
"""

import json
import sys
import warnings

import numpy
import pandas

from pandas_ops import _random, groupby, labels, relational

OPERATIONS = {**groupby.OPERATIONS, **labels.OPERATIONS, **relational.OPERATIONS}


def main():
    seed, count, families = int(sys.argv[1]), int(sys.argv[2]), sys.argv[3:]
    warnings.simplefilter("ignore")
    cases = []
    for name, operation, args, inputs in _random.cases(seed, count, families or _random.FAMILIES):
        case = {"id": name, "op": operation, "args": args, "in": inputs}
        try:
            case["out"] = OPERATIONS[operation](case)
        except Exception as error:  # pylint: disable=broad-except  # the original's answer
            case["error"] = {"type": type(error).__name__, "message": str(error)[:300]}
        cases.append(case)
    json.dump({"schema": "fp-groupby-oracle/2", "pandas": pandas.__version__,
               "numpy": numpy.__version__, "seed": [seed], "cases": cases}, sys.stdout)


if __name__ == "__main__":
    main()
