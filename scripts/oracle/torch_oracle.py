"""PyTorch 2.6 as the oracle: generate PACKET | answer [FILE...] | list (see frame.py)."""

import sys

import frame


def reset():
    """Each case starts alike: one thread, the default dtype, the same seed."""
    import torch  # pylint: disable=import-outside-toplevel  # absent: frame says so

    torch.set_num_threads(1)
    torch.set_default_dtype(torch.float32)
    torch.set_grad_enabled(True)
    torch.manual_seed(0)


if __name__ == "__main__":
    sys.exit(frame.main("torch", "torch_ops", "2.6.", native=True, reset=reset))
