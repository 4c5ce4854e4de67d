"""Encoders by PyTorch, for test/unit/client/model: checkpoints in the layouts of timm and of BERT, and residual networks.

python3 test/support/model/golden.py > test/support/model/golden.json
The i-th tensor of a case is drawn from seed i, the input from seed 100. Images are channels last.
"""

import json
import math

import torch
import torch.nn.functional as F


def draw(shape, seed):
    """The generator of test/support/engine/training.ts: numbers in [-0.5, 0.5)."""
    values, z = [], seed
    for _ in range(math.prod(shape)):
        z = (z * 1664525 + 1013904223) & 0xFFFFFFFF
        values.append(z / 4294967296 - 0.5)
    return torch.tensor(values, dtype=torch.float32).reshape(shape)


def case(tensors, run, **settings):
    drawn = {name: draw(shape, i) for i, (name, shape) in enumerate(tensors.items())}
    y = run(drawn)
    values = [float(f"{v:.8g}") for v in y.reshape(-1).tolist()]
    return {"tensors": tensors, **settings, "shape": list(y.shape), "y": values}


def attention(q, k, v, heads, mask=None):
    """[B, T, D], mask [B, T] of booleans."""
    split = lambda x: x.reshape(*x.shape[:2], heads, -1).transpose(1, 2)
    keep = None if mask is None else mask[:, None, None, :]
    y = F.scaled_dot_product_attention(split(q), split(k), split(v), attn_mask=keep)
    return y.transpose(1, 2).reshape(q.shape)


def linear(w, name, x):
    return F.linear(x, w[f"{name}.weight"], w[f"{name}.bias"])


def norm(w, name, x, eps):
    return F.layer_norm(x, x.shape[-1:], w[f"{name}.weight"], w[f"{name}.bias"], eps)


def layer(name, outputs, inputs):
    return {f"{name}.weight": [outputs, inputs], f"{name}.bias": [outputs]}


def scale(name, dim):
    return {f"{name}.weight": [dim], f"{name}.bias": [dim]}


