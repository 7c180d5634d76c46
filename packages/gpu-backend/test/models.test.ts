import { fileURLToPath } from 'node:url';
import { isTried } from '@longspan/tooling/expect';
import { describe, expect, it, vi } from 'vitest';
import { run } from '../../../tooling/parity/run.ts';

/** A case of each family that a software adapter replays in some five seconds: `pnpm parity --backend webgpu --kernels longspan` has all. */
const cases = [
  'encoders/bert-padded',
  'encoders/bigbird-sparse-eval-padded',
  'encoders/distilbert-padded',
  'encoders/funnel-base',
  'encoders/hat-late',
  'encoders/led-conditional-generation',
  'encoders/longformer-padded',
  'encoders/mpnet-padded',
  'encoders/roberta-token-classification',
  'encoders/swin-square',
  'encoders/swinv2-clamped',
  'encoders/xlm-roberta-question-answering',
  'decoders/reformer.lm.lsh-absolute-padded',
  'usage/modernbert.model.no-biases-padded',
];

const golden = (name: string): string => fileURLToPath(new URL(`../../../tooling/golden/${name}.safetensors`, import.meta.url));
const listener = { start: () => undefined, done: () => undefined };
const webgpu = { backend: 'webgpu', kernels: 'longspan', threads: 1, only: undefined } as const;

vi.spyOn(console, 'warn').mockImplementation(() => undefined); // of attention in full on short texts

describe('models', () => {
  it.each(cases.filter((name) => isTried(name, 2, 1)))('%s: outputs and gradients are those of the reference', async (name) => {
    const { results } = await run({ ...webgpu, precision: 'float32', paths: [golden(name)] }, listener);
    expect(results.map(({ problem }) => problem)).toEqual([undefined]);
    expect(results[0]?.kernels).toContain('webgpu-wgsl');
  });

  it.each(['float16', 'int8'] as const)('with weights packed in %s give outputs within the bound of the family', async (precision) => {
    const paths = [golden('encoders/distilbert-question-answering')];
    const { results: packed } = await run({ ...webgpu, precision, paths }, listener);
    expect(packed.map(({ problem }) => problem)).toEqual([undefined]);
  });
});
