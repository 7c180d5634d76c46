import { reformerAttention, reformerLocalAttention } from '@longspan/attention-lsh';
import { causal, multiHeadAttention, slidingWindow } from '@longspan/attention-sparse';
import { chain, createKey, type LayerState, linear, normal, residual } from '@longspan/core-tensor';
import { ExplainedError } from '@longspan/core-tensor/error';
import { hourglass } from '@longspan/hierarchical';
import { memoryAttention, segmentRecurrence } from '@longspan/memory-xl';
import { hourglassForCausalLanguageModel } from '@longspan/models/hourglass';
import {
  reformerForCausalLanguageModel,
  reformerForMaskedLanguageModel,
  reformerForQuestionAnswering,
  reformerForSequenceClassification,
  reformerModel,
} from '@longspan/models/reformer';
import { routingTransformerForLanguageModel } from '@longspan/models/routing-transformer';
import { transformerXlForCausalLanguageModel, transformerXlModel, xlLanguageModel } from '@longspan/models/transformer-xl';
import { recomputedLayer } from '@longspan/reversible';
import { withBackend } from '@longspan/tooling/expect';
import { expandDims, ones, slice, type Tensor, tensor2d } from '@tensorflow/tfjs-core';
import { beforeAll, describe, expect, it } from 'vitest';
import { publishedPackages } from '../published/packages.ts';
import type { Row } from './row.ts';
import { tables } from './table/index.ts';

await withBackend('cpu');

interface Stateful {
  readonly states: readonly string[];
  readonly replays: readonly string[];
  init(key: unknown): Readonly<Record<string, Tensor>>;
  apply(parameters: Readonly<Record<string, Tensor>>, x: Tensor, context: object): { readonly hidden: Tensor; readonly state: LayerState };
}

const heads = { width: 8, heads: 2 };
const memory = { width: 8, heads: 2, headDim: 3, memoryLength: 4 };
const stack = { ...memory, layers: 2, innerWidth: 6 };
const hashed = { width: 8, heads: 2, chunkLength: 4, causal: true } as const;

const buckets = {
  vocabSize: 9,
  hiddenSize: 8,
  numAttentionHeads: 2,
  attentionHeadSize: 4,
  feedForwardSize: 12,
  attnLayers: ['lsh', 'local'],
  numBuckets: 2,
  axialPosShape: [4, 4],
  axialPosEmbdsDim: [3, 5],
  lshAttnChunkLength: 4,
  localAttnChunkLength: 4,
} as const;
const written = { ...buckets, isDecoder: true } as const;
const clusters = { numTokens: 9, dim: 8, depth: 2, heads: 2, maxSeqLen: 8, windowSize: 4, causal: true };
const segments = { vocabSize: 9, cutoffs: [6], dModel: 8, dEmbed: 8, nHead: 2, dHead: 3, dInner: 6, divVal: 1, nLayer: 2, memLen: 4 };

/** Every model of ids that has a state. */
const models: Readonly<Record<string, Readonly<Record<string, () => unknown>>>> = {
  hourglassForCausalLanguageModel: {
    'with a cache': () =>
      hourglassForCausalLanguageModel({ vocabSize: 9, dModel: 8, dFf: 6, nHeads: 2, hierarchy: '1@2' }, { cache: true }),
  },
  reformerModel: {
    'with its buckets': () => reformerModel(buckets),
    'with a cache': () => reformerModel(written, { cache: true }),
  },
  reformerForCausalLanguageModel: {
    'with its buckets': () => reformerForCausalLanguageModel(written),
    'with a cache': () => reformerForCausalLanguageModel(written, { cache: true }),
  },
  reformerForMaskedLanguageModel: { 'with its buckets': () => reformerForMaskedLanguageModel(buckets) },
  reformerForQuestionAnswering: { 'with its buckets': () => reformerForQuestionAnswering(buckets) },
  reformerForSequenceClassification: { 'with its buckets': () => reformerForSequenceClassification(buckets) },
  routingTransformerForLanguageModel: { alone: () => routingTransformerForLanguageModel(clusters) },
  transformerXlModel: { alone: () => transformerXlModel(segments) },
  transformerXlForCausalLanguageModel: { alone: () => transformerXlForCausalLanguageModel(segments) },
  xlLanguageModel: { alone: () => xlLanguageModel({ ...stack, vocabulary: 9 }) },
};

/** Every other layer that has a state, by the function that makes it, and how: in other layers too. */
const mechanisms: Readonly<Record<string, Readonly<Record<string, () => unknown>>>> = {
  multiHeadAttention: {
    'with a cache': () => multiHeadAttention({ ...heads, mask: causal(), cache: true }),
    'with a window and a cache': () => multiHeadAttention({ ...heads, mask: slidingWindow({ left: 2, right: 0 }), cache: true }),
    'of an encoder': () => multiHeadAttention({ ...heads, cross: true, cache: true }),
  },
  reformerAttention: {
    'with its buckets': () => reformerAttention({ ...hashed, bucketCount: 2 }),
    'with a cache': () => reformerAttention({ ...hashed, bucketCount: 2, cache: true }),
  },
  reformerLocalAttention: { 'with a cache': () => reformerLocalAttention({ ...hashed, cache: true }) },
  hourglass: { 'with a cache': () => hourglass({ ...heads, innerWidth: 6, hierarchy: '1@2', tokenLayers: [1, 1], cache: true }) },
  memoryAttention: {
    alone: () => memoryAttention(memory),
    'in a chain': () => chain({ first: residual(memoryAttention(memory)), second: linear({ inFeatures: 8, outFeatures: 8 }) }),
    recomputed: () => recomputedLayer(memoryAttention(memory)),
  },
  segmentRecurrence: { alone: () => segmentRecurrence(stack) },
};

