"""The versions of the originals, one a line; exit 4 when one is missing."""

import sys
from importlib import import_module

missing = False
for name in ("pandas", "numpy", "torch", "safetensors", "onnx", "onnxruntime"):
    try:
        print(name, import_module(name).__version__)
    except ImportError:
        print(name, "missing")
        missing = True
sys.exit(4 if missing else 0)
