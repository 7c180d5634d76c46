import { everything, type Mask, perHead } from '@longspan/attention-sparse';
import { padding } from '@longspan/core-tensor';
import { leaked, onBackends } from '@longspan/tooling/expect';
import { dispose, memory, tensor2d } from '@tensorflow/tfjs-core';
import { expect, it } from 'vitest';
import { before, exactly, first, lively, n, namesOf, near, plan, planted, sizes, text, wide } from '../../test/sparsified.ts';
import { bert, bertForMaskedLanguageModel } from '../family/bert/index.ts';
import { sparsify } from './sparsify.ts';

onBackends('sparsify', () => {
  it('finds the pattern that was planted in each head', async () => {
    const model = planted(plan);
    const sparse = await sparsify(model, exactly);
    const [one, two] = sparse.report.layers;
    expect(one?.name).toBe('encoder.layer.0.attention.self');
    expect(namesOf(one?.heads ?? [])).toEqual([near, first, before, everything()].map(({ name }) => name));
    expect(namesOf(two?.heads ?? [])).toEqual([first, first, first, first].map(({ name }) => name));
    expect(one?.heads.map(({ visitedBlocks }) => visitedBlocks)).toEqual([94, 32, 63, 1024]);
    expect(sparse.report.visitedFraction).toBeCloseTo((94 + 32 + 63 + 1024 + 4 * 32) / (8 * 1024), 12);
    expect(sparse.report.reached).toBe(true);
    expect(sparse.config.attentionMasks).toEqual([perHead([near, first, before, everything()]).toJSON(), first.toJSON()]);
    expect(bert.explain?.(sparse.config, 'model', n)).toEqual([
      `Layer 0 attends by ${perHead([near, first, before, everything()]).name}: attention_masks of its config, not the checkpoint's own mask.`,
      "Layer 1 attends by keysAt([0]): attention_masks of its config, not the checkpoint's own mask.",
    ]);
    dispose([sparse.parameters, model.parameters]);
  });

  it('keeps the outputs where all of the attention is kept', async () => {
    const model = planted([...plan].reverse());
    const all = await sparsify(model, { ...exactly, recall: 1 });
    expect(all.report.layers.every(({ heads: each }) => each.every(({ recall }) => recall > 1 - 3e-6))).toBe(true);
    expect(all.report.outputs.relative).toBeLessThan(2e-6);
    const half = await sparsify(model, { ...exactly, recall: 0.1 });
    expect(half.report.outputs.relative).toBeGreaterThan(1e-3);
    const ids = tensor2d([text], [1, n], 'int32');
    const [dense, sparse] = [model.model.apply(model.parameters, ids), half.model.apply(half.parameters, ids)];
    const [one, other] = [await dense.hidden.data(), await sparse.hidden.data()];
    const lengthOf = (values: ArrayLike<number>) => Math.sqrt(Array.from(values).reduce((sum, each) => sum + each * each, 0));
    const apart = one.map((each, at) => (other[at] as number) - each);
    expect(half.report.outputs.relative).toBeCloseTo(lengthOf(apart) / lengthOf(one), 5);
    expect(half.report.outputs.largest).toBeCloseTo(Math.max(...apart.map(Math.abs)), 5);
    dispose([model.parameters, all.parameters, half.parameters, ids, dense as object, sparse as object] as never);
  });

  it('says how the loss changed, which a mask in the context gives too', async () => {
    const config = bert.config({ ...sizes, numHiddenLayers: 1 });
    const model = bertForMaskedLanguageModel(config);
    const parameters = lively(model);
    const rows = [text.slice(0, 10), [...text.slice(5, 12), 0, 0, 0]];
    const batch = {
      x: tensor2d(rows, [2, 10], 'int32'),
      context: {
        padding: padding(rows.map((row) => row.map((id) => (id === 0 ? 0 : 1)))),
        labels: tensor2d(
          rows.map((row) => row.map((id, at) => (at % 3 === 0 && id !== 0 ? id : -100))),
          [2, 10],
          'int32',
        ),
      },
    };
    const given = { family: bert, head: 'maskedLanguageModel', config, model, parameters } as const;
    const choices = [near, perHead([before, near, first, wide]).or(near)];
    const sparse = await sparsify(given, { sample: [batch, batch], recall: 0.3, candidates: choices, blockSize: 1 });
    const lossUnder = async (context: object): Promise<number> => {
      const loss = model.loss.apply(parameters, batch.x, { ...batch.context, ...context });
      const [value] = await loss.data();
      loss.dispose();
      return value as number;
    };
    const chosen = sparse.report.layers[0]?.mask as Mask;
    expect(sparse.report.loss?.before).toBeCloseTo(await lossUnder({}), 5);
    expect(sparse.report.loss?.after).toBeCloseTo(await lossUnder({ mask: chosen }), 5);
    expect(Math.abs((sparse.report.loss?.after ?? 0) - (sparse.report.loss?.before ?? 0))).toBeGreaterThan(1e-3);
    expect(sparse.report.time.before).toBeGreaterThan(0);
    dispose([parameters, sparse.parameters, batch.x, batch.context.labels]);
  });

  it('leaves no tensor behind, and its dispose leaves the model whole', async () => {
    const model = planted(plan);
    const left = await leaked(async () => {
      const sparse = await sparsify(model, { ...exactly, sample: [text, text.slice(0, 9)] });
      sparse.dispose();
      return [];
    });
    expect(left).toEqual({ tensors: 0, buffers: 0 });
    const buffers = memory().numDataBuffers;
    const sparse = await sparsify(model, exactly);
    expect(memory().numDataBuffers).toBe(buffers);
    sparse.dispose();
    expect(Object.values(model.parameters).some(({ isDisposed }) => isDisposed)).toBe(false);
    dispose([model.parameters]);
  });
});
