# faiss's side of `bench search`: for every line on standard input searches once each way and answers with the seconds.
import json
import sys
import time

import faiss
import numpy as np

size = json.loads(sys.stdin.readline())
faiss.omp_set_num_threads(2)
random = np.random.RandomState(1)
docs = (random.rand(size["docs"], size["dim"]) - 0.5).astype("float32")
queries = (random.rand(size["queries"], size["dim"]) - 0.5).astype("float32")
index = faiss.IndexFlatIP(size["dim"])
index.add(docs)


def timed(batch):
    started = time.perf_counter()
    for i in range(0, len(queries), batch):
        index.search(queries[i : i + batch], size["k"])
    return time.perf_counter() - started


# the fastest batch of these is faiss's time
BATCHES = [1000, 500, 250]
SINGLE = 20
for _ in sys.stdin:
    best = min(timed(batch) for batch in BATCHES)
    started = time.perf_counter()
    for i in range(SINGLE):
        index.search(queries[i : i + 1], size["k"])
    print(json.dumps({"all queries": best, "one query": (time.perf_counter() - started) / SINGLE}), flush=True)
