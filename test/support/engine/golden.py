"""Convolution and pooling by PyTorch, value and gradients, for test/unit/client/engine/kernels/golden.test.ts.

python3 test/support/engine/golden.py > test/support/engine/golden.json
Tensors are channels last, as TensorFlow.js has them. The loss is the sum of y times sin(1 + 3 i).
"""

import json
import math

import torch
import torch.nn.functional as F


def draw(shape, seed):
    """The generator of test/support/engine/training.ts, doubled: numbers in [-1, 1)."""
    values, z = [], seed
    for _ in range(math.prod(shape)):
        z = (z * 1664525 + 1013904223) & 0xFFFFFFFF
        values.append(2 * (z / 4294967296 - 0.5))
    return torch.tensor(values, dtype=torch.float32).reshape(shape).requires_grad_()


def first(x):
    return x.movedim(-1, 1)


def last(x):
    return x.movedim(1, -1)


def same(x, kernel, stride, value=0.0):
    """TensorFlow's padding: the odd place after."""
    pads = []
    for extent, k, s in zip(x.shape[1:-1], kernel, stride):
        total = max(0, (math.ceil(extent / s) - 1) * s + k - extent)
        pads = [total // 2, total - total // 2] + pads
    return F.pad(first(x), pads, value=value)


def conv(kind, x, w, stride, pad):
    n = w.dim() - 2
    kernel, strides = w.shape[:n], [stride] * n
    padded = same(x, kernel, strides) if pad == "same" else first(x)
    weight = w.movedim((-1, -2), (0, 1))
    if kind == "depthwise":
        channels, multiplier = w.shape[2:]
        weight = w.permute(2, 3, 0, 1).reshape(channels * multiplier, 1, *kernel)
        return last(F.conv2d(padded, weight, stride=strides, groups=channels))
    return last((F.conv2d if n == 2 else F.conv3d)(padded, weight, stride=strides))


def pool(kind, x, size, stride, pad):
    n = x.dim() - 2
    if kind == "max":
        padded = same(x, [size] * n, [stride] * n, -math.inf) if pad == "same" else first(x)
        return last((F.max_pool2d if n == 2 else F.max_pool3d)(padded, size, stride))
    average = F.avg_pool2d if n == 2 else F.avg_pool3d
    if pad == "valid":
        return last(average(first(x), size, stride))
    ones = same(torch.ones_like(x), [size] * n, [stride] * n)
    return last(average(same(x, [size] * n, [stride] * n), size, stride) / average(ones, size, stride))


def case(name, shapes, run, **settings):
    inputs = [draw(shape, 5 + i) for i, shape in enumerate(shapes)]
    y = run(*inputs)
    weights = torch.sin(1 + 3 * torch.arange(y.numel(), dtype=torch.float64)).to(torch.float32)
    (y.reshape(-1) * weights).sum().backward()
    rounded = lambda t: [float(f"{v:.7g}") for v in t.detach().reshape(-1).tolist()]
    return {"name": name, "shapes": shapes, **settings, "y": rounded(y), "gradients": [rounded(x.grad) for x in inputs]}


def convolution(kind, x, w, stride, pad):
    run = lambda a, b: conv(kind, a, b, stride, pad)
    return case(f"{kind} of {'x'.join(map(str, w[:-2]))} taps, stride {stride}, {pad}", [x, w], run, kind=kind, stride=stride, pad=pad)


def pooling(kind, x, size, stride, pad):
    run = lambda a: pool(kind, a, size, stride, pad)
    name = f"{kind} pool over {len(x) - 2} axes, {size} wide, stride {stride}, {pad}"
    return case(name, [x], run, kind=kind, size=size, stride=stride, pad=pad)


print(
    json.dumps(
        [
            convolution("conv", [1, 5, 6, 2], [3, 3, 2, 3], 1, "same"),
            convolution("conv", [1, 6, 5, 2], [3, 3, 2, 3], 2, "same"),
            convolution("conv", [1, 6, 5, 2], [2, 3, 2, 3], 2, "valid"),
            convolution("conv", [1, 4, 4, 4, 1], [1, 1, 1, 1, 2], 2, "same"),
            convolution("conv", [1, 4, 3, 4, 2], [3, 3, 3, 2, 2], 1, "same"),
            convolution("conv", [1, 4, 5, 4, 2], [3, 3, 3, 2, 2], 2, "same"),
            convolution("depthwise", [1, 5, 6, 2], [3, 3, 2, 2], 1, "same"),
            convolution("depthwise", [1, 6, 5, 2], [3, 3, 2, 2], 2, "same"),
            pooling("max", [1, 6, 5, 2], 3, 2, "same"),
            pooling("max", [1, 4, 4, 4, 2], 2, 2, "valid"),
            pooling("average", [1, 6, 5, 2], 3, 2, "same"),
            pooling("average", [1, 5, 4, 3, 2], 2, 2, "same"),
        ]
    )
)
