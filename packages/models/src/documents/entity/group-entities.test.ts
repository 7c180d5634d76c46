import { readFile } from 'node:fs/promises';
import { expect, it } from 'vitest';
import { softmax } from '../classify/labels.ts';
import { type EntityStrategy, groupEntities, type LabelledToken } from './group-entities.ts';

interface Golden {
  readonly labels: readonly string[];
  readonly cases: readonly {
    readonly text: string;
    readonly words?: readonly string[];
    readonly ignore_labels: readonly string[];
    readonly windows: readonly {
      readonly offsets: readonly (readonly [number, number])[];
      readonly special_tokens_mask: readonly number[];
      readonly is_subword: readonly (boolean | number | null)[];
      readonly logits: readonly (readonly number[])[];
    }[];
    readonly expected: Readonly<Record<string, readonly { entity_group: string; score: number; start: number; end: number }[]>>;
  }[];
}

const strategies: readonly EntityStrategy[] = ['simple', 'first', 'average', 'max'];

it.each(['wordpiece-cased', 'bpe-roberta', 'unigram-xlmr'])('groups as the pipeline of Hugging Face does: %s', async (name) => {
  const file = new URL(`../../../../../tooling/golden/usage/ner.aggregation.${name}.json`, import.meta.url);
  const { labels, cases } = JSON.parse(await readFile(file, 'utf8')) as Golden;
  const single = cases.filter(({ windows, words }) => windows.length === 1 && words === undefined);
  expect(single.length).toBeGreaterThanOrEqual(3);
  for (const { windows, ignore_labels: ignored, expected } of single) {
    const [window] = windows as [(typeof windows)[number]];
    const tokens = window.offsets.flatMap(([start, end], at): readonly LabelledToken[] =>
      window.special_tokens_mask[at] === 1
        ? []
        : [{ start, end, probabilities: softmax(window.logits[at] as readonly number[]), isSubword: Boolean(window.is_subword[at]) }],
    );
    for (const strategy of strategies) {
      const found = groupEntities(tokens, { labels, strategy, ignored });
      const wanted = expected[strategy] as (typeof expected)[string];
      expect(found.map(({ label, start, end }) => [label, start, end])).toEqual(
        wanted.map((each) => [each.entity_group, each.start, each.end]),
      );
      found.forEach(({ score }, at) => {
        expect(score).toBeCloseTo(wanted[at]?.score as number, 6);
      });
    }
  }
});
