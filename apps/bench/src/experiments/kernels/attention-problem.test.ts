import { createKey, randomNormal } from '@longspan/core-tensor/key';
import { describe, expect, it } from 'vitest';
import { attentionRow, type RowProblem } from '../../attention/row-check.ts';
import { type AttentionProblem, checkGradientRows, type Gradients } from './attention-problem.ts';

const [n, heads, headDim] = [5, 2, 3];
const drawn = (name: string): Float32Array => randomNormal(createKey(7).fold(name), heads * n * headDim);
const cotangent = drawn('cotangent');

/** What the outputs add up to, each times its cotangent. */
function total(problem: RowProblem): number {
  let sum = 0;
  for (let head = 0; head < heads; head++) {
    for (let query = 0; query < n; query++) {
      attentionRow(problem, head, query).forEach((value, axis) => {
        sum += value * (cotangent[(head * n + query) * headDim + axis] as number);
      });
    }
  }
  return sum;
}

/** By differences on both sides. */
function gradientsOf(problem: RowProblem): Record<keyof Gradients, Float64Array> {
  const step = 2 ** -8;
  const of = (name: 'q' | 'k' | 'v'): Float64Array =>
    Float64Array.from(problem[name], (_, at) => {
      const moved = (by: number): number => {
        const values = problem[name].slice();
        values[at] = (values[at] as number) + by;
        return total({ ...problem, [name]: values });
      };
      return (moved(step) - moved(-step)) / (2 * step);
    });
  return { q: of('q'), k: of('k'), v: of('v') };
}

describe.each([
  ['a causal window', { left: 2 }],
  ['every key', { left: n, right: n }],
])('checkGradientRows over %s', (_, window) => {
  const problem: RowProblem = { q: drawn('q'), k: drawn('k'), v: drawn('v'), n, heads, headDim, ...window };
  const whole = { ...problem, cotangent } as AttentionProblem; // the tensors are for contenders
  const right = gradientsOf(problem);

  it('passes what small differences give', () => expect(() => checkGradientRows(whole, right, () => 0.5)).not.toThrow());
  it.each(['q', 'k', 'v'] as const)('finds a wrong gradient of %s in the last row', (name) => {
    const wrong = { ...right, [name]: right[name].with(-1, 9) };
    expect(() => checkGradientRows(whole, wrong, () => 0.5)).toThrow(`wrong gradient: head 1, token 4: d${name}[2]`);
  });
  it('looks at the heads that it is given', () => {
    const wrong = { ...right, q: right.q.with(-1, 9) };
    expect(() => checkGradientRows(whole, wrong, () => 0.5, { heads: [0] })).not.toThrow();
  });
});
