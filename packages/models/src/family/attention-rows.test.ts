import { createKey, type Layer, type LayerContext, type LayerResult, normal } from '@longspan/core-tensor';
import { expectClose, leaked, withBackend } from '@longspan/tooling/expect';
import { dispose, type Tensor, tensor2d } from '@tensorflow/tfjs-core';
import { beforeAll, describe, expect, it } from 'vitest';
import { hourglassForCausalLanguageModel } from './hourglass/index.ts';
import { longT5Model } from './longt5/index.ts';
import { reformerForMaskedLanguageModel, reformerModel } from './reformer/index.ts';
import { type RoutingMembers, routingTransformerForLanguageModel } from './routing-transformer/index.ts';

const longT5 = { vocabSize: 9, dModel: 8, dKv: 4, dFf: 12, numLayers: 2, numHeads: 2, localRadius: 2, globalBlockSize: 3 };
const reformer = {
  vocabSize: 9,
  hiddenSize: 8,
  numAttentionHeads: 2,
  attentionHeadSize: 4,
  feedForwardSize: 12,
  axialPosShape: [4, 4],
  axialPosEmbdsDim: [4, 4],
  attnLayers: ['lsh', 'local'],
  lshAttnChunkLength: 4,
  localAttnChunkLength: 4,
  numBuckets: 4,
  numHashes: 2,
  isDecoder: false,
  hashSeed: 1,
};
const routing = { numTokens: 9, dim: 8, depth: 2, heads: 2, maxSeqLen: 16, windowSize: 4, causal: true };
const hourglass = { vocabSize: 9, dModel: 8, nHeads: 2, dFf: 12, hierarchy: '1@3' };

type Model = Layer<LayerContext, LayerResult>;

const models: readonly (readonly [string, () => object, number, readonly string[]])[] = [
  [
    'LongT5, transient-global',
    () => longT5Model({ ...longT5, encoderAttentionType: 'transient-global' } as never),
    11,
    ['TransientGlobalSelfAttention', 'TransientGlobalSelfAttention'],
  ],
  [
    'LongT5, local',
    () => longT5Model({ ...longT5, encoderAttentionType: 'local' } as never),
    11,
    ['LocalSelfAttention', 'LocalSelfAttention'],
  ],
  ['Reformer', () => reformerModel(reformer as never), 11, ['self_attention', 'self_attention']],
  ['Reformer with a head', () => reformerForMaskedLanguageModel(reformer as never), 11, ['self_attention', 'self_attention']],
  ['Routing Transformer', () => routingTransformerForLanguageModel(routing as never), 11, ['0', '0']],
  [
    'Hourglass',
    () => hourglassForCausalLanguageModel(hourglass as never),
    11,
    ['attention', 'attention', 'attention', 'attention', 'attention'],
  ],
];

describe.each(models)('%s', (_, make, length, names) => {
  beforeAll(() => withBackend('cpu'));

  it('gives rows of the softmax of all its layers, which sum to 1', async () => {
    const model = make() as Model;
    expect(model.attentions.map((name) => name.split('.').at(-1))).toEqual(names);
    const parameters = Object.fromEntries(
      Object.entries(model.spec).map(([name, { shape }]) => [name, normal(createKey(name), [...shape], { standardDeviation: 0.4 })]),
    );
    const ids = tensor2d(
      Array.from({ length }, (_each, at) => 1 + ((at * 5) % 8)),
      [1, length],
      'int32',
    );
    const run = (): LayerResult => model.apply(parameters, ids, { attentionWeights: { queries: [2, 0] } });
    const { hidden, attentionWeights = {}, ...rest } = run();
    const taken = await takenBy((rest as { members?: readonly RoutingMembers[] }).members ?? []);
    expect(Object.keys(attentionWeights).sort()).toEqual([...model.attentions].sort());
    for (const [name, { weights }] of Object.entries(attentionWeights)) {
      const rows = ((await weights.array()) as number[][][][]).flat(2);
      expectClose(
        rows.map((row) => row.reduce((sum, each) => sum + each, 0)),
        rows.map((_row, at) => taken(name, Math.floor(at / 2), [2, 0][at % 2] as number)),
        { atol: 2e-5, rtol: 0 },
        name,
      );
    }
    const plain = model.apply(parameters, ids);
    expectClose(await hidden.data(), await plain.hidden.data(), { atol: 1e-6, rtol: 1e-5 });
    const left = await leaked(() => tensorsIn(run()));
    expect(left).toEqual({ tensors: 0, buffers: 0 });
    dispose([parameters, ids, ...tensorsIn(plain)] as never);
  });
});

/** 1 for a query that a cluster of that head took, and for all of layers without clusters: others have no row. */
async function takenBy(members: readonly RoutingMembers[]): Promise<(name: string, head: number, query: number) => number> {
  const lists = (await Promise.all(members.map(({ queries }) => queries.array()))) as number[][][][][];
  return (name, head, query) => {
    const ofLayer = lists[Number(/[.](\d+)[.]0$/.exec(name)?.[1])];
    return ofLayer === undefined || ofLayer[0]?.[head]?.some((cluster) => cluster.includes(query)) ? 1 : 0;
  };
}

/** Of a result, however deep. */
function tensorsIn(value: unknown): Tensor[] {
  if (typeof value !== 'object' || value === null) return [];
  return 'dataId' in value ? [value as Tensor] : Object.values(value).flatMap(tensorsIn);
}
