import { sentenceLayer } from '@longspan/models/pooling';
import type { Tensor } from '@tensorflow/tfjs-core';
import { tensor3d, tidy } from '@tensorflow/tfjs-core';
import type { sentenceEncoder } from '../../models/text-models.ts';

/** What Universal Sentence Encoder makes of the means of tokens: a linear map, tanh, length 1. */
export async function ownVectors(
  { config, parameters }: Awaited<ReturnType<typeof sentenceEncoder>>,
  means: readonly Float32Array[],
): Promise<readonly Float32Array[]> {
  const { hiddenSize: width, outputSize } = config;
  const layer = sentenceLayer({ width, modes: ['mean'], dense: [{ outFeatures: outputSize }], normalize: true });
  const own = Object.fromEntries(Object.keys(layer.spec).map((name) => [name, parameters[`pooler.${name}`] as Tensor]));
  const values = new Float32Array(means.length * width);
  for (const [at, row] of means.entries()) values.set(row, at * width);
  const made = tidy(() => layer.apply(own, tensor3d(values, [means.length, 1, width])));
  const all = await made.data<'float32'>();
  made.dispose();
  return means.map((_, at) => all.subarray(at * outputSize, (at + 1) * outputSize));
}
