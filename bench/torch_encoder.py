# The encoder of the PyTorch sides of the benchmarks: RobertaDot's shape. Used by train-step.py and encode-step.py.
import math

import torch
import torch.nn as nn
import torch.nn.functional as F


class Layer(nn.Module):
    def __init__(self, hidden, heads, ffn):
        super().__init__()
        self.heads = heads
        self.qkv = nn.ModuleList(nn.Linear(hidden, hidden) for _ in range(3))
        self.attended = nn.Linear(hidden, hidden)
        self.attended_norm = nn.LayerNorm(hidden, eps=1e-5)
        self.inner = nn.Linear(hidden, ffn)
        self.outer = nn.Linear(ffn, hidden)
        self.outer_norm = nn.LayerNorm(hidden, eps=1e-5)

    def forward(self, x, mask):
        batch_size, length, hidden = x.shape
        q, k, v = (part(x).view(batch_size, length, self.heads, -1).transpose(1, 2) for part in self.qkv)
        scores = q @ k.transpose(-1, -2) / math.sqrt(hidden // self.heads)
        if mask is not None:
            scores = scores + mask
        context = (scores.softmax(-1) @ v).transpose(1, 2).reshape(batch_size, length, hidden)
        h = self.attended_norm(self.attended(context) + x)
        return self.outer_norm(self.outer(F.gelu(self.inner(h))) + h)


class Encoder(nn.Module):
    def __init__(self, vocabSize, layers, hidden, heads, ffn, dim, positions, **_):
        super().__init__()
        self.words = nn.Embedding(vocabSize, hidden)
        self.positions = nn.Embedding(positions, hidden)
        self.norm = nn.LayerNorm(hidden, eps=1e-5)
        self.layers = nn.ModuleList(Layer(hidden, heads, ffn) for _ in range(layers))
        self.head = nn.Linear(hidden, dim)
        self.head_norm = nn.LayerNorm(dim)

    def forward(self, ids, mask):
        x = self.norm(self.words(ids) + self.positions.weight[2 : ids.shape[1] + 2])
        for layer in self.layers:
            x = layer(x, mask)
        return self.head_norm(self.head(x[:, 0]))


def create(shape):
    """An encoder with random weights."""
    torch.manual_seed(1)
    torch.set_num_threads(2)
    model = Encoder(**shape)
    for p in model.parameters():
        if p.dim() > 1:
            nn.init.normal_(p, 0, 0.02)
    return model


def texts(lengths, vocab_size):
    """Random ids of these lengths, padded to the longest, and the attention mask."""
    longest = max(lengths)
    kept = torch.arange(longest)[None, :] < torch.tensor(lengths)[:, None]
    ids = torch.where(kept, torch.randint(3, vocab_size, (len(lengths), longest)), 1)
    # full texts need no mask, and adding zeros costs time
    mask = None if kept.all() else torch.where(kept, 0.0, -10000.0)[:, None, None, :]
    return ids, mask
