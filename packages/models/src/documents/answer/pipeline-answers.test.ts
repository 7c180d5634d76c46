import { readFile } from 'node:fs/promises';
import { expect, it } from 'vitest';
import { pipelineAnswers } from './pipeline-answers.ts';

interface Golden {
  readonly cases: readonly {
    readonly context: string;
    readonly windows: readonly {
      readonly offsets: readonly (readonly [number, number])[];
      readonly word_ids: readonly (number | null)[];
      readonly p_mask: readonly number[];
      readonly attention_mask: readonly number[];
      readonly start_logits: readonly number[];
      readonly end_logits: readonly number[];
    }[];
    readonly asks: readonly {
      readonly top_k: number;
      readonly handle_impossible_answer: boolean;
      readonly max_answer_len: number;
      readonly align_to_words: boolean;
      readonly expected: readonly { readonly score: number; readonly start: number; readonly end: number; readonly answer: string }[];
    }[];
  }[];
}

it.each(['wordpiece-cased', 'bpe-roberta', 'unigram-xlmr'])('answers as the pipeline of Hugging Face does: %s', async (name) => {
  const file = new URL(`../../../../../tooling/golden/usage/qa.spans.${name}.json`, import.meta.url);
  const { cases } = JSON.parse(await readFile(file, 'utf8')) as Golden;
  for (const { context, windows, asks } of cases) {
    const points = Array.from(context); // offsets there are code points
    const place = (point: number): number => points.slice(0, point).join('').length;
    const read = windows.map((window) => ({
      offsets: window.offsets.map(([start, end]) => [place(start), place(end)] as const),
      words: window.word_ids,
      allowed: window.p_mask.map((masked, at) => masked === 0 && window.attention_mask[at] === 1),
      startLogits: window.start_logits,
      endLogits: window.end_logits,
    }));
    for (const ask of asks) {
      const { top_k: top, max_answer_len: maxAnswerTokens, handle_impossible_answer: handleImpossible, align_to_words: alignToWords } = ask;
      const found = pipelineAnswers(context, read, { top, maxAnswerTokens, handleImpossible, alignToWords });
      expect(found.map(({ text, start, end }) => [text, start, end])).toEqual(
        ask.expected.map(({ answer, start, end }) => [answer, place(start), place(end)]),
      );
      found.forEach(({ score }, at) => {
        expect(Math.abs(score - (ask.expected[at]?.score as number))).toBeLessThan(1e-6);
      });
    }
  }
});
