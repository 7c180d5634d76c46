"""The bench's byte-level language models, written for PyTorch as its users write them: one product for queries, keys and values, and
scaled_dot_product_attention."""

import torch
from torch import nn
from torch.nn import functional as F


class Attention(nn.Module):
    """Causal heads, over all keys before the query or over a window of them: that takes a mask of all pairs, as PyTorch has no
    window on the CPU that can be trained (flex_attention has no backward pass there)."""

    def __init__(self, width, heads, n, left, dropout):
        super().__init__()
        self.heads, self.dropout = heads, dropout
        self.projections = nn.Linear(width, 3 * width, bias=False)
        self.output = nn.Linear(width, width)
        rows = torch.arange(n)
        distance = rows[:, None] - rows[None, :]
        mask = None if left >= n - 1 else (distance >= 0) & (distance <= left)
        half = width // heads // 2
        angles = rows[:, None] * 10_000 ** (-torch.arange(half) / half)
        self.register_buffer("mask", mask, persistent=False)
        self.register_buffer("cosines", torch.cat([angles.cos(), angles.cos()], -1), persistent=False)
        self.register_buffer("sines", torch.cat([-angles.sin(), angles.sin()], -1), persistent=False)

    def turned(self, x):
        return x * self.cosines + torch.roll(x, x.shape[-1] // 2, -1) * self.sines

    def forward(self, x):
        b, n, width = x.shape
        split = self.projections(x).view(b, n, 3, self.heads, width // self.heads).permute(2, 0, 3, 1, 4)
        q, k, v = self.turned(split[0]), self.turned(split[1]), split[2]
        dropout = self.dropout if self.training else 0.0
        y = F.scaled_dot_product_attention(q, k, v, attn_mask=self.mask, dropout_p=dropout, is_causal=self.mask is None)
        return self.output(y.transpose(1, 2).reshape(b, n, width))


class Block(nn.Module):
    def __init__(self, width, heads, n, left, dropout):
        super().__init__()
        self.attentionNorm = nn.LayerNorm(width)
        self.attention = Attention(width, heads, n, left, dropout)
        self.feedForwardNorm = nn.LayerNorm(width)
        self.inner = nn.Linear(width, 4 * width)
        self.outer = nn.Linear(4 * width, width)
        self.drop = nn.Dropout(dropout)

    def forward(self, x):
        x = x + self.drop(self.attention(self.attentionNorm(x)))
        return x + self.drop(self.outer(F.gelu(self.inner(self.feedForwardNorm(x)), approximate="tanh")))


class ByteModel(nn.Module):
    def __init__(self, layers, width, heads, n, left, dropout=0.0):
        super().__init__()
        self.embedding = nn.Embedding(256, width)
        self.layers = nn.ModuleList(Block(width, heads, n, left, dropout) for _ in range(layers))
        self.norm = nn.LayerNorm(width)
        self.output = nn.Linear(width, 256)

    def forward(self, ids):
        x = self.embedding(ids)
        for layer in self.layers:
            x = layer(x)
        return self.output(self.norm(x))

    def loss(self, ids, targets):
        return F.cross_entropy(self(ids).flatten(0, 1), targets.flatten())


def to_ours(name):
    """Our names of a parameter of the model; of the joint projections three, one after the other."""
    if name.endswith("projections.weight"):
        start = name[: -len("projections.weight")]
        return [f"{start}heads.{each}.weight" for each in ("query", "key", "value")]
    return [name.replace(".inner.", ".feedForward.inner.").replace(".outer.", ".feedForward.outer.")]


def in_our_names(named):
    """A record of tensors by our names."""
    return {
        ours: part.contiguous().clone()
        for name, tensor in named
        for ours, part in zip(to_ours(name), tensor.detach().chunk(len(to_ours(name))))
    }


def take_weights(model, given):
    """Sets every weight of the model from a record by our names."""
    with torch.no_grad():
        for name, parameter in model.named_parameters():
            parameter.copy_(torch.cat([given[each] for each in to_ours(name)]))
