# PyTorch's side of `bench train`: the same step (RobertaDot shape, STAR loss, clipping, AdamW) in eager mode, one per line on standard input.
import json
import math
import resource
import sys
import time

import torch
import torch.nn as nn
import torch.nn.functional as F

shape = json.loads(sys.argv[1])
batch = json.loads(sys.argv[2])
torch.manual_seed(1)
torch.set_num_threads(2)


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
        scores = q @ k.transpose(-1, -2) / math.sqrt(hidden // self.heads) + mask
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


model = Encoder(**shape)
for p in model.parameters():
    if p.dim() > 1:
        nn.init.normal_(p, 0, 0.02)
optimizer = torch.optim.AdamW(model.parameters(), lr=1e-4, weight_decay=0.01)
texts = lambda n, length: torch.randint(3, shape["vocabSize"], (n, length))
queries, docs = texts(batch["queries"], batch["queryTokens"]), texts(batch["docs"], batch["docTokens"])
mask = torch.zeros(1, 1, 1, 1)
pairs = 1 - torch.eye(batch["queries"], batch["docs"])

for _ in sys.stdin:
    started = time.perf_counter()
    optimizer.zero_grad()
    scores = model(queries, mask) @ model(docs, mask).t()
    loss = (F.softplus(scores - scores.diagonal()[:, None]) * pairs).sum() / pairs.sum()
    loss.backward()
    nn.utils.clip_grad_norm_(model.parameters(), 1.0)
    optimizer.step()
    loss.item()
    ms = (time.perf_counter() - started) * 1e3
    memory = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    print(json.dumps({"ms": ms, "memoryMb": memory}), flush=True)
