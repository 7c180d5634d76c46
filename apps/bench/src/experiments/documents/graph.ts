import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { loadGraphModel } from '@tensorflow/tfjs-converter';
import { type Tensor, tensor1d, tensor2d } from '@tensorflow/tfjs-core';

/** The states of tokens in the graph of Universal Sentence Encoder lite, before it takes their mean. */
const tokenStates = 'module_apply_default/Encoder_en/KonaTransformer/mul';

/** tfjs's own run of a graph. */
export interface Graph {
  /** Float32 [texts · tokens · width] of texts of one length. */
  states(texts: readonly (readonly number[])[]): Promise<Float32Array>;
  dispose(): void;
}

/** The graph in a folder of Universal Sentence Encoder lite. */
export async function openGraph(folder: string): Promise<Graph> {
  const { modelTopology, weightsManifest } = JSON.parse(readFileSync(join(folder, 'model.json'), 'utf8'));
  const [{ paths, weights }] = weightsManifest as [{ readonly paths: readonly string[]; readonly weights: [] }];
  const weightData = new Uint8Array(Buffer.concat(paths.map((path) => readFileSync(join(folder, path))))).buffer;
  const graph = await loadGraphModel({ load: async () => ({ modelTopology, weightSpecs: weights, weightData, format: 'graph-model' }) });
  return {
    async states(texts) {
      const places = texts.flatMap((ids, row) => ids.map((_, column): [number, number] => [row, column]));
      const inputs = { indices: tensor2d(places, [places.length, 2], 'int32'), values: tensor1d(texts.flat(), 'int32') };
      const states = (await graph.executeAsync(inputs, tokenStates)) as Tensor;
      const values = await states.data<'float32'>();
      for (const each of [inputs.indices, inputs.values, states]) each.dispose();
      return values;
    },
    dispose: () => graph.dispose(),
  };
}
