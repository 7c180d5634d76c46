import { createKey } from '@longspan/core-tensor';
import { definedLayer, expectClose, onBackends } from '@longspan/tooling/expect';
import * as reference from '@longspan/tooling/reference';
import { dispose, tensor1d } from '@tensorflow/tfjs-core';
import { expect, it } from 'vitest';
import { clusterings } from '../../test/small-model.ts';
import { adaptiveEmbedding } from './adaptive-embedding.ts';

onBackends('adaptive embedding', () => {
  it.each(clusterings)('%s: gives each id the scaled, projected row of its cluster', async (_, config) => {
    const embed = adaptiveEmbedding(config);
    const parameters = embed.init(createKey('embedding'));
    const ids = Array.from({ length: config.vocabulary }, (_, at) => (at * 5) % config.vocabulary);
    const given = tensor1d(ids, 'int32');
    const expected = await definedLayer(parameters, [], (weights) => reference.adaptiveEmbedding(weights, ids, config));
    const embedded = embed.apply(parameters, given);
    expectClose(await embedded.data(), expected, { atol: 1e-6, rtol: 1e-5 });
    dispose([parameters, given, embedded]);
  });

  it('an id outside the vocabulary gives NaN, on both sides', async () => {
    const embed = adaptiveEmbedding({ vocabulary: 19, width: 6, embeddingWidth: 8, cutoffs: [3, 8], widthDivisor: 2 });
    const [parameters, given] = [embed.init(createKey(0)), tensor1d([-1, 0, 18, 19], 'int32')];
    const rows = (await embed.apply(parameters, given).array()) as number[][];
    expect(rows.map((row) => row.every(Number.isNaN))).toEqual([true, false, false, true]);
    expect(rows.map((row) => row.some(Number.isNaN))).toEqual([true, false, false, true]);
  });
});
