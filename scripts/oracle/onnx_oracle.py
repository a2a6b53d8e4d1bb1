"""ONNX Runtime 1.21 as the oracle: generate PACKET | answer [FILE...] | list (see frame.py)."""

import os
import sys

import frame


def quiet_import():
    """Debian's onnx and onnxruntime both register ONNX's schemas and complain about it."""
    saved, null = os.dup(2), os.open(os.devnull, os.O_WRONLY)
    os.dup2(null, 2)
    try:
        import onnx  # pylint: disable=import-outside-toplevel,unused-import
        import onnxruntime  # pylint: disable=import-outside-toplevel

        onnxruntime.set_default_logger_severity(4)
    except ImportError:
        pass  # frame says so
    finally:
        os.dup2(saved, 2)


if __name__ == "__main__":
    quiet_import()
    sys.exit(frame.main("onnxruntime", "onnx_ops", "1.21", native=True))
