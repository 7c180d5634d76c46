import { describe, expect, it } from 'vitest';
import { bytesAt, golden } from '../../test/text/golden-folder.ts';
import { byteTokenizer } from './byte-tokenizer.ts';
import type { Encoding } from './encoding.ts';
import { readTokenizer } from './read/read-tokenizer.ts';
import type { TextProgress } from './tokenizer.ts';

const read = () => readTokenizer(`${golden}usage/tokenizers/bpe-roberta`);
const text = 'Attention over ten thousand tokens 🙂 costs a hundred million scores.\r\n'.repeat(2000);

/** As a text, which is compared at once. */
const numbersOf = (encoding: Encoding): string => Object.values(encoding).join(';');

describe('a tokenizer', () => {
  it('gives the same tokens for a string, a Blob and strings that come in turn, whatever they are cut at', async () => {
    const tokenizer = await read();
    const whole = tokenizer.encodeText(text);
    async function* parts() {
      for (let at = 0; at < text.length; at += 997) yield text.slice(at, at + 997);
    }
    for (const source of [text, new Blob([text]), parts()]) expect(numbersOf(await tokenizer.encode(source))).toBe(numbersOf(whole));
  });

  it('streams pieces whose ranges and words go on, without special tokens', async () => {
    const tokenizer = await read();
    const { ids, offsets, wordIds } = tokenizer.encodeText(text, { addSpecialTokens: false });
    const pieces = [];
    for await (const piece of tokenizer.stream(text)) pieces.push(piece);
    expect(pieces.length).toBeGreaterThan(2);
    expect(pieces.map((piece) => piece.ids.join()).join()).toBe(ids.join());
    expect(pieces.map((piece) => piece.offsets.join()).join()).toBe(offsets.join());
    expect(pieces.map((piece) => piece.wordIds.join()).join()).toBe(wordIds.join());
  });

  it('tells how far it is, and ends by its signal', async () => {
    const tokenizer = await read();
    const events: TextProgress[] = [];
    const { ids } = await tokenizer.encode(text, { progress: (event) => events.push(event), addSpecialTokens: false });
    expect(events.at(-1)).toEqual({ done: text.length, of: text.length, tokens: ids.length });
    const controller = new AbortController();
    const stopped = tokenizer.encode(text, { signal: controller.signal, progress: () => controller.abort(new Error('enough')) });
    await expect(stopped).rejects.toThrow('enough');
  });

  it('takes an unpaired half of a character for U+FFFD, which is as long', async () => {
    const tokenizer = await read();
    expect(tokenizer.encodeText('a\ud83d b\udc00')).toEqual(tokenizer.encodeText('a\ufffd b\ufffd'));
  });

  it('says that a text without end and without a blank cannot be held', async () => {
    async function* endless() {
      for (;;) yield 'x'.repeat(2 ** 20);
    }
    await expect((await read()).encode(endless())).rejects.toThrow(
      'tokenizer.encode: a text must have places at which it can be cut.\n  expected  at most 33554432 UTF-16 units in a row without one',
    );
  });

  it('tells what the file asks for, and encodes whole', async () => {
    const json = JSON.parse(new TextDecoder().decode(bytesAt('usage/tokenizers/bpe-roberta/tokenizer.json')));
    const truncation = { max_length: 8, strategy: 'LongestFirst', stride: 0, direction: 'Right' };
    const padding = { strategy: { Fixed: 128 }, direction: 'Right', pad_id: 1, pad_type_id: 0, pad_token: '<pad>' };
    const asking = new TextEncoder().encode(JSON.stringify({ ...json, truncation, padding }));
    const config = new TextEncoder().encode(
      JSON.stringify({ model_max_length: 512, mask_token: { content: '<mask>' }, pad_token: '<pad>' }),
    );
    const tokenizer = await readTokenizer({ 'tokenizer.json': asking, 'tokenizer_config.json': config });
    expect(tokenizer.fileAsked).toEqual({ truncation, padding, maxLength: 512 });
    expect(tokenizer.encodeText('Attention over ten thousand tokens')).toEqual(
      (await read()).encodeText('Attention over ten thousand tokens'),
    );
    expect(tokenizer.special).toEqual({ mask: 4, pad: 1 });
    expect(tokenizer.vocabularySize).toBe(481);
  });

  it('refuses what it does not know', async () => {
    const tokenizer = await read();
    // @ts-expect-error a word of transformers
    expect(() => tokenizer.encodeText('a', { text_pair: 'b' })).toThrow('did you mean pair?');
    // @ts-expect-error no text
    expect(() => tokenizer.encodeText(7)).toThrow('the text must be a string.');
    // @ts-expect-error bytes
    await expect(tokenizer.encode([7])).rejects.toThrow('a text must be given as strings.');
    expect(() => tokenizer.decode([100_000])).toThrow('ids must be those of the vocabulary.');
  });
});

describe('byteTokenizer', () => {
  it('gives every byte with its shift, and the text back', () => {
    const tokenizer = byteTokenizer({ shift: 2 });
    const given = 'naïve 中🙂\n';
    const { ids, offsets } = tokenizer.encodeText(given);
    expect([...ids]).toEqual([...new TextEncoder().encode(given)].map((byte) => byte + 2));
    expect([...offsets.slice(-10)]).toEqual([7, 9, 7, 9, 7, 9, 7, 9, 9, 10]);
    expect(tokenizer.decode(ids)).toBe(given);
  });
});
