"""Makes usage/tokenizer.sentencepiece-*.json and the .model files that they are of: small sentencepiece models, trained on a book, with a map of
characters of their own (so that they are small), and what transformers' converters make of them.

  python make_sentencepiece.py BOOK.txt      # sentencepiece 0.2.3, protobuf 7.36.2, transformers 4.57.6, tokenizers 0.22.2
"""
import json, os, sys, tempfile
import sentencepiece, transformers, tokenizers

HERE = os.path.join(os.path.dirname(os.path.abspath(__file__)), 'usage')
RULES = {'é': 'e', 'ﬁ': 'fi', 'Ａ': 'A', '\u00a0': ' ', '\t': ' ', '\n': ' ', '\r': ' ', '½': '1/2', 'e\u0301': 'é', '\u200b': '', '™': 'TM', 'ß': 'ss', '🙂': ':)'}
TEXTS = ['', ' ', '   \t\n ', 'Call me Ishmael.', 'call  me   Ishmael  ', ' the whale\r\n\r\nthe sea', 'café cafe\u0301 ﬁsh Ａ ½™ straße', 'a\u200bb\u200b c',
         'a🙂b 👍🏽 👩‍👩‍👧', '中文 text 日本', '<unk> </s> <pad> <mask> <sep>', 'the<sep>sea <mask> x', '▁ under ▁▁ line', 'x\u0301\u0302 e\u0301\u0301 o\u0308', 'no\u00a0break']
CASES = [('sentencepiece-unigram', 'ReformerTokenizer', 'unigram'), ('sentencepiece-t5', 'T5Tokenizer', 'unigram'),
         ('sentencepiece-xlmr', 'XLMRobertaTokenizer', 'unigram'), ('sentencepiece-bpe', 'ReformerTokenizer', 'bpe')]
FILES = {'XLMRobertaTokenizer': 'sentencepiece.bpe.model'}


def utf16(text, place):
    return len(text[:place].encode('utf-16-le')) // 2


def row(tokenizer, text, pair=None):
    e = tokenizer(*([text] if pair is None else [text, pair]), return_offsets_mapping=True, return_special_tokens_mask=True, return_token_type_ids=True)
    own = [(text, pair)[s] if s is not None else '' for s in e.sequence_ids()]
    return {'text': text, **({} if pair is None else {'pair': pair}), 'ids': e['input_ids'], 'tokens': e.tokens(),
            'offsets': e['offset_mapping'], 'offsets_utf16': [[utf16(t, a), utf16(t, b)] for t, (a, b) in zip(own, e['offset_mapping'])],
            'special_tokens_mask': e['special_tokens_mask'], 'type_ids': e['token_type_ids'], 'sequence_ids': e.sequence_ids()}


def single(tokenizer, text):
    made = row(tokenizer, text)
    return {**{k: v for k, v in made.items() if k not in ('type_ids', 'sequence_ids')}, 'plain': tokenizer(text, add_special_tokens=False)['input_ids'],
            'decoded': tokenizer.decode(made['ids'], clean_up_tokenization_spaces=False), 'decoded_text': tokenizer.decode(made['ids'], skip_special_tokens=True, clean_up_tokenization_spaces=False)}


def main(book):
    with tempfile.TemporaryDirectory() as folder:
        rules, text = os.path.join(folder, 'rules.tsv'), os.path.join(folder, 'text')
        with open(rules, 'w') as file:
            for old, new in RULES.items():
                file.write('\t'.join(' '.join('%X' % ord(c) for c in each) for each in (old, new)) + '\n')
        with open(book) as given, open(text, 'w') as file:
            file.write(given.read()[:120_000])
        for kind in ('unigram', 'bpe'):
            sentencepiece.SentencePieceTrainer.train(
                input=text, model_prefix=os.path.join(folder, kind), vocab_size=400, model_type=kind, normalization_rule_tsv=rules, character_coverage=1.0,
                pad_id=0, eos_id=1, unk_id=2, bos_id=-1, minloglevel=2, user_defined_symbols=['<sep>'] if kind == 'bpe' else [])
        for name, cls, kind in CASES:
            place = os.path.join(HERE, 'tokenizers', name)
            os.makedirs(place, exist_ok=True)
            file = os.path.join(place, FILES.get(cls, 'spiece.model'))
            with open(os.path.join(folder, kind + '.model'), 'rb') as given, open(file, 'wb') as out:
                out.write(given.read())
            with open(os.path.join(place, 'tokenizer_config.json'), 'w') as out:
                json.dump({'tokenizer_class': cls}, out)
            # Without it T5's class hands None to the converter, which then puts no blank before a text; its published tokenizer.json files do.
            asked = {'add_prefix_space': True} if cls == 'T5Tokenizer' else {}
            tokenizer = getattr(transformers, cls + 'Fast')(vocab_file=file, **asked)
            pairs = [row(tokenizer, TEXTS[3], TEXTS[6]), row(tokenizer, TEXTS[8], TEXTS[4])]
            content = {'family': 'tokenizer', 'case': f'tokenizer.{name}', 'source': f'tokenizers {tokenizers.__version__}, transformers {transformers.__version__} {cls}Fast, sentencepiece {sentencepiece.__version__}',
                       'notes': ['as the other tokenizer.* cases; the folder has no tokenizer.json: the tokenizer is read from sentencepiece\'s .model, whose map of characters is its own.'],
                       'tokenizer': f'tokenizers/{name}', 'single': [single(tokenizer, each) for each in TEXTS], 'pairs': pairs, 'windows': [], 'padded': []}
            with open(os.path.join(HERE, f'tokenizer.{name}.json'), 'w') as out:
                lists = {k: v for k, v in content.items() if isinstance(v, list)}
                lines = [f'{json.dumps(k)}:{json.dumps(v)}' if k not in lists else f'{json.dumps(k)}:[\n' + ',\n'.join(json.dumps(r) for r in v) + '\n]' for k, v in content.items()]
                out.write('{\n' + ',\n'.join(lines) + '\n}\n')


main(sys.argv[1])
