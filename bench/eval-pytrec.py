# pytrec_eval's side of `bench eval`: trec_eval's measures, compiled in, on a run and judgements that lie in memory. Reads both once; for every
# line on standard input judges and answers with the seconds of CPU time that reading took and judging takes.
import json
import sys
import time

import pytrec_eval

work = json.loads(sys.stdin.readline())
started = time.process_time()
with open(work["qrels"]) as file:
    qrels = pytrec_eval.parse_qrel(file)
with open(work["trec"]) as file:
    run = pytrec_eval.parse_run(file)
read = time.process_time() - started
evaluator = pytrec_eval.RelevanceEvaluator(qrels, {"recip_rank", "recall_100", "ndcg_cut_10", "map", "P_10"})
for _ in sys.stdin:
    started = time.process_time()
    results = evaluator.evaluate(run)
    print(json.dumps({"read": read, "judge": time.process_time() - started, "queries": len(results)}), flush=True)