const layers = { ...mechanisms, ...models };

/** Names like one that a state has, which it does not have. */
function* misspellings(name: string, known: (name: string) => boolean): Generator<string> {
  for (const other of [`${name}s`, `${name}.0`, name.slice(0, -1), name.toUpperCase(), `x${name}`, name.replace(/\d+$/, '01')])
    if (other !== '' && !known(other)) yield other;
}

/** What may stand in a state in the place of a value and is none of its kind. */
const nonsense = (value: Tensor | number): readonly unknown[] =>
  typeof value === 'number'
    ? [-1, 0.5, Number.NaN, Number.POSITIVE_INFINITY, 2 ** 53, ones([1])]
    : [0, 3, Number.NaN, expandDims(value, 0), ones([1]), value.dtype === 'int32' ? ones(value.shape) : ones(value.shape, 'int32')];

const entries = Object.entries(layers).flatMap(([maker, ways]) => Object.entries(ways).map(([way, make]) => [maker, way, make] as const));

describe.each(entries)('%s %s', (maker, _way, make) => {
  const layer = make() as Stateful;
  const ids = maker in models;
  const contextOf = (tokens: Tensor): object => (maker === 'xlLanguageModel' ? { targets: tokens } : context);
  const context = layer.states.join() === 'keys,values' ? { encoder: { hidden: ones([2, 5, 8]) } } : {};
  const x = (from: number, count: number): Tensor =>
    ids
      ? slice(
          tensor2d(
            [
              [1, 8, 2, 5, 3, 4, 6, 7, 0, 1],
              [2, 3, 1, 0, 8, 7, 6, 5, 4, 3],
            ],
            [2, 10],
            'int32',
          ),
          [0, from],
          [-1, count],
        )
      : slice(normal(createKey('x'), [2, 10, 8]), [0, from, 0], [-1, count, -1]);
  const replays = layer.replays.length > 0 && layer.replays.length === layer.states.length;
  const next = (): Tensor => (replays ? x(0, 7) : x(7, 2)); // two, so that a group of the hourglass ends
  let parameters: Readonly<Record<string, Tensor>>;
  let state: LayerState;
  const apply = (changed: object): unknown => layer.apply(parameters, next(), { ...contextOf(next()), state: changed });

  /** The error that a call gives, which must be one of ours. */
  function errorOf(changed: object, what: string): ExplainedError {
    try {
      apply(changed);
    } catch (error) {
      if (!(error instanceof ExplainedError)) expect([what, error]).toBe('one of our errors');
      return error as ExplainedError;
    }
    throw new Error(`${what}: taken without a word`);
  }

  beforeAll(() => {
    parameters = layer.init(createKey(1));
    ({ state } = layer.apply(parameters, x(0, 7), contextOf(x(0, 7))));
  });

  it('goes on from its state', () => {
    expect(Object.keys(state).length).toBeGreaterThan(0);
    expect(apply(state)).toBeDefined();
  });

  it('says of a misspelt name which one was meant', () => {
    for (const [name, value] of Object.entries(state)) {
      const { [name]: _, ...others } = state;
      for (const wrong of misspellings(name, (other) => other in state || layer.states.includes(other))) {
        for (const changed of [
          { ...others, [wrong]: value },
          { ...state, [wrong]: value },
        ]) {
          const { message } = errorOf(changed, wrong);
          expect(message).toMatch(/: the state must be one that this layer gave\.\n/);
          expect(message).toContain(`got       ${wrong}`);
          if (!/\d/.test(wrong)) expect(message).toContain('did you mean ');
        }
      }
      const { message } = errorOf({ ...others, [`${name}s`]: value }, `${name}s`);
      expect(message).toContain(`did you mean ${name.replace(/(?<=lengths[.])\d+$/, '0')}?`);
    }
  });

  it('does without no part of its state', () => {
    if (replays) return expect(apply({})).toBeDefined(); // choices that it makes anew
    for (const name of Object.keys(state)) {
      const { [name]: _, ...others } = state;
      errorOf(others, `without ${name}`);
    }
  });

  it('does without no two parts of its state', () => {
    if (replays) return expect(apply({})).toBeDefined();
    const names = Object.keys(state);
    for (const [at, one] of names.entries()) {
      for (const other of names.slice(at + 1)) {
        const { [one]: _, [other]: __, ...others } = state;
        if (Object.keys(others).length > 0) errorOf(others, `without ${one} and ${other}`); // without all, it is a first call
      }
    }
  });

  it('takes nothing of another kind, and no row that x has not', () => {
    for (const [name, value] of Object.entries(state)) {
      for (const wrong of nonsense(value)) errorOf({ ...state, [name]: wrong }, `${name} ${String(wrong)}`);
      if (/lengths[.]1$/.test(name)) errorOf({ ...state, [name.replace(/1$/, '7')]: value }, `${name} of row 7`);
    }
  });
});

it('every layer of the packages that has a state is among these', async () => {
  const found: string[] = [];
  for (const { name, entries: files } of publishedPackages) {
    for (const entry of Object.keys(files)) {
      const address = name + entry.slice(1);
      const exported = (await import(address)) as Readonly<Record<string, (...args: readonly unknown[]) => unknown>>;
      for (const [maker, row] of Object.entries(tables[address] ?? {})) {
        if ((row as Row).methods?.['apply'] === undefined) continue;
        const made = (row as Row).calls.map((call) => exported[maker]?.(...call()) as Stateful);
        if (made.some(({ states }) => states.length > 0)) found.push(maker);
      }
    }
  }
  expect([...new Set(found)].filter((maker) => layers[maker] === undefined)).toEqual([]);
});
