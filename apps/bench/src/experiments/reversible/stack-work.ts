import { createKey, normal, type Parameters, trainable } from '@longspan/core-tensor';
import { hiddenOf } from '@longspan/core-tensor/layer';
import { plainSequence, reversibleSequence } from '@longspan/reversible';
import { concat, dispose, mul, type Scalar, split, sum, type Tensor, tidy, variableGrads } from '@tensorflow/tfjs-core';
import { watchPeak } from '../../figures/memory-peak.ts';
import { watchHeap } from './heap-peak.ts';
import type { MemoryFigures, MemoryInput, StackSize, Storage, TimeFigures, TimeInput } from './input.ts';
import { windowBlocks } from './stack.ts';

/** What one forward and backward pass of a stack holds at its peak. */
export function measureMemory({ seed, size, depth, storage }: MemoryInput): MemoryFigures {
  const stack = stackOf(seed, depth, size);
  const [heap, resident] = [watchHeap(), watchPeak()];
  const gradients = stack.pass(storage);
  const [peakBytes, residentBytes] = [heap(), resident().bytes];
  dispose(gradients);
  return { kind: 'memory', parameterBytes: bytesOf(stack.parameters), peakBytes, residentBytes };
}

/** The same stack both ways, in turns, after both gave the same gradients. */
export async function measureTime(
  { seed, size, depth, turns }: TimeInput,
  onStep: (done: number, label: string) => Promise<void>,
): Promise<TimeFigures> {
  const stack = stackOf(seed, depth, size);
  const distance = await distanceOf(stack.pass('reversible'), stack.pass('stored'));
  if (!(distance < 1e-3)) throw new Error(`the gradients differ by ${distance} of their norm`);
  const seconds = { stored: [] as number[], reversible: [] as number[] };
  for (let turn = 0; turn < turns; turn++) {
    const order: readonly Storage[] = turn % 2 === 0 ? ['stored', 'reversible'] : ['reversible', 'stored'];
    for (const storage of order) {
      const start = performance.now();
      dispose(stack.pass(storage));
      seconds[storage].push((performance.now() - start) / 1000);
    }
    await onStep((turn + 1) / turns, `turn ${turn + 1} of ${turns}`);
  }
  return { kind: 'time', ...seconds, distance };
}

function stackOf(seed: number, depth: number, size: StackSize) {
  const key = createKey(seed).fold('stack');
  const blocks = windowBlocks(depth, size);
  const parameters = tidy(() => trainable(reversibleSequence(blocks).init(key.fold('parameters'))));
  const { length, width } = size;
  const x = concat([normal(key.fold('x1'), [1, length, width]), normal(key.fold('x2'), [1, length, width])], -1);
  const cotangent = normal(key.fold('cotangent'), [1, length, width]);
  const layers = { stored: plainSequence(blocks), reversible: reversibleSequence(blocks) };
  return {
    parameters,
    pass(storage: Storage): Record<string, Tensor> {
      const { value, grads } = variableGrads(() => {
        const [, y2] = split(hiddenOf(layers[storage].apply(parameters, x)), 2, -1) as [Tensor, Tensor];
        return sum(mul(y2, cotangent)) as Scalar;
      }, Object.values(parameters));
      dispose(value);
      return grads;
    },
  };
}

const bytesOf = (parameters: Parameters): number => Object.values(parameters).reduce((bytes, { size }) => bytes + 4 * size, 0);

/** The largest distance of one gradient, relative to its norm. Disposes both. */
async function distanceOf(ours: Record<string, Tensor>, truth: Record<string, Tensor>): Promise<number> {
  let largest = 0;
  for (const [name, tensor] of Object.entries(truth)) {
    const [a, b] = await Promise.all([(ours[name] as Tensor).data(), tensor.data()]);
    const [off, size] = Array.from(b).reduce(
      ([off, size], value, at) => [off + (value - (a[at] as number)) ** 2, size + value ** 2],
      [0, 0],
    ) as [number, number];
    largest = Math.max(largest, Math.sqrt(off / size));
  }
  dispose([ours, truth]);
  return largest;
}
