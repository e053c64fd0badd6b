# PyTorch's side of `bench train`: the same step (RobertaDot shape, STAR loss, clipping, AdamW), texts padded to the longest of their batch
# as the original's collator does, one step per line on standard input.
import json
import resource
import sys
import time

import torch
import torch.nn as nn
import torch.nn.functional as F

from torch_encoder import create, texts

work = json.loads(sys.stdin.readline())
shape = work["architecture"]
model = create(shape)
optimizer = torch.optim.AdamW(model.parameters(), lr=1e-4, weight_decay=0.01)
encode = torch.compile(model) if sys.argv[1] == "compile" else model
batches = [(texts(b["queries"], shape["vocabSize"]), texts(b["docs"], shape["vocabSize"])) for b in work["batches"]]

for step, _ in enumerate(sys.stdin):
    (queries, query_mask), (docs, doc_mask) = batches[step % len(batches)]
    pairs = 1 - torch.eye(len(queries), len(docs))
    started = time.perf_counter()
    optimizer.zero_grad()
    scores = encode(queries, query_mask) @ encode(docs, doc_mask).t()
    loss = (F.softplus(scores - scores.diagonal()[:, None]) * pairs).sum() / pairs.sum()
    loss.backward()
    nn.utils.clip_grad_norm_(model.parameters(), 1.0)
    optimizer.step()
    loss.item()
    ms = (time.perf_counter() - started) * 1e3
    memory = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    print(json.dumps({"ms": ms, "peakMb": memory}), flush=True)
