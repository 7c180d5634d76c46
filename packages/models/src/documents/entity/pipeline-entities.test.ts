import { readFile } from 'node:fs/promises';
import { expect, it } from 'vitest';
import type { EntityStrategy } from './group-entities.ts';
import { pipelineEntities } from './pipeline-entities.ts';

interface Golden {
  readonly labels: readonly string[];
  readonly cases: readonly {
    readonly text: string;
    /** Where a text was given as words, offsets are within the word. */
    readonly words?: readonly string[];
    readonly delimiter?: string;
    readonly ignore_labels: readonly string[];
    readonly windows: readonly {
      readonly offsets: readonly (readonly [number, number])[];
      readonly word_ids: readonly (number | null)[];
      readonly special_tokens_mask: readonly number[];
      readonly is_subword: readonly (boolean | number | null)[];
      readonly logits: readonly (readonly number[])[];
    }[];
    readonly expected: Readonly<
      Record<string, readonly { entity_group?: string; entity?: string; score: number; start: number; end: number }[]>
    >;
  }[];
}

const strategies: readonly EntityStrategy[] = ['none', 'simple', 'first', 'average', 'max'];

it.each(['wordpiece-cased', 'bpe-roberta', 'unigram-xlmr'])('groups as the pipeline of Hugging Face does: %s', async (name) => {
  const file = new URL(`../../../../../tooling/golden/usage/ner.aggregation.${name}.json`, import.meta.url);
  const { labels, cases } = JSON.parse(await readFile(file, 'utf8')) as Golden;
  for (const { text, windows, words, delimiter = '', ignore_labels: ignored, expected } of cases) {
    const points = Array.from(text); // offsets there are code points
    const place = (point: number): number => points.slice(0, point).join('').length;
    const wordStart = (word: number): number =>
      (words ?? []).slice(0, word).reduce((end, each) => end + Array.from(each + delimiter).length, 0);
    const read = windows.map(({ offsets, word_ids: ids, special_tokens_mask: special, is_subword: subwords, logits }) => {
      const tokens = Array.from(offsets.keys()).filter((at) => special[at] === 0);
      return {
        offsets: tokens.map(
          (at) => (offsets[at] as readonly [number, number]).map((point) => place(wordStart(ids[at] ?? 0) + point)) as [number, number],
        ),
        logits: tokens.map((at) => logits[at] as readonly number[]),
        subwords: tokens.map((at) => Boolean(subwords[at])),
      };
    });
    const asked = strategies.filter((strategy) => strategy in expected); // words that were given apart are not asked for by all
    expect(asked.length).toBeGreaterThan(0);
    for (const strategy of asked) {
      const found = pipelineEntities(text, read, { labels, strategy, ignored });
      const wanted = expected[strategy] as (typeof expected)[string];
      expect(found.map(({ label, start, end }) => [label, start, end])).toEqual(
        wanted.map(({ entity_group: group, entity, start, end }) => [group ?? entity, place(start), place(end)]),
      );
      found.forEach(({ score, text: own, start, end }, at) => {
        expect(Math.abs(score - (wanted[at]?.score as number))).toBeLessThan(1e-6);
        expect(own).toBe(text.slice(start, end));
      });
    }
  }
});
