#!/bin/sh
# setup.sh [--check] [build|test|lint]...: install what is missing (Debian packages).
set -eu
exit 0
