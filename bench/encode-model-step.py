# sentence-transformers' side of `bench encode --model`: tokenises and embeds the texts once per line on standard input, in its own order and batches.
import json
import resource
import sys
import time

import sentence_transformers

work = json.loads(sys.stdin.readline())
model = sentence_transformers.SentenceTransformer(work["model"], device="cpu")
model.max_seq_length = work["maxTokens"]

for _ in sys.stdin:
    started = time.perf_counter()
    model.encode(work["texts"], batch_size=32, show_progress_bar=False)
    ms = (time.perf_counter() - started) * 1e3
    print(json.dumps({"ms": ms, "peakMb": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024, "version": sentence_transformers.__version__}), flush=True)
