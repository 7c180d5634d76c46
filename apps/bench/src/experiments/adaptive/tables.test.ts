import { expect, it } from 'vitest';
import { someMachine } from '../../../test/some-run.ts';
import type { Findings } from '../../run/experiment.ts';
import { adaptive } from './adaptive.ts';
import type { AdaptiveFigures } from './figures.ts';

const figures: AdaptiveFigures = {
  parameters: 1234,
  steps: 10,
  trainingSeconds: 5,
  heldOutBits: 2.5,
  patterns: [
    { family: 'window', setting: '16 tokens', share: 0.2, recall: 0.6, lowestHead: 0.4, error: 0.5 },
    { family: 'window', setting: '32 tokens', share: 0.3, recall: 0.9, lowestHead: 0.7, error: 0.3 },
    { family: 'routing (k-means)', setting: '4 clusters of 8', share: 0.25, recall: 0.7, lowestHead: 0.5, error: null },
  ],
  heads: [
    { layer: 0, head: 0, mask: 'near', share: 0.2, recall: 0.96, unseenRecall: 0.94 },
    { layer: 0, head: 1, mask: 'far', share: 0.6, recall: 0.98, unseenRecall: 0.98 },
  ],
  uniform: [
    { mask: 'near', share: 0.2, recall: 0.8, reached: 1 },
    { mask: 'far', share: 0.6, recall: 0.98, reached: 2 },
    { mask: 'all', share: 1, recall: 1, reached: 2 },
  ],
};

const findings = (full: boolean): Findings<AdaptiveFigures> => ({
  options: { seed: 0, full, flags: {} },
  machine: someMachine,
  outcomes: [
    { point: 'model 1', wallSeconds: 1, ending: { kind: 'done', result: figures } },
    { point: 'model 2', wallSeconds: 1, ending: { kind: 'failed', error: 'no' } },
    {
      point: 'model 3',
      wallSeconds: 1,
      ending: { kind: 'done', result: { ...figures, heads: figures.heads.map((one) => ({ ...one, mask: 'far', share: 0.6 })) } },
    },
  ],
});

it('the headline sets the heads of calibrate beside the cheapest pattern that serves them all', () => {
  expect(adaptive.headline(findings(false))).toEqual([
    'calibrate keeps 95.0 % of the attention of each of 2 heads in 40.0 % of the blocks that causal attention visits (on other text it keeps 96.0 % on average); the cheapest single pattern that does so for every head, far, visits 60.0 %.',
    'Within a quarter of the blocks the best setting keeps of the mass: routing (k-means) 70.0 %, window 60.0 %.',
  ]);
});

it('the tables take all models together, and name those without figures', () => {
  const [patterns, picks, heads, models] = adaptive.tables(findings(true)).map(({ rows }) => rows);
  expect(patterns).toEqual([
    ['window', '16 tokens', '20.0 %', '60.0 %', '40.0 %', '50.0 %'],
    ['window', '32 tokens', '30.0 %', '90.0 %', '70.0 %', '30.0 %'],
    ['routing (k-means)', '4 clusters of 8', '25.0 %', '70.0 %', '50.0 %', '–'],
    ['model 2', 'failed: no', '–', '–', '–', '–'],
  ]);
  expect(picks?.map((row) => row.at(-1))).toEqual(['layer 1: 1', 'layer 1: 3', '–', 'all', '–']);
  expect(picks?.[3]).toEqual(['calibrate: each head its own', '50.0 %', '97.0 % (on other text 96.0 %)', '4 of 4', 'all']);
  expect(heads?.length).toBe(5);
  expect(models?.[1]).toEqual(['model 2', 'failed: no', '–', '–']);
});
