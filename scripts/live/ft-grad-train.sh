#!/bin/bash
# ft-grad-train.sh: 200 steps on handwritten digits, in ft-grad and in torch itself: every
# loss equal to 1e-6, and torch loads ft-grad's checkpoint, as safetensors and as ft-ckpt converts
# it to torch's own format, and finds the same loss with either.
set -eu
cd "$(dirname "$0")/../.."
BIN=${BIN:-$PWD/bin}
data=tests/fixtures/ft-grad
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

# check OPTIMIZER PARAMS
check() {
    "$BIN/ft-grad" train --json --order file --steps 200 --optimizer "$1" --params "$2" \
        --data "$data/digits.safetensors" --weights "$data/weights.safetensors" \
        --checkpoint "$work/out.safetensors" --curve "$work/loss.svg" "$data/net.json" >"$work/ours.json"
    "$BIN/ft-ckpt" convert "$work/out.safetensors" "$work/out.pt" >/dev/null
    scripts/oracle.sh run scripts/oracle/train_digits.py "$data" 200 "$1" "$2" \
        "$work/out.safetensors" "$work/out.pt" >"$work/torch.json"
    jq -rne --arg name "$1 $2" --slurpfile a "$work/ours.json" --slurpfile b "$work/torch.json" '
        ([$a[0].losses, $b[0].losses] | transpose | map((.[0] - .[1]) | fabs) | max) as $worst
        | ([$b[0].next_loss_of_checkpoints[] | (. - $b[0].next_loss) | fabs] | max) as $next
        | "\($name): \($a[0].losses[0]) to \($a[0].losses[-1]), worst difference \($worst), with the checkpoints \($next)",
          ($worst <= 1e-6 and $next <= 1e-6)'
}

check SGD '{"lr": 0.5}'
check SGD '{"lr": 0.1, "momentum": 0.9, "nesterov": true}'
check Adam '{"lr": 0.003}'
