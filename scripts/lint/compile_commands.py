"""The compilation database of the whole repository on standard output, asked of make.

What `make` would run is the one truth about flags; nothing is listed twice.
"""

import json
import os
import re
import subprocess
import sys

COMPILE = re.compile(r"^(clang-14 .* -c -o (\S+) (\S+\.c))$", re.MULTILINE)


def main():
    command = ["make", "-nB", "all", "units", "CC=clang-14", "CI="]
    environment = {key: value for key, value in os.environ.items()
                   if key not in ("MAKEFLAGS", "MAKELEVEL", "MFLAGS")}
    done = subprocess.run(command, capture_output=True, text=True, check=False, env=environment)
    if done.returncode:
        sys.stderr.write(done.stderr)
        return 4
    text = done.stdout.replace("\\\n", " ")
    entries = [{"directory": os.getcwd(), "file": file, "output": output,
                "command": re.sub(r" -MMD -MP ", " ", command)}
               for command, output, file in COMPILE.findall(text)]
    json.dump(entries, sys.stdout, indent=1)
    return 0 if entries else 5


if __name__ == "__main__":
    sys.exit(main())
