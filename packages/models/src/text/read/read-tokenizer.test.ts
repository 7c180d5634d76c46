import { ExplainedError } from '@longspan/core-tensor/error';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { bytesAt, golden, jsonAt } from '../../../test/text/golden-folder.ts';
import type { NamedBytes } from '../../pretrained/given-files.ts';
import { readTokenizer } from './read-tokenizer.ts';

const utf8 = (text: string): Uint8Array => new TextEncoder().encode(text);
const texts = ['', 'The window of 512 tokens', 'Café naïve\r\n中文 🙂', 'a [MASK] b <mask> c', '  x  '];

/** The files of a golden checkpoint, without some. */
const filesOf = (folder: string, ...names: readonly string[]): NamedBytes =>
  Object.fromEntries(names.map((name) => [name, bytesAt(`checkpoints/${folder}/${name}`)]));

describe('readTokenizer', () => {
  it.each([
    ['tiny-bert-sentence', ['vocab.txt', 'tokenizer_config.json']],
    ['tiny-roberta-qa', ['vocab.json', 'merges.txt', 'tokenizer_config.json']],
  ])('gives the same by older files as by tokenizer.json: %s', async (folder, names) => {
    const [whole, older] = [await readTokenizer(`${golden}checkpoints/${folder}`), await readTokenizer(filesOf(folder, ...names))];
    for (const text of texts) {
      expect(older.encodeText(text, { pair: 'a pair' })).toEqual(whole.encodeText(text, { pair: 'a pair' }));
      expect(older.decode(older.encodeText(text).ids)).toBe(whole.decode(whole.encodeText(text).ids));
    }
    expect(older.special).toEqual(whole.special);
    expect(older.vocabularySize).toBe(whole.vocabularySize);
  });

  it('obeys do_lower_case of vocab.txt', async () => {
    const files = { 'vocab.txt': utf8('[PAD]\n[UNK]\n[CLS]\n[SEP]\ncall\nCall\n') };
    const cased = await readTokenizer({ ...files, 'tokenizer_config.json': utf8('{ "do_lower_case": false }') });
    expect([...cased.encodeText('Call call').ids]).toEqual([2, 5, 4, 3]);
    expect([...(await readTokenizer(files)).encodeText('Call call').ids]).toEqual([2, 4, 4, 3]);
  });

  it("reads Transformer-XL's words", async () => {
    const words = { 'vocab.txt': utf8('<eos> 9\n<unk> 5\nthe 4\nwhale 2\n') };
    const tokenizer = await readTokenizer(words, { tokenizerClass: 'TransfoXLTokenizer' });
    const { ids, offsets } = tokenizer.encodeText('the  white whale');
    expect([...ids]).toEqual([2, 1, 3]);
    expect([...offsets]).toEqual([0, 3, 5, 10, 11, 16]);
    const pickle = readTokenizer({ 'vocab.pkl': new Uint8Array(4) }, { tokenizerClass: 'TransfoXLTokenizer' });
    await expect(pickle).rejects.toThrow("Transformer-XL's vocabulary must be a list of words.");
  });

  it.each<[string, NamedBytes, string]>([
    ['no file', { 'model.safetensors': new Uint8Array(1) }, 'the tokenizer must have a file that is known.'],
    ['no merges', { 'vocab.json': utf8('{}') }, 'vocab.json must come with merges.txt, or be a list of pieces.'],
    [
      'another class',
      { 'vocab.txt': utf8('a'), 'tokenizer_config.json': utf8('{"tokenizer_class":"CTRLTokenizer"}') },
      'the class of vocab.txt must be one that is known.',
    ],
    ['a pointer of LFS', { 'spiece.model': utf8('version https://git-lfs.github.com/spec/v1') }, 'the sentencepiece model must be whole.'],
    ['no model', { 'tokenizer.json': utf8('{}') }, 'the model must have a type.'],
    [
      'an unknown step',
      { 'tokenizer.json': utf8('{"model":{"type":"WordLevel","vocab":{}},"normalizer":{"type":"Rot13"}}') },
      'the normalizer must be one that is known.',
    ],
    [
      'two ids',
      { 'tokenizer.json': utf8('{"model":{"type":"WordLevel","vocab":{"a":0}},"added_tokens":[{"id":1,"content":"a"}]}') },
      'an added token must have the id that the vocabulary has for it.',
    ],
    [
      'an id that is too large',
      { 'tokenizer.json': utf8('{"model":{"type":"WordLevel","vocab":{}},"added_tokens":[{"id":4294967296,"content":"a"}]}') },
      'an added token must have an id and a content.',
    ],
    [
      'a merge of nothing',
      { 'tokenizer.json': utf8('{"model":{"type":"BPE","vocab":{"a":0},"merges":["a b"]}}') },
      'merges must be of tokens in the vocabulary.',
    ],
    [
      'a regular expression of nobody',
      {
        'tokenizer.json': utf8(
          '{"model":{"type":"WordLevel","vocab":{}},"pre_tokenizer":{"type":"Split","pattern":{"Regex":"("},"behavior":"Isolated"}}',
        ),
      },
      'the pattern of the pre_tokenizer Split must be one that JavaScript can run.',
    ],
  ])('says what is wrong: %s', async (_, files, message) => {
    await expect(readTokenizer(files)).rejects.toThrow(message);
  });

  it('finds the files of a dropped folder', async () => {
    const file = new File([bytesAt('usage/tokenizers/wordpiece-cased/tokenizer.json') as Uint8Array<ArrayBuffer>], 'folder/tokenizer.json');
    const other = new File(['{}'], 'folder/deeper/tokenizer.json');
    expect((await readTokenizer([other, file])).vocabularySize).toBe(581);
  });

  it('answers damaged files in its own words, or reads them', async () => {
    const models: NamedBytes[] = [
      { 'spiece.model': bytesAt('usage/tokenizers/sentencepiece-unigram/spiece.model') },
      { 'spiece.model': bytesAt('usage/tokenizers/sentencepiece-bpe/spiece.model') },
      { 'tokenizer.json': utf8(JSON.stringify(jsonAt('usage/tokenizers/wordpiece-cased/tokenizer.json'))) },
    ];
    const change = fc.record({ at: fc.nat(), byte: fc.integer({ min: 0, max: 255 }), cut: fc.boolean() });
    await fc.assert(
      fc.asyncProperty(fc.constantFrom(...models), change, async (files, { at, byte, cut }) => {
        const [[name, given] = ['', new Uint8Array()]] = Object.entries(files) as [string, Uint8Array][];
        const place = at % given.length;
        const damaged = cut ? given.slice(0, place) : given.slice();
        if (!cut) damaged[place] = byte;
        try {
          (await readTokenizer({ [name]: damaged })).encodeText('A text of ten words, with é and 中文 🙂.');
        } catch (error) {
          expect(error).toBeInstanceOf(ExplainedError);
        }
      }),
      { numRuns: 250, seed: 9 },
    );
  });
});
