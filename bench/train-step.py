# PyTorch's side of `bench train`: the same step (RobertaDot shape, STAR loss, clipping, AdamW), texts padded to the longest of their batch
# as the original's collator does, one step per line on standard input. On CUDA in float32 as PyTorch does by default, with TF32, or with bfloat16.
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
device = work["device"]
mode = sys.argv[1]
model = create(shape).to(device)
optimizer = torch.optim.AdamW(model.parameters(), lr=1e-4, weight_decay=0.01, **({"fused": True} if device == "cuda" else {}))  # 1.13 has no `fused`
torch.backends.cuda.matmul.allow_tf32 = mode == "tf32"
encode = torch.compile(model) if mode == "compile" else model
batches = [(texts(b["queries"], shape["vocabSize"]), texts(b["docs"], shape["vocabSize"])) for b in work["batches"]]
to_device = lambda tensor: None if tensor is None else tensor.to(device)

for step, _ in enumerate(sys.stdin):
    (queries, query_mask), (docs, doc_mask) = batches[step % len(batches)]
    pairs = 1 - torch.eye(len(queries), len(docs))
    started = time.perf_counter()
    queries, query_mask, docs, doc_mask, pairs = map(to_device, (queries, query_mask, docs, doc_mask, pairs))
    optimizer.zero_grad()
    with torch.autocast(device, torch.bfloat16, enabled=mode == "bfloat16"):
        scores = encode(queries, query_mask) @ encode(docs, doc_mask).t()
    scores = scores.float()
    loss = (F.softplus(scores - scores.diagonal()[:, None]) * pairs).sum() / pairs.sum()
    loss.backward()
    nn.utils.clip_grad_norm_(model.parameters(), 1.0)
    optimizer.step()
    loss.item()
    ms = (time.perf_counter() - started) * 1e3
    memory = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    print(json.dumps({"ms": ms, "peakMb": memory}), flush=True)
