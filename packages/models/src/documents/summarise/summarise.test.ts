import { withBackend } from '@longspan/tooling/expect';
import { memory } from '@tensorflow/tfjs-core';
import { beforeAll, describe, expect, it } from 'vitest';
import { lively, wordTokenizer } from '../../../test/text.ts';
import { ledForConditionalGeneration } from '../../family/led/index.ts';
import { generate } from '../../generation/index.ts';
import { type SummaryModel, summarise } from './summarise.ts';

const tokenizer = {
  ...wordTokenizer(60),
  decode: (ids: readonly number[]) =>
    ids
      .filter((id) => id > 3)
      .map((id) => String.fromCharCode(97 + (id % 26)))
      .join(' '),
};
const reader = (): SummaryModel => {
  const sizes = { encoderLayers: 1, decoderLayers: 1, encoderAttentionHeads: 2, decoderAttentionHeads: 2, attentionWindow: 4 };
  const more = {
    vocabSize: 60,
    dModel: 8,
    encoderFfnDim: 12,
    decoderFfnDim: 12,
    maxEncoderPositionEmbeddings: 64,
    maxDecoderPositionEmbeddings: 16,
  };
  const model = ledForConditionalGeneration({ ...sizes, ...more });
  return { model, parameters: lively(model), tokenizer, config: more };
};

const document = [
  'Before all.',
  '# One',
  'It rains in the valley. I wait.',
  '# Two',
  'It shines on the hill. A dog waits there.',
  '# Three',
  'Well.',
].join('\n\n');

/** What LED writes of a text, its first token global. */
async function written(text: string, { model, parameters }: SummaryModel): Promise<string> {
  const ids = [1, ...(await tokenizer.encode(text)).ids, 2];
  const { sequences, starts } = await generate(model, parameters, [ids], { maxNewTokens: 5, context: { globals: [0] } }).result();
  return tokenizer.decode(sequences[0]?.[0]?.tokens.slice(starts[0]?.length) as number[]);
}

describe('summarise', () => {
  beforeAll(() => withBackend('cpu'));

  it('reads a document at once where it can', async () => {
    const model = reader();
    const before = memory().numTensors;
    const summary = await summarise(document, model, { maxNewTokens: 5 });
    expect(memory().numTensors).toBe(before);
    expect(summary.text).not.toBe('');
    expect(summary).toEqual({
      text: await written(document, model),
      rounds: 1,
      parts: [{ start: 0, end: document.length, summary: summary.text }],
    });
  });

  it('reads a longer one section by section, and then the summaries once more', async () => {
    const model = reader();
    const { text, rounds, parts } = await summarise(document, model, { length: 26, maxNewTokens: 5, locale: 'en' });
    const starts = [0, ...['# One', '# Two', '# Three'].map((each) => document.indexOf(each))];
    expect(parts.map(({ start }) => start)).toEqual(starts);
    for (const { start, end, summary } of parts) expect(summary).toBe(await written(document.slice(start, end), model));
    expect([rounds, text]).toEqual([2, await written(parts.map(({ summary }) => summary).join('\n\n'), model)]);
    const cut = await summarise(document, model, { length: 10, maxNewTokens: 3, locale: 'en' });
    expect(cut.parts.length).toBeGreaterThan(4); // a section of more than 8 tokens is read in parts
    expect(cut.rounds).toBeGreaterThan(2);
  });

  it('stops by its signal, and tells what cannot be right', async () => {
    const model = reader();
    const controller = new AbortController();
    const progress = ({ done }: { readonly done: number }) => (done === 2 ? controller.abort(new Error('enough')) : undefined);
    await expect(summarise(document, model, { length: 26, maxNewTokens: 5, signal: controller.signal, progress })).rejects.toThrow(
      'enough',
    );
    await expect(summarise(document, model, { length: 6, maxNewTokens: 5 })).rejects.toThrow(
      'summarise: summaries must be shorter than what they summarise.',
    );
    await expect(summarise(document, { ...model, tokenizer: wordTokenizer(60) as never })).rejects.toThrow(
      'summarise: model.tokenizer.decode must be a function.',
    );
  });
});
