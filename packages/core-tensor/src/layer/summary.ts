import { requireKind } from '../error/index.ts';
import { specOf } from './check-parameters.ts';
import { requireParameters } from './parameter-record.ts';
import type { Parameters } from './parameters.ts';
import type { Spec } from './spec.ts';

const sizeOf = (shape: readonly number[]): number => shape.reduce((product, axis) => product * axis, 1);

/**
 * How many numbers a layer has for parameters, by its spec; or how many a record of them holds, where a tensor that stands under two
 * names (tied weights) counts once.
 * @cost no tensor operations
 * @example
 * countParameters(linear({ inFeatures: 3, outFeatures: 2 })); // => 8
 * countParameters({ weight: zeros([2, 3]), bias: zeros([2]) }); // => 8
 */
export function countParameters(of: { readonly spec: Spec; apply(...given: never[]): unknown } | Parameters): number {
  requireKind('countParameters', 'of', of, 'record');
  if ('spec' in of && 'apply' in of && typeof of.apply === 'function') {
    return Object.values(specOf('countParameters', of as { readonly spec: Spec })).reduce((sum, { shape }) => sum + sizeOf(shape), 0);
  }
  requireParameters('countParameters', of as Parameters);
  let count = 0;
  for (const tensor of new Set(Object.values(of as Parameters))) count += tensor.size;
  return count;
}

/**
 * The names on which an optimiser's weight decay acts, and the others (biases, norms).
 * @example
 * weightDecayGroups(linear({ inFeatures: 3, outFeatures: 2 })); // => { decay: ['weight'], noDecay: ['bias'] }
 */
export function weightDecayGroups(layer: { readonly spec: Spec }): {
  readonly decay: readonly string[];
  readonly noDecay: readonly string[];
} {
  const spec = specOf('weightDecayGroups', layer);
  const names = Object.keys(spec);
  return { decay: names.filter((name) => spec[name]?.decay), noDecay: names.filter((name) => !spec[name]?.decay) };
}

/**
 * A table of a layer's parameters as text: names, shapes, how they are drawn, and the sum.
 * @example
 * summary(linear({ inFeatures: 3, outFeatures: 2 })).split('\n')[0]; // => 'weight  [2, 3]  6  uniform ±0.577  weight decay'
 */
export function summary(layer: { readonly spec: Spec }): string {
  const spec = specOf('summary', layer);
  const rows = Object.entries(spec).map(([name, { shape, draw, decay }]) => [
    name,
    `[${shape.join(', ')}]`,
    String(sizeOf(shape)),
    drawText(draw),
    decay ? 'weight decay' : '',
  ]);
  const total = Object.values(spec).reduce((sum, { shape }) => sum + sizeOf(shape), 0);
  const widths = [0, 1, 2, 3].map((column) => Math.max(0, ...rows.map((row) => (row[column] as string).length)));
  const lines = rows.map((row) =>
    row
      .map((cell, column) => cell.padEnd(widths[column] ?? 0))
      .join('  ')
      .trimEnd(),
  );
  return [...lines, `${rows.length} parameters, ${total} numbers`].join('\n');
}

function drawText(draw: Spec[string]['draw']): string {
  if (draw.kind === 'uniform') return `uniform ±${Number(draw.bound.toPrecision(3))}`;
  if (draw.kind === 'normal') return `normal ${Number(draw.standardDeviation.toPrecision(3))}`;
  if (draw.kind === 'fanIn') return 'uniform ±1/√in';
  return draw.kind === 'constant' ? `constant ${Number(draw.value.toPrecision(3))}` : draw.kind;
}
