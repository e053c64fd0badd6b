# PyTorch's side of `bench encode`: embeds the collection once per line on standard input, in batches padded to their longest text.
import json
import resource
import sys
import time

import torch

from torch_encoder import create, texts

BATCH = 32

work = json.loads(sys.stdin.readline())
shape = work["architecture"]
model = create(shape).eval()
encode = torch.compile(model) if sys.argv[1] == "compile" else model
lengths = sorted(work["lengths"], reverse=True) if work["order"] == "sorted" else work["lengths"]
batches = [texts(lengths[i : i + BATCH], shape["vocabSize"]) for i in range(0, len(lengths), BATCH)]

for _ in sys.stdin:
    started = time.perf_counter()
    with torch.inference_mode():
        for ids, mask in batches:
            encode(ids, mask)
    ms = (time.perf_counter() - started) * 1e3
    print(json.dumps({"ms": ms, "peakMb": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024}), flush=True)
