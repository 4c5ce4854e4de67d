"""The models of the train-step benchmark in PyTorch. Usage: torch-step.py MODEL THREADS

Every line on standard input is a number of steps to take; the answer is the milliseconds of each, as a JSON list.
"""
import json
import sys
import time

import torch
import torch.nn as nn
import torch.nn.functional as F

CLIP = {
    "A": dict(image=64, patch=8, width=128, layers=4, heads=4, text=128, embedding=128),
    "B": dict(image=224, patch=16, width=192, layers=6, heads=3, text=256, embedding=256),
}
LENGTH, VOCABULARY, TEXT_LAYERS, TEXT_HEADS = 64, 8000, 4, 4


class TransformerBlock(nn.Module):
    def __init__(self, width, heads):
        super().__init__()
        self.heads = heads
        self.norm1, self.norm2 = nn.LayerNorm(width), nn.LayerNorm(width)
        self.qkv, self.out = nn.Linear(width, 3 * width), nn.Linear(width, width)
        self.up, self.down = nn.Linear(width, 4 * width), nn.Linear(4 * width, width)

    def forward(self, x, mask=None):
        B, T, D = x.shape
        q, k, v = self.qkv(self.norm1(x)).view(B, T, 3, self.heads, D // self.heads).permute(2, 0, 3, 1, 4)
        mixed = F.scaled_dot_product_attention(q, k, v, attn_mask=mask)
        x = x + self.out(mixed.transpose(1, 2).reshape(B, T, D))
        return x + self.down(F.gelu(self.up(self.norm2(x)), approximate="tanh"))


class Clip(nn.Module):
    def __init__(self, image, patch, width, layers, heads, text, embedding):
        super().__init__()
        self.patch, self.grid = patch, image // patch
        self.cut = nn.Linear(patch * patch * 3, width)
        self.position = nn.Parameter(torch.randn(self.grid**2, width) * 0.02)
        self.vision = nn.ModuleList([TransformerBlock(width, heads) for _ in range(layers)])
        self.vision_norm, self.vision_out = nn.LayerNorm(width), nn.Linear(width, embedding, bias=False)
        self.words = nn.Embedding(VOCABULARY, text)
        self.text_position = nn.Parameter(torch.randn(LENGTH, text) * 0.02)
        self.text = nn.ModuleList([TransformerBlock(text, TEXT_HEADS) for _ in range(TEXT_LAYERS)])
        self.text_norm, self.text_out = nn.LayerNorm(text), nn.Linear(text, embedding, bias=False)
        self.log_scale = nn.Parameter(torch.tensor(2.659))

    def forward(self, image, ids, mask):
        B, P, G = image.shape[0], self.patch, self.grid
        x = image.view(B, G, P, G, P, 3).permute(0, 1, 3, 2, 4, 5).reshape(B, G * G, P * P * 3)
        x = self.cut(x) + self.position
        for block in self.vision:
            x = block(x)
        images = F.normalize(self.vision_out(self.vision_norm(x).mean(1)), dim=1)
        x, hidden = self.words(ids) + self.text_position, ((1 - mask) * -1e9)[:, None, None, :]
        for block in self.text:
            x = block(x, hidden)
        weight = mask[:, :, None]
        texts = F.normalize(self.text_out((self.text_norm(x) * weight).sum(1) / weight.sum(1)), dim=1)
        logits, same = images @ texts.T * self.log_scale.exp(), torch.arange(B)
        return 0.5 * (F.cross_entropy(logits, same) + F.cross_entropy(logits.T, same))


class ResidualBlock(nn.Module):
    def __init__(self, before, width, stride):
        super().__init__()
        self.a, self.norm_a = nn.Conv3d(before, width, 3, stride, 1, bias=False), nn.GroupNorm(4, width)
        self.b, self.norm_b = nn.Conv3d(width, width, 3, 1, 1, bias=False), nn.GroupNorm(4, width)
        self.short = nn.Identity() if before == width else nn.Conv3d(before, width, 1, stride, bias=False)

    def forward(self, x):
        return F.relu(self.norm_b(self.b(F.relu(self.norm_a(self.a(x))))) + self.short(x))


class Cnn(nn.Module):
    def __init__(self):
        super().__init__()
        self.layers = nn.Sequential(
            nn.Conv3d(1, 16, 3, 1, 1, bias=False), nn.GroupNorm(4, 16), nn.ReLU(), nn.MaxPool3d(2),
            ResidualBlock(16, 16, 1), ResidualBlock(16, 32, 2), ResidualBlock(32, 64, 2),
            nn.AdaptiveAvgPool3d(1), nn.Flatten(), nn.Linear(64, 4),
        )

    def forward(self, volume, label):
        return F.cross_entropy(self.layers(volume), label)


class Vit(nn.Module):
    """A volume of 32^3 in patches of 8^3: 64 tokens."""

    def __init__(self):
        super().__init__()
        self.cut = nn.Linear(512, 128)
        self.position = nn.Parameter(torch.randn(64, 128) * 0.02)
        self.blocks = nn.ModuleList([TransformerBlock(128, 4) for _ in range(4)])
        self.norm, self.head = nn.LayerNorm(128), nn.Linear(128, 4)

    def forward(self, volume, label):
        B = volume.shape[0]
        x = volume.view(B, 4, 8, 4, 8, 4, 8).permute(0, 1, 3, 5, 2, 4, 6).reshape(B, 64, 512)
        x = self.cut(x) + self.position
        for block in self.blocks:
            x = block(x)
        return F.cross_entropy(self.head(self.norm(x).mean(1)), label)


def clip_batch(size, batch=16):
    mask = torch.zeros(batch, LENGTH)
    for i in range(batch):
        mask[i, : 20 + i * 5 % 40] = 1
    return torch.randn(batch, size, size, 3), torch.randint(0, VOCABULARY, (batch, LENGTH)), mask


def main(name, threads):
    torch.set_num_threads(threads)
    if name in CLIP:
        model, batch = Clip(**CLIP[name]), clip_batch(CLIP[name]["image"])
    else:
        model = Cnn() if name == "cnn" else Vit()
        batch = torch.randn(8, 1, 32, 32, 32), torch.arange(8) % 4
    optimiser = torch.optim.AdamW(model.parameters(), 3e-4, weight_decay=0.05)
    for line in sys.stdin:
        times = []
        for _ in range(int(line)):
            start = time.perf_counter()
            loss = model(*batch)
            optimiser.zero_grad()
            loss.backward()
            optimiser.step()
            times.append((time.perf_counter() - start) * 1e3)
        print(json.dumps(times), flush=True)


main(sys.argv[1], int(sys.argv[2]))
