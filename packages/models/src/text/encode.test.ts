import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { jsonAt } from '../../test/text/golden-folder.ts';
import { readAddedTokens } from './added-tokens.ts';
import { encoderOf } from './encode.ts';
import { readModel } from './model/read-model.ts';
import { readNormalizer } from './normalizer/read-normalizer.ts';
import { type Pipeline, pipelineOf } from './pipeline.ts';
import { readPreTokenizer } from './pre-tokenizer/read-pre-tokenizer.ts';
import { type Tokens, tokenList } from './token-list.ts';

const pipelineIn = (json: Readonly<Record<string, unknown>>): Pipeline =>
  pipelineOf({
    added: readAddedTokens(json['added_tokens']),
    normalizers: readNormalizer(json['normalizer']),
    preTokenizers: readPreTokenizer(json['pre_tokenizer']),
    model: readModel(json['model']),
  });

/** In pieces of about so many units, given so many units at a time; the number of pieces too. */
function encoded(pipeline: Pipeline, text: string, units: number, step: number): { readonly tokens: Tokens; readonly pieces: number } {
  const list = tokenList();
  const encoder = encoderOf('test', pipeline, [], list, units);
  let [pieces, done] = [1, 0];
  for (let at = 0; at < text.length; at += step) {
    encoder.more(text.slice(at, at + step));
    if (encoder.done > done) pieces += 1;
    done = encoder.done;
  }
  encoder.end();
  return { tokens: list.part(0, list.length), pieces };
}

const names = ['bpe-roberta', 'bpe-prefix-space', 'unigram-t5', 'unigram-xlmr', 'unigram-prepend-first', 'wordpiece-uncased'];
const part = fc.constantFrom(
  'word',
  'naïve',
  'cafe\u0301',
  '中文',
  '🙂',
  '👩‍👩‍👧',
  "don't",
  '42',
  '…',
  ' ',
  ' ',
  ' ',
  '  ',
  '\n',
  '\r\n',
  ' newtok ',
  ' <mask>',
  '[MASK] ',
  '</s>',
  'ﬁ',
);
const text = fc.array(part, { minLength: 300, maxLength: 500 }).map((parts) => parts.join(''));

describe('a text that is encoded in pieces', () => {
  it.each(names)('has the tokens, ranges and words of the whole: %s', (name) => {
    const pipeline = pipelineIn(jsonAt(`usage/tokenizers/${name}/tokenizer.json`));
    let most = 1;
    fc.assert(
      fc.property(text, fc.integer({ min: 1, max: 300 }), (given, step) => {
        const whole = encoded(pipeline, given, 1e9, 1e9);
        const inPieces = encoded(pipeline, given, 200, step);
        most = Math.max(most, inPieces.pieces);
        for (const name of ['ids', 'offsets', 'wordIds'] as const) expect(inPieces.tokens[name].join()).toBe(whole.tokens[name].join());
      }),
      { numRuns: 8, seed: 5 },
    );
    expect(most).toBeGreaterThan(2); // else nothing was cut, and nothing was seen
  });

  it('is cut within a word that no token reaches over, and the word stays one', () => {
    const vocab = { '▁': 0, a: 1, b: 2, '▁a': 3, ab: 4, '<unk>': 5 };
    const bpe = {
      type: 'BPE',
      vocab,
      unk_token: '<unk>',
      fuse_unk: true,
      merges: [
        ['▁', 'a'],
        ['a', 'b'],
      ],
    };
    const pre_tokenizer = { type: 'Metaspace', replacement: '▁', prepend_scheme: 'first', split: false };
    const pipeline = pipelineIn({ model: bpe, pre_tokenizer });
    const given = 'ab ba abba '.repeat(200);
    const { tokens, pieces } = encoded(pipeline, given, 400, 50);
    expect(pieces).toBeGreaterThan(2);
    expect(tokens).toEqual(encoded(pipeline, given, 1e9, 1e9).tokens);
    expect(new Set(tokens.wordIds)).toEqual(new Set([0]));
  });

  it('is not cut where a token reaches over every blank', () => {
    const vocab = { '▁': 0, a: 1, b: 2, 'a▁': 3, '<unk>': 5 };
    const bpe = { type: 'BPE', vocab, unk_token: '<unk>', merges: [['a', '▁']] };
    const pipeline = pipelineIn({ model: bpe, pre_tokenizer: { type: 'Metaspace', prepend_scheme: 'never', split: false } });
    const given = 'ba a '.repeat(100);
    const { tokens, pieces } = encoded(pipeline, given, 100, 50);
    expect(pieces).toBe(1);
    expect(tokens).toEqual(encoded(pipeline, given, 1e9, 1e9).tokens);
  });

  it('stays whole where it has no blank', () => {
    const pipeline = pipelineIn(jsonAt('usage/tokenizers/wordpiece-uncased/tokenizer.json'));
    const given = 'x'.repeat(20_000);
    const { tokens } = encoded(pipeline, given, 1000, 700);
    expect([...tokens.offsets]).toEqual([0, 20_000]);
  });

  it('has one letter with 10,000 marks as one word', () => {
    const pipeline = pipelineIn(jsonAt('usage/tokenizers/wordpiece-uncased/tokenizer.json'));
    const { tokens } = encoded(pipeline, `a${'\u0301'.repeat(10_000)} b`, 1000, 700);
    expect([...tokens.offsets]).toEqual([0, 1, 10_002, 10_003]);
  });
});