def vit(size, patch, channels, dim, blocks, heads, classed):
    """timm's VisionTransformer.forward_features: all tokens."""
    tokens = math.prod(s // p for s, p in zip(size, patch)) + classed
    tensors = {"cls_token": [1, 1, dim]} if classed else {}
    tensors |= {"pos_embed": [1, tokens, dim], "patch_embed.proj.weight": [dim, channels, *patch], "patch_embed.proj.bias": [dim]}
    for i in range(blocks):
        at = f"blocks.{i}"
        tensors |= scale(f"{at}.norm1", dim) | layer(f"{at}.attn.qkv", 3 * dim, dim) | layer(f"{at}.attn.proj", dim, dim)
        tensors |= scale(f"{at}.norm2", dim) | layer(f"{at}.mlp.fc1", 4 * dim, dim) | layer(f"{at}.mlp.fc2", dim, 4 * dim)
    tensors |= scale("norm", dim)

    def run(w):
        image = draw([2, *size, channels], 100).movedim(-1, 1)
        conv = F.conv2d if len(size) == 2 else F.conv3d
        x = conv(image, w["patch_embed.proj.weight"], w["patch_embed.proj.bias"], stride=patch).flatten(2).transpose(1, 2)
        if classed:
            x = torch.cat([w["cls_token"].expand(2, -1, -1), x], 1)
        x = x + w["pos_embed"]
        for i in range(blocks):
            at = f"blocks.{i}"
            qkv = linear(w, f"{at}.attn.qkv", norm(w, f"{at}.norm1", x, 1e-6))
            x = x + linear(w, f"{at}.attn.proj", attention(*qkv.chunk(3, -1), heads))
            x = x + linear(w, f"{at}.mlp.fc2", F.gelu(linear(w, f"{at}.mlp.fc1", norm(w, f"{at}.norm2", x, 1e-6))))
        return norm(w, "norm", x, 1e-6)

    sizes = {"size": size, "patch": patch, "channels": channels, "dim": dim, "blocks": blocks, "heads": heads}
    return case(tensors, run, sizes=sizes | {"pool": "class" if classed else "mean"})


def bert(vocabulary, positions, dim, blocks, heads, ids, mask):
    """transformers' BertModel: all tokens."""
    tensors = {
        "bert.embeddings.word_embeddings.weight": [vocabulary, dim],
        "bert.embeddings.position_embeddings.weight": [positions, dim],
        "bert.embeddings.token_type_embeddings.weight": [2, dim],
    }
    tensors |= scale("bert.embeddings.LayerNorm", dim)
    for i in range(blocks):
        at = f"bert.encoder.layer.{i}"
        for part in ["query", "key", "value"]:
            tensors |= layer(f"{at}.attention.self.{part}", dim, dim)
        tensors |= layer(f"{at}.attention.output.dense", dim, dim) | scale(f"{at}.attention.output.LayerNorm", dim)
        tensors |= layer(f"{at}.intermediate.dense", 4 * dim, dim) | layer(f"{at}.output.dense", dim, 4 * dim)
        tensors |= scale(f"{at}.output.LayerNorm", dim)
    tensors |= layer("bert.pooler.dense", dim, dim)

    def run(w):
        at = "bert.embeddings"
        T = len(ids[0])
        x = w[f"{at}.word_embeddings.weight"][torch.tensor(ids)]
        x = x + w[f"{at}.position_embeddings.weight"][:T] + w[f"{at}.token_type_embeddings.weight"][0]
        x = norm(w, f"{at}.LayerNorm", x, 1e-12)
        for i in range(blocks):
            at = f"bert.encoder.layer.{i}"
            q, k, v = (linear(w, f"{at}.attention.self.{part}", x) for part in ["query", "key", "value"])
            y = linear(w, f"{at}.attention.output.dense", attention(q, k, v, heads, torch.tensor(mask) > 0))
            x = norm(w, f"{at}.attention.output.LayerNorm", x + y, 1e-12)
            y = linear(w, f"{at}.output.dense", F.gelu(linear(w, f"{at}.intermediate.dense", x)))
            x = norm(w, f"{at}.output.LayerNorm", x + y, 1e-12)
        return x

    sizes = {"vocabulary": vocabulary, "length": len(ids[0]), "dim": dim, "blocks": blocks, "heads": heads}
    return case(tensors, run, sizes=sizes, ids=ids, mask=mask)


def resnet(size, kind, blocks, width, groups, embedding):
    """torchvision's ResNet over two or three axes, GroupNorm in the place of BatchNorm. Tensors are ours: channels last."""
    axes = len(size)
    expansion = 1 if kind == "basic" else 4
    tensors = {}

    def convolution(name, taps, inputs, outputs):
        tensors[f"{name}.weight"] = [*[taps] * axes, inputs, outputs]
        tensors[f"{name}.norm.gain"] = tensors[f"{name}.norm.bias"] = [outputs]

    convolution("image.stem", 7, 1, width)
    plan, inputs = [], width
    for stage, count in enumerate(blocks):
        for i in range(count):
            inner, outputs = width * 2**stage, width * 2**stage * expansion
            stride = 2 if i == 0 and stage > 0 else 1
            name = f"image.stage{stage}.block{i}"
            if kind == "basic":
                steps = [(3, inputs, outputs, stride), (3, outputs, outputs, 1)]
            else:
                steps = [(1, inputs, inner, 1), (3, inner, inner, stride), (1, inner, outputs, 1)]
            for j, (taps, a, b, _) in enumerate(steps):
                convolution(f"{name}.conv{j + 1}", taps, a, b)
            if inputs != outputs or stride != 1:
                convolution(f"{name}.short", 1, inputs, outputs)
            plan.append((name, [step[3] for step in steps], stride, inputs != outputs or stride != 1))
            inputs = outputs
    tensors["image.head"] = [inputs, embedding]

    def run(w):
        def convolve(name, x, stride):
            weight = w[f"{name}.weight"].movedim((-1, -2), (0, 1))
            conv = F.conv2d if axes == 2 else F.conv3d
            y = conv(x, weight, stride=stride, padding=weight.shape[-1] // 2)
            return F.group_norm(y, groups, w[f"{name}.norm.gain"], w[f"{name}.norm.bias"])

        x = F.relu(convolve("image.stem", draw([2, *size], 100)[:, None], 2))
        x = (F.max_pool2d if axes == 2 else F.max_pool3d)(x, 3, 2, 1)
        for name, strides, stride, reshaping in plan:
            y = x
            for j, step in enumerate(strides):
                y = convolve(f"{name}.conv{j + 1}", F.relu(y) if j else y, step)
            x = F.relu(y + (convolve(f"{name}.short", x, stride) if reshaping else x))
        return x.flatten(2).mean(-1) @ w["image.head"]

    sizes = {"axes": axes, "block": kind, "blocks": blocks, "width": width, "groups": groups}
    return case(tensors, run, sizes=sizes, size=size)


print(
    json.dumps(
        {
            "vit": [
                vit([8, 12], [4, 4], 3, 8, 2, 2, True),
                vit([4, 8, 8], [2, 4, 4], 1, 8, 1, 2, False),
            ],
            "bert": bert(11, 9, 8, 2, 2, [[1, 4, 7, 9, 0, 0], [1, 10, 2, 3, 5, 6]], [[1, 1, 1, 1, 0, 0], [1] * 6]),
            "resnet": [
                resnet([20, 24], "basic", [1, 2], 4, 2, 5),
                resnet([16, 16], "bottleneck", [2, 1], 4, 2, 5),
                resnet([8, 12, 12], "basic", [1, 1], 4, 2, 5),
                resnet([8, 8, 8], "bottleneck", [1, 1], 4, 4, 5),
            ],
        }
    )
)
