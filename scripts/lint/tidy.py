"""clang-tidy over the sources of the compilation database on standard input whose path
matches the regular expression given, or all.

Several at a time, and what was clean before is not looked at again: a stamp in
build/lint/tidy is named by the digest of the preprocessed source (comments kept,
they hold NOLINT), its flags, the configuration and the version of clang-tidy.
Prints what clang-tidy finds; exit 1 if it found anything.
"""

import hashlib
import json
import os
import re
import shlex
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor

TIDY = "clang-tidy-14"
STAMPS = "build/lint/tidy"
# A quarter of the time for what is, here, the same findings.
DEPTH = [f"--extra-arg={word}" for word in
         ("-Xclang", "-analyzer-config", "-Xclang", "max-nodes=40000")]
FINDING = re.compile(r"^\S+:\d+:\d+: (warning|error): ", re.MULTILINE)
BLOCK = re.compile(r"^(?=\S+:\d+:\d+: (?:warning|error): )", re.MULTILINE)


def configuration():
    version = subprocess.run([TIDY, "--version"], capture_output=True, check=True).stdout
    with open(".clang-tidy", "rb") as stream:
        return version + stream.read()


def key_of(entry, shared):
    """The digest of everything that decides what clang-tidy says about the entry."""
    preprocess = shlex.split(entry["command"].replace(" -c -o " + entry["output"], " -E -C"))
    text = subprocess.run(preprocess, capture_output=True, check=False)
    if text.returncode:
        return None
    return hashlib.sha256(shared + entry["command"].encode() + text.stdout).hexdigest()


def examine(entry, shared, database):
    """What clang-tidy finds in one source; "" when it is clean."""
    key = key_of(entry, shared)
    stamp = os.path.join(STAMPS, key or "-")
    if key and os.path.exists(stamp):
        return ""
    done = subprocess.run([TIDY, "--quiet", "-p", database, "--warnings-as-errors=*",
                           *DEPTH, entry["file"]], capture_output=True, text=True, check=False)
    if done.returncode == 0 and not FINDING.search(done.stdout):
        if key:
            with open(stamp, "wb"):
                pass
        return ""
    return done.stdout or done.stderr


def main():
    database = "build/lint"
    os.makedirs(STAMPS, exist_ok=True)
    entries = json.load(sys.stdin)
    wanted = re.compile(sys.argv[1] if len(sys.argv) > 1 else "")
    with open(os.path.join(database, "compile_commands.json"), "w", encoding="utf-8") as out:
        json.dump(entries, out)
    shared = configuration()
    with ThreadPoolExecutor(max_workers=os.cpu_count() or 1) as pool:
        found = list(pool.map(lambda entry: examine(entry, shared, database),
                              [entry for entry in entries if wanted.search(entry["file"])]))
    shown = set()
    for text in found:
        for block in BLOCK.split(text.replace(os.getcwd() + "/", "")):
            if block not in shown:  # a header's finding comes with each source
                sys.stdout.write(block)
            shown.add(block)
    return 1 if any(found) else 0


if __name__ == "__main__":
    sys.exit(main())
