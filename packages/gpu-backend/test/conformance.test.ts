import { describeConformance } from '@longspan/tooling/conformance';
import { isTried, isWhole } from '@longspan/tooling/expect';
import { registered } from './registered.ts';

/** One call at least of each form of layout and of each kind of term: a software adapter takes seconds to compile what a term adds. */
const quick = new Set([
  'window',
  'fewer queries than keys',
  'fully masked rows',
  'a batch row of padding only',
  'grouped-query heads',
  'a mask per batch row',
  'logits of 1e4, also where hidden',
  'bias of repeating cells',
  'bias of repeating cells, queries aligned to the end',
  'bias tileIndices of the layout',
  'a sink with a soft cap, key lengths and dropout',
  'original positions: itself only if nothing else, with padding',
  'blocks chosen at run time, united with a window, ends cut',
  'chosen blocks with ALiBi, relative positions and dropout',
  'a bias of −∞ at masked and at visible pairs',
  'a bias that is not finite at masked pairs',
  'queries, and cotangents, of fully masked rows that are not finite',
  'a visible score of +∞, and one of NaN',
]);
/** tfjs-backend-webgpu cannot add up a tensor of no numbers, by which the suite asks for gradients: see empty.test.ts. */
const empty = new Set([
  ...['no rows', 'no ids', 'nothing', 'none: nothing', 'tanh: nothing'],
  ...['half', 'interleaved'].flatMap((style) => ['no batch rows', 'no batch rows, a table for each'].map((label) => `${label}, ${style}`)),
]);

/** What adds no more than programs for other sizes, each compiled for half a second. */
const alike = new Set([
  'no bias',
  'a batch of four axes',
  'one number',
  'two chunks',
  'a chunk longer than there are rows',
  'rows that lack a number of a word',
  'rows of 12 numbers, no weight',
  'rows of 12 numbers in batches',
]);

const enter = async (): Promise<() => void> => (await registered()).unregister;

describeConformance([{ label: 'our kernels on webgpu', kernel: 'webgpu-tiles', enter }], {
  longest: 100,
  isTested: (contract) => contract === 'BlockSparseAttention',
  ...(isWhole ? { randomCalls: 200, patience: 7_200_000 } : { isTried: (label) => quick.has(label), randomCalls: 1 }),
});

describeConformance([{ label: 'our kernels on webgpu', kernel: 'webgpu-wgsl', enter }], {
  longest: isWhole ? 300 : 60,
  isTested: (contract) => contract !== 'BlockSparseAttention',
  ...(isWhole
    ? { isTried: (label) => !empty.has(label), randomCalls: 200, patience: 7_200_000 }
    : { isTried: (label) => !empty.has(label) && !alike.has(label) && isTried(label), randomCalls: 1 }),
});
