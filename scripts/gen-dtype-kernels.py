#!/usr/bin/env python3
"""Write profiles/dtype_kernels.def of ft-dispatch: which dtypes torch's CPU kernels take.

    scripts/oracle.sh run scripts/gen-dtype-kernels.py > tools/ft-dispatch/profiles/dtype_kernels.def

Every operator below is called with tensors of each dtype on the live torch.  A row is
written when each refusal is an AT_DISPATCH one, `"NAME" not implemented for 'TYPE'`, with
one NAME: the operator, the kernel's name and the dtypes it takes, as bits in the order of
c10::ScalarType.
"""

import re
import sys
import warnings

warnings.filterwarnings("ignore")
import torch  # noqa: E402  # pylint: disable=wrong-import-position

# c10::ScalarType: (bit, name in messages, torch dtype)
TYPES = [(0, "Byte", torch.uint8), (1, "Char", torch.int8), (2, "Short", torch.int16),
         (3, "Int", torch.int32), (4, "Long", torch.int64), (5, "Half", torch.float16),
         (6, "Float", torch.float32), (7, "Double", torch.float64),
         (8, "ComplexHalf", torch.complex32), (9, "ComplexFloat", torch.complex64),
         (10, "ComplexDouble", torch.complex128), (11, "Bool", torch.bool),
         (15, "BFloat16", torch.bfloat16)]

UNARY = """abs ceil floor round trunc frac exp expm1 log log10 log1p log2 sin cos tan asin acos atan
sinh cosh tanh asinh acosh atanh sigmoid rsqrt sqrt reciprocal neg sign signbit erf erfc erfinv
lgamma digamma i0 bitwise_not cumsum cumprod triu tril sort nonzero argsort logit sinc exp2 isfinite
cummax cummin median nanmedian mode argmax argmin amax amin prod logsumexp softmax log_softmax
relu hardtanh hardsigmoid hardswish silu mish softplus elu gelu leaky_relu celu selu relu6
logsigmoid kthvalue unique_consecutive flip roll trace multinomial histc""".split()
BINARY = """bitwise_and bitwise_or bitwise_xor bitwise_left_shift bitwise_right_shift atan2 hypot
fmod remainder maximum minimum fmax fmin gcd lcm logaddexp logaddexp2 copysign nextafter heaviside
floor_divide lt le gt ge eq ne igamma igammac xlogy ldexp add sub mul div mm bmm dot mv addcmul
lerp cross cdist dist mse_loss huber_loss smooth_l1_loss""".split()
REFUSED = re.compile(r'"([^"]+)" not implemented for \'(\w+)\'')


def tensor(dtype, shape):
    return torch.zeros(shape, dtype=torch.uint8).to(dtype)


def call(name, dtype, binary):
    shape = {"mm": (3, 3), "bmm": (2, 3, 3), "dot": (3,)}.get(name, (3, 3))
    x = tensor(dtype, shape)
    function = getattr(torch, name, None) or getattr(torch.nn.functional, name)
    if name in ("cumsum", "cumprod", "cummax", "cummin", "logsumexp", "softmax", "log_softmax"):
        return function(x, 0)
    if name == "kthvalue":
        return function(x, 1)
    if name == "flip":
        return function(x, [0])
    if name == "roll":
        return function(x, 1)
    if name == "multinomial":
        return function(x, 1)
    if name == "mv":
        return function(x, tensor(dtype, (3,)))
    if name == "addcmul":
        return function(x, x, x)
    if name == "lerp":
        return function(x, x, 0.5)
    return function(x, x) if binary else function(x)


def probe(name, binary):
    """(kernel name, bits) or None when the operator refuses in its own words."""
    kernels, bits = set(), 0
    for bit, text, dtype in TYPES:
        try:
            call(name, dtype, binary)
            bits |= 1 << bit
        except (RuntimeError, NotImplementedError, TypeError, IndexError) as error:
            match = REFUSED.search(str(error))
            if not match or match.group(2) != text:
                return None
            kernels.add(match.group(1))
    return (kernels.pop(), bits) if len(kernels) == 1 else None


def main():
    print("/*\n * dtype_kernels.def: KERNEL(operator, kernel, dtypes as bits of c10::ScalarType)\n *\n"
          f" * Read out of torch {torch.__version__.split('+')[0]} by scripts/gen-dtype-kernels.py.\n */")
    for name in sorted(set(UNARY + BINARY)):
        try:
            row = probe(name, name in BINARY)
        except AttributeError:
            row = None
        if row:
            print(f'KERNEL("{name}", "{row[0]}", 0x{row[1]:04x})')


if __name__ == "__main__":
    sys.exit(main())
