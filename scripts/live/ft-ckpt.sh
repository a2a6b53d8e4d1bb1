#!/bin/bash
# ft-ckpt.sh: files of torch itself, converted and back, judged by the originals.
#
# torch to safetensors to npz to torch gives equal roots; torch, safetensors and numpy
# load each step with identical tensors.  Exit 4 without the originals.
set -eu
cd "$(dirname "$0")/../.."
PATH="${BIN:?}:$PATH"
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

root() {
    ft-ckpt hash --root "$1" | cut -d' ' -f1
}

# step FROM TO: convert, and the content stays what it was.
step() {
    ft-ckpt convert "$work/$1" "$work/$2" >/dev/null
    [ "$(root "$work/$1")" = "$(root "$work/$2")" ] || {
        echo "not ok the root of $2 is not that of $1"
        exit 1
    }
}

scripts/oracle.sh run scripts/oracle/checkpoint_files.py make "$work" 2>/dev/null
for file in everywhere everywhere_legacy training training_legacy; do
    step "$file.pt" "$file.safetensors"
    step "$file.safetensors" "$file.npz"
    step "$file.npz" "$file.again.pt"
done
for file in torch_only torch_only_legacy; do
    step "$file.pt" "$file.again.pt"
done
scripts/oracle.sh run scripts/oracle/checkpoint_files.py judge "$work" 2>/dev/null
