# Hugging Face's Rust tokenizers on the same texts and vocabulary, for bench/data.ts. Prints JSON.
import itertools, json, sys, time
from tokenizers import Tokenizer, models, normalizers, pre_tokenizers

collection, vocabulary = sys.argv[1:]
vocab = json.load(open(f'{vocabulary}/vocab.json'))
merges = [tuple(line.rstrip('\n').split(' ')) for line in open(f'{vocabulary}/merges.txt') if not line.startswith('#version')]
tokenizer = Tokenizer(models.BPE(vocab=vocab, merges=merges, unk_token='<unk>'))
tokenizer.normalizer = normalizers.Lowercase()
tokenizer.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=True)
with open(collection) as lines:
    texts = [line.rstrip('\n').split('\t', 1)[1] for line in itertools.islice(lines, 100_000)]
tokenizer.encode_batch(texts[:1000])
started, tokens = time.perf_counter(), 0
for i in range(0, len(texts), 1000):
    tokens += sum(len(encoding.ids) for encoding in tokenizer.encode_batch(texts[i:i + 1000]))
print(json.dumps({'tokens': tokens, 'seconds': time.perf_counter() - started, 'texts': len(texts)}))
