#!/bin/sh
# test.sh [ONLY]...: every test, from a machine with nothing but git and sh.  Sets up
# what is missing, builds, runs; ends with "N passed, N failed".
set -eu
cd "$(dirname "$0")/.."
scripts/setup.sh build test cluster
exec make -s -j"$(nproc)" test ONLY="$*"
