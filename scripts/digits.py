#!/usr/bin/env python3
"""Handwritten digits as training data for ft-grad, and a two-layer network for them.

    digits.py PACKAGE.deb FOLDER [SAMPLES]

PACKAGE.deb is Debian's python3-sklearn (`apt-get download python3-sklearn`); its digits.csv.gz
holds 1797 images of 8 x 8 pixels, 0 to 16, from the UCI repository's "Optical Recognition of
Handwritten Digits" (E. Alpaydin and C. Kaynak, CC BY 4.0).  Written are the first SAMPLES of them:

    digits.safetensors   x: float32 (SAMPLES, 64), pixels / 16; y: int64 (SAMPLES,)
    net.json             64-48-10 with ReLU and cross entropy, batches of 64
    weights.safetensors  w1, b1, w2, b2: float32, uniform in +-1/sqrt(inputs)
"""
import gzip
import json
import struct
import subprocess
import sys

CSV = "./usr/lib/python3/dist-packages/sklearn/datasets/data/digits.csv.gz"
BATCH, INPUTS, HIDDEN, CLASSES = 64, 64, 48, 10


def save(path, tensors):
    """tensors: name -> (dtype, shape, struct code, numbers)"""
    header, data = {}, b""
    for name, (dtype, shape, code, numbers) in tensors.items():
        octets = struct.pack(f"<{len(numbers)}{code}", *numbers)
        header[name] = {"dtype": dtype, "shape": shape,
                        "data_offsets": [len(data), len(data) + len(octets)]}
        data += octets
    text = json.dumps(header).encode()
    text += b" " * (-len(text) % 8)
    with open(path, "wb") as out:
        out.write(struct.pack("<Q", len(text)) + text + data)


def uniform(count, inputs, state):
    """A 64-bit linear congruential generator (Knuth's MMIX), its upper 24 bits."""
    numbers = []
    for _ in range(count):
        state = (state * 6364136223846793005 + 1442695040888963407) % 2**64
        numbers.append(((state >> 40) / 2**23 - 1) / inputs**0.5)
    return numbers, state


def network():
    def leaf(name, shape, trained, dtype="f32"):
        return {"name": name, "shape": shape, "dtype": dtype, "requires_grad": trained}

    return {
        "schema": "ft-grad-program/1",
        "dtype": "f32",
        "leaves": [leaf("x", [BATCH, INPUTS], False), leaf("y", [BATCH], False, "i64"),
                   leaf("w1", [HIDDEN, INPUTS], True), leaf("b1", [HIDDEN], True),
                   leaf("w2", [CLASSES, HIDDEN], True), leaf("b2", [CLASSES], True)],
        "ops": [{"op": "linear", "in": ["x", "w1", "b1"], "out": ["h"]},
                {"op": "relu", "in": ["h"], "out": ["a"]},
                {"op": "linear", "in": ["a", "w2", "b2"], "out": ["scores"]},
                {"op": "cross_entropy", "in": ["scores", None, "y"], "out": ["loss"]}],
        "roots": [{"tensor": "loss", "grad": None}],
        "call": {"kind": "backward"},
    }


def main(package, folder, samples=1797):
    deb = subprocess.run(["dpkg-deb", "--fsys-tarfile", package], check=True, capture_output=True)
    csv = subprocess.run(["tar", "-xO", CSV], input=deb.stdout, check=True, capture_output=True)
    rows = [[int(float(v)) for v in line.split(",")]
            for line in gzip.decompress(csv.stdout).decode().splitlines()][:samples]
    save(f"{folder}/digits.safetensors",
         {"y": ("I64", [len(rows)], "q", [r[64] for r in rows]),
          "x": ("F32", [len(rows), INPUTS], "f", [v / 16 for r in rows for v in r[:64]])})
    state, weights = 2026, {}
    for name, shape, inputs in (("w1", [HIDDEN, INPUTS], INPUTS), ("b1", [HIDDEN], INPUTS),
                                ("w2", [CLASSES, HIDDEN], HIDDEN), ("b2", [CLASSES], HIDDEN)):
        count = shape[0] * (shape[1] if len(shape) > 1 else 1)
        numbers, state = uniform(count, inputs, state)
        weights[name] = ("F32", shape, "f", numbers)
    save(f"{folder}/weights.safetensors", weights)
    with open(f"{folder}/net.json", "w") as out:
        json.dump(network(), out, indent=1)
        out.write("\n")


if __name__ == "__main__":
    main(sys.argv[1], sys.argv[2], *(int(n) for n in sys.argv[3:4]))
