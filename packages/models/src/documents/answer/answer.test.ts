import { onBackends, withBackend } from '@longspan/tooling/expect';
import { memory, tensor2d } from '@tensorflow/tfjs-core';
import { beforeAll, describe, expect, it } from 'vitest';
import { drawnText, lively, wordTokenizer } from '../../../test/text.ts';
import { bertForQuestionAnswering, bertModel } from '../../family/bert/index.ts';
import { longformerForQuestionAnswering } from '../../family/longformer/index.ts';
import type { SpanOutput } from '../../head/encoder-heads.ts';
import type { TextModel } from '../model/text-model.ts';
import { answer } from './answer.ts';

const config = { vocabSize: 300, hiddenSize: 8, numHiddenLayers: 1, numAttentionHeads: 2, intermediateSize: 12, maxPositionEmbeddings: 64 };
const tokenizer = wordTokenizer(300);
const question = 'Which word is it?';
const reader = (): TextModel<SpanOutput> => {
  const model = bertForQuestionAnswering(config);
  return { model, parameters: lively(model), tokenizer, config };
};
const long = (): TextModel<SpanOutput> => {
  const model = longformerForQuestionAnswering({ ...config, attentionWindow: 4 });
  const pair = { before: [1], between: [2], after: [2], secondType: 0 }; // it has no token types
  const template = { single: tokenizer.template.single, pair };
  return {
    model: model as object as TextModel<SpanOutput>['model'],
    parameters: lively(model),
    tokenizer: { ...tokenizer, template },
    config,
  };
};

onBackends('answer', () => {
  it.each([
    ['BERT', reader, true],
    ['Longformer, whose question is global', long, false],
  ] as const)('gives the best place of all windows, by its definition: %s', async (_, make, typed) => {
    const document = drawnText(14);
    const model = make();
    const { answers, noAnswer, windows } = await answer(document, question, model, {
      length: 40,
      overlap: 9,
      maxAnswerTokens: 4,
      locale: 'en',
    });
    const [asked, tokens] = [await tokenizer.encode(question), await tokenizer.encode(document)];
    const before = [1, ...asked.ids, 2];
    const [starts, ends, pairs]: [number[], number[], { start: number; end: number; logit: number }[]] = [[], [], []];
    let none = { start: 0, end: Number.POSITIVE_INFINITY };
    for (const { tokens: own } of windows) {
      const ids = [...before, ...tokens.ids.subarray(own.start, own.end), 2];
      const context = typed
        ? {
            tokenTypes: tensor2d(
              ids.map((_, at) => (at < before.length ? 0 : 1)),
              [1, ids.length],
              'int32',
            ),
          }
        : { globals: before.slice(0, -1).map((_, at) => at) };
      const { startLogits, endLogits } = model.model.apply(model.parameters, tensor2d(ids, [1, ids.length], 'int32'), context as never);
      const [start, end] = [[...(await startLogits.data())], [...(await endLogits.data())]] as [number[], number[]];
      if ((start[0] as number) + (end[0] as number) < none.start + none.end) none = { start: start[0] as number, end: end[0] as number };
      for (let i = before.length; i < ids.length - 1; i++) {
        starts.push(start[i] as number);
        ends.push(end[i] as number);
        for (let j = i; j < Math.min(i + 4, ids.length - 1); j++)
          pairs.push({
            start: own.start + i - before.length,
            end: own.start + j - before.length,
            logit: (start[i] as number) + (end[j] as number),
          });
      }
    }
    const total = (logits: readonly number[]) => Math.log(logits.reduce((sum, each) => sum + Math.exp(each), 0));
    const whole = total([...starts, none.start]) + total([...ends, none.end]);
    const best = pairs.reduce((a, b) => (b.logit > a.logit ? b : a));
    const place = [tokens.offsets[2 * best.start], tokens.offsets[2 * best.end + 1]] as [number, number];
    expect(windows.length).toBeGreaterThan(5);
    expect(answers.map(({ start, end, text }) => [start, end, text])).toEqual([[...place, document.slice(...place)]]);
    expect(answers[0]?.score).toBeCloseTo(Math.exp(best.logit - whole), 4);
    expect(noAnswer).toBeCloseTo(Math.exp(none.start + none.end - whole), 4);
    expect(
      document
        .slice(0, place[0])
        .match(/# Chapter \d+/g)
        ?.at(-1),
    ).toBe(answers[0]?.section.heading);
  });
});

describe('on cpu', () => {
  beforeAll(() => withBackend('cpu'));

  it('gives several places apart, from a file too, and leaves no tensor', async () => {
    const document = drawnText(14);
    const model = reader();
    const before = memory().numTensors;
    const { answers } = await answer(new Blob([document]), question, model, { length: 40, top: 5, locale: 'en' });
    expect(memory().numTensors).toBe(before);
    expect(answers).toHaveLength(5);
    for (const [at, { start, end, text }] of answers.entries()) {
      expect(text).toBe(document.slice(start, end));
      for (const other of answers.slice(0, at)) expect(start < other.end && other.start < end).toBe(false);
    }
    expect((await answer('', question, model)).answers).toEqual([]);
  });

  it('stops by its signal, and tells what cannot be right', async () => {
    const model = reader();
    const controller = new AbortController();
    const progress = ({ stage, done }: { readonly stage: string; readonly done: number }) => {
      if (stage === 'read' && done > 1) controller.abort(new Error('enough'));
    };
    await expect(answer(drawnText(30), question, model, { length: 20, signal: controller.signal, progress })).rejects.toThrow('enough');
    await expect(answer('a', question, model, { length: 6 })).rejects.toThrow('answer: length must leave room for tokens of the document.');
    const body = bertModel(config);
    await expect(answer('a', question, { ...model, model: body as never, parameters: lively(body) })).rejects.toThrow(
      'answer: model must have a head for answers.',
    );
    const single = { ...tokenizer, template: { single: tokenizer.template.single } };
    await expect(answer('a', question, { ...model, tokenizer: single })).rejects.toThrow('answer: tokenizer.template.pair must say how');
  });
});
