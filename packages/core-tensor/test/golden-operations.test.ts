import { readdirSync, readFileSync } from 'node:fs';
import { expectClose, onBackends, type Tolerance } from '@longspan/tooling/expect';
import { grads, type Tensor } from '@tensorflow/tfjs-core';
import { describe, expect, it } from 'vitest';
import type { GeluApproximation } from '../src/contracts/gelu/reference.ts';
import type { RotaryStyle } from '../src/contracts/rotary/call.ts';
import { gatherRows } from '../src/layer/embedding.ts';
import { gelu } from '../src/layer/gelu.ts';
import { applyLayerNorm } from '../src/layer/layer-norm.ts';
import { crossEntropy } from '../src/loss/cross-entropy.ts';
import { rotary } from '../src/position/rotary.ts';
import { readSafetensors, type SafetensorsEntry, type SafetensorsFile, toTensor } from '../src/safetensors/index.ts';

const folder = new URL('../../../tooling/golden/attention/', import.meta.url);
const read = (name: string): SafetensorsFile => readSafetensors(readFileSync(new URL(name, folder)));

interface Config {
  readonly reduction: 'mean' | 'sum' | 'none';
  readonly ignore_index: number;
  readonly label_smoothing: number;
  readonly padding_idx: number | null;
  readonly eps: number;
  readonly approximate: GeluApproximation;
  readonly style: RotaryStyle;
  readonly base: number;
  readonly rotaryDim: number;
}

interface Replay {
  /** The fixture's tensors that have gradients, as our function takes them. */
  readonly inputs: readonly string[];
  readonly output: string;
  /** Our function of those, and of the tensors without gradients. */
  readonly run: (inputs: readonly Tensor[], others: (name: string) => Tensor, config: Config) => Tensor;
}

const families: Readonly<Record<string, Replay>> = {
  'loss.crossEntropy': {
    inputs: ['in.logits'],
    output: 'loss',
    run: ([logits], others, { reduction, ignore_index, label_smoothing }) =>
      crossEntropy(logits as Tensor, others('in.targets'), { reduction, ignoreIndex: ignore_index, labelSmoothing: label_smoothing }),
  },
  'ops.embeddingGradient': {
    inputs: ['param.weight'],
    output: 'y',
    run: ([weight], others, { padding_idx }) =>
      gatherRows(weight as Tensor, others('in.ids'), padding_idx === null ? {} : { paddingIndex: padding_idx }),
  },
  'ops.layerNorm': {
    inputs: ['in.x', 'param.weight', 'param.bias'],
    output: 'y',
    run: ([x, weight, bias], _, { eps }) => applyLayerNorm(x as Tensor, weight, bias, eps),
  },
  'ops.gelu': { inputs: ['in.x'], output: 'y', run: ([x], _, { approximate }) => gelu(x as Tensor, approximate) },
  'ops.rotary': {
    inputs: ['in.x'],
    output: 'y',
    run: ([x], others, { style, base, rotaryDim }) => rotary(x as Tensor, others('in.positions'), { style, base, rotaryDim }),
  },
};

const cases = readdirSync(folder)
  .filter((name) => name.endsWith('.safetensors'))
  .map((name) => ({ name, family: read(name).metadata['family'] ?? '' }))
  .filter(({ family }) => family in families);

describe('golden operations', () => {
  it('are all there', () => {
    expect(cases.map(({ family }) => family).sort()).toEqual(
      [
        ...Array(6).fill('loss.crossEntropy'),
        ...Array(3).fill('ops.embeddingGradient'),
        ...Array(2).fill('ops.gelu'),
        ...Array(4).fill('ops.layerNorm'),
        ...Array(4).fill('ops.rotary'),
      ].sort(),
    );
  });
});

onBackends('golden operations', () => {
  it.each(cases)('$name has the output and the gradients of the reference', async ({ name, family }) => {
    const { metadata, tensors } = read(name);
    const { inputs, output, run } = families[family] as Replay;
    const tolerance: Tolerance = JSON.parse(metadata['tolerance'] as string);
    const config: Config = JSON.parse(metadata['config'] as string);
    const stored = (of: string): Tensor => toTensor(tensors.get(of) as SafetensorsEntry);
    const present = inputs.filter((each) => tensors.has(each));
    const given = present.map(stored);
    const replay = (...those: Tensor[]): Tensor => run(those, stored, config);

    expectClose(await replay(...given).data(), await stored(`out.${output}`).data(), tolerance, `${name} out.${output}`);
    const found = grads(replay)(given, stored(`cot.${output}`));
    expect(found.length).toBe(present.length);
    for (const [at, each] of present.entries()) {
      expectClose(await (found[at] as Tensor).data(), await stored(`grad.${each}`).data(), tolerance, `${name} grad.${each}`);
    }
  });
});
