import type { HeadProjection } from '@longspan/core-tensor/kernel';
import type { Tensor } from '@tensorflow/tfjs-core';
import { u32 } from '../../encode/encode.ts';
import { type Bound, reads, writes } from '../../encode/run-program.ts';
import type { Fields } from '../../wgsl/fields.ts';
import { each } from '../../wgsl/program-text.ts';
import { readRows, writeRows } from '../../wgsl/rows.ts';
import type { Finish } from '../product/finish.ts';
import { type Operand, sizesOfRows } from '../product/operand.ts';

// Projections of one x are one product: their weights stand below each other, and so do the features that they give. WGSL chooses no buffer by
// a number, so a program has a branch for each.

/** How many features they give. */
export const featuresOf = (projections: readonly HeadProjection[]): number =>
  projections.reduce((sum, { heads, headDim }) => sum + heads * headDim, 0);

/** The largest vectors of which each of the numbers is a multiple. */
const vectorOf = (numbers: readonly number[]): 4 | 1 => (numbers.every((number) => number % 4 === 0) ? 4 : 1);

/** Where the features of each end, and how many a head has, counted in vectors. */
const fieldsOf = (name: string, projections: readonly HeadProjection[], size = 1): Fields =>
  Object.fromEntries(
    projections.flatMap(({ headDim }, nth) => [
      [`${name}End${nth}`, u32(featuresOf(projections.slice(0, nth + 1)) / size)],
      [`${name}HeadDim${nth}`, u32(headDim / size)],
    ]),
  );

const boundTo = (name: string, tensors: readonly Tensor[], size: number, bound = reads): Readonly<Record<string, Bound>> =>
  Object.fromEntries(tensors.map((tensor, nth) => [name + nth, bound(tensor, size === 4 ? 'array<vec4f>' : 'array<f32>')]));

/** Where the features of one begin. */
const startOf = (name: string, nth: number): string => (nth === 0 ? '0u' : `u.${name}End${nth - 1}`);

/** A text for each of them, with `at` counted from its start: that runs to which the place `at` in the stack belongs. */
const chosen = (name: string, count: number, text: (nth: number, within: string) => string): string =>
  each(count, (nth) => `if (at < u.${name}End${nth}) { ${text(nth, `(at - ${startOf(name, nth)})`)} }`);

const oddly = (size: number): string => (size === 4 ? '' : ' in fours and a rest');

/** Their weights below each other, as a side of a product over their columns, or over their rows. */
export function stackedWeights(projections: readonly HeadProjection[], isDepthAlongRows: boolean): Operand {
  const weights = projections.map(({ weight }) => weight);
  const width = (weights[0] as Tensor).shape[1] as number;
  const size = vectorOf([width]);
  return {
    kind: `${weights.length} times float32${oddly(size)}`,
    isDepthAlongRows,
    bound: (name) => boundTo(name, weights, size),
    fields: (name) => ({ ...sizesOfRows({ width, count: featuresOf(projections) })(name), ...fieldsOf(name, projections) }),
    code: (name) => `${each(weights.length, (nth) => readRows(name + nth, `u.${name}Width`, size === 4).code)}
fn ${name}Read(at: u32, vector: u32) -> vec4f {
  ${chosen(name, weights.length, (nth, within) => `return ${name}${nth}At(${within}, vector);`)}
  return vec4f();
}`,
  };
}

/** How heads lie: what is done with each vector of a row, of four numbers or of one, of the tensor that it belongs to. */
function layoutOf(name: string, projections: readonly HeadProjection[], length: number) {
  const size = vectorOf(projections.map(({ headDim }) => headDim));
  return {
    size,
    kind: `heads of ${projections.length}${oddly(size)}`,
    fields: { ...fieldsOf(name, projections, size), [`${name}Length`]: u32(length) },
    code: `fn ${name}Place(row: u32, at: u32, features: u32, headDim: u32) -> u32 {
  let own = at % headDim;
  return (row / u.${name}Length * features + at - own) * u.${name}Length + row % u.${name}Length * headDim + own;
}`,
    eachVector: (text: (item: string, nth: number, within: string) => string): string => `for (var i = 0u; i < ${4 / size}u; i++) {
  let at = ${4 / size}u * vector + i;
  ${chosen(name, projections.length, (nth, within) => {
    const item = `${name}${nth}[${name}Place(row, ${within}, u.${name}End${nth} - ${startOf(name, nth)}, u.${name}HeadDim${nth})]`;
    return `${text(item, nth, within)}; continue;`;
  })}
}`,
    /** That vector of a vec4f. */
    part: (of: string): string => (size === 4 ? of : `${of}[i]`),
  };
}

/** Their cotangents as rows of tokens. @shape tensors [b, heads, length, headDim] each */
export function tokensOfHeads(tensors: readonly Tensor[], projections: readonly HeadProjection[], isDepthAlongRows: boolean): Operand {
  const [batch, , length] = (tensors[0] as Tensor).shape as [number, number, number];
  const layout = (name: string) => layoutOf(name, projections, length);
  const { size, kind } = layout('');
  return {
    kind,
    isDepthAlongRows,
    bound: (name) => boundTo(name, tensors, size),
    fields: (name) => ({ ...sizesOfRows({ width: featuresOf(projections), count: batch * length })(name), ...layout(name).fields }),
    code(name) {
      const { code, eachVector, part } = layout(name);
      return `${code}
fn ${name}Read(row: u32, vector: u32) -> vec4f {
  var numbers = vec4f();
  ${eachVector((item) => `${part('numbers')} = ${item}`)}
  return numbers;
}`;
    },
  };
}

/** Writes the sums, plus the biases, to the heads of each projection. @shape tensors [b, heads, length, headDim] each */
export function storedAsHeads(tensors: readonly Tensor[], projections: readonly HeadProjection[], length: number): Finish {
  const { size, kind, fields, code, eachVector, part } = layoutOf('out', projections, length);
  const biases = projections.flatMap(({ bias }) => bias ?? []);
  const hasBias = biases.length > 0;
  return {
    name: `stored as ${kind}${hasBias ? ' with biases' : ''}`,
    bound: { ...boundTo('bias', biases, size), ...boundTo('out', tensors, size, writes) },
    fields,
    code: `${code}
fn finish(row: u32, vector: u32, sum: vec4f) {
  ${eachVector((item, nth, within) => `${item} = ${part('sum')}${hasBias ? ` + bias${nth}[${within}]` : ''}`)}
}`,
  };
}

/** Writes the sums to the rows of weights below each other, and the sums of a's numbers to their biases, where there are some. */
export function storedBelow(weights: readonly Tensor[], biases: readonly Tensor[], projections: readonly HeadProjection[]): Finish {
  const width = (weights[0] as Tensor).shape[1] as number;
  const size = vectorOf([width]);
  const hasSums = biases.length > 0;
  return {
    name: `stored as ${weights.length} weights${oddly(size)}${hasSums ? ' and biases' : ''}`,
    bound: { ...boundTo('out', weights, size, writes), ...boundTo('bias', biases, 1, writes) },
    fields: { outWidth: u32(width), ...fieldsOf('out', projections) },
    hasSums,
    code: `${each(weights.length, (nth) => writeRows(`out${nth}`, 'u.outWidth', size === 4).code)}
fn finish(at: u32, vector: u32, sum: vec4f) {
  ${chosen('out', weights.length, (nth, within) => `out${nth}Write(${within}, vector, sum); return;`)}
}
fn finishSums(vector: u32, sum: vec4f) {
  for (var i = 0u; i < 4u; i++) {
    let at = 4u * vector + i;
    ${chosen('out', biases.length, (nth, within) => `bias${nth}[${within}] = sum[i]; continue;`)}
  }
}`,
  };
}
