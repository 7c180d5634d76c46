import type { HeadProjection } from '@longspan/core-tensor/kernel';
import type { Tensor } from '@tensorflow/tfjs-core';
import { u32 } from '../../encode/encode.ts';
import { type Bound, reads, writes } from '../../encode/run-program.ts';
import type { Fields } from '../../wgsl/fields.ts';
import { each } from '../../wgsl/program-text.ts';
import { readRows } from '../../wgsl/rows.ts';
import type { Finish } from '../product/finish.ts';
import { type Operand, sizesOfRows } from '../product/operand.ts';

// Projections of one x are one product: their weights stand below each other, and so do the features that they give. WGSL chooses no buffer by
// a number, so a program has a branch for each.

/** Where each of some tensors ends in their stack, by the names of its program. */
const endsOf = (name: string, sizes: readonly number[]): Fields =>
  Object.fromEntries(sizes.map((_, nth) => [`${name}End${nth}`, u32(sizes.slice(0, nth + 1).reduce((sum, size) => sum + size))]));

/** The text of each tensor of a stack, for a place within it; the last without a question. */
const chosen = (name: string, count: number, place: string, text: (nth: number, within: string) => string): string =>
  each(count, (nth) => {
    const within = nth === 0 ? place : `${place} - u.${name}End${nth - 1}`;
    return nth === count - 1 ? text(nth, within) : `if (${place} < u.${name}End${nth}) { ${text(nth, within)} }`;
  });

/** Their weights below each other, as a side of a product over their columns, or over their rows. */
export function stackedWeights(projections: readonly HeadProjection[], isDepthAlongRows: boolean): Operand {
  const weights = projections.map(({ weight }) => weight);
  const width = (weights[0] as Tensor).shape[1] as number;
  const sizes = weights.map(({ shape }) => shape[0] as number);
  const isAligned = width % 4 === 0;
  return {
    kind: `${weights.length} times float32${isAligned ? '' : ' in fours and a rest'}`,
    isDepthAlongRows,
    bound: (name) => boundTo(name, weights, isAligned),
    fields: (name) => ({ ...sizesOfRows({ width, count: sizes.reduce((sum, size) => sum + size) })(name), ...endsOf(name, sizes) }),
    code: (name) => `${each(weights.length, (nth) => readRows(`${name}${nth}`, `u.${name}Width`, isAligned).code)}
fn ${name}Read(row: u32, vector: u32) -> vec4f {
  ${chosen(name, weights.length, 'row', (nth, within) => `return ${name}${nth}At(${within}, vector);`)}
}`,
  };
}

const boundTo = (name: string, tensors: readonly Tensor[], isAligned: boolean, bound = reads): Readonly<Record<string, Bound>> =>
  Object.fromEntries(tensors.map((tensor, nth) => [`${name}${nth}`, bound(tensor, isAligned ? 'array<vec4f>' : 'array<f32>')]));

/** How the heads of projections lie beside each other: counted in fours where each has a multiple of 4 features. */
const layoutOf = (name: string, projections: readonly HeadProjection[], length: number) => {
  const isAligned = projections.every(({ headDim }) => headDim % 4 === 0);
  const unit = isAligned ? 4 : 1;
  return {
    isAligned,
    /** For a program's name. */
    kind: `heads of ${projections.length}${isAligned ? '' : ' one by one'}`,
    fields: {
      ...endsOf(
        name,
        projections.map(({ heads, headDim }) => (heads * headDim) / unit),
      ),
      ...Object.fromEntries(projections.map(({ headDim }, nth) => [`${name}HeadDim${nth}`, u32(headDim / unit)])),
      ...Object.fromEntries(projections.map(({ heads }, nth) => [`${name}Heads${nth}`, u32(heads)])),
      [`${name}Length`]: u32(length),
    } as Fields,
    code: `fn ${name}Place(row: u32, column: u32, heads: u32, headDim: u32) -> u32 {
  return (((row / u.${name}Length) * heads + column / headDim) * u.${name}Length + row % u.${name}Length) * headDim + column % headDim;
}`,
    /** Where a feature, or four of them, of a row lies in the tensor of its projection. */
    place: (nth: number, within: string): string => `${name}Place(row, ${within}, u.${name}Heads${nth}, u.${name}HeadDim${nth})`,
  };
};

/** Cotangents of projections as rows of tokens. @shape tensors [b, heads, length, headDim] each */
export function tokensOfHeads(tensors: readonly Tensor[], projections: readonly HeadProjection[], isDepthAlongRows: boolean): Operand {
  const [batch, , length] = (tensors[0] as Tensor).shape as [number, number, number];
  const layout = (name: string) => layoutOf(name, projections, length);
  const { isAligned, kind } = layout('');
  const width = projections.reduce((sum, { heads, headDim }) => sum + heads * headDim, 0);
  return {
    kind,
    isDepthAlongRows,
    bound: (name) => boundTo(name, tensors, isAligned),
    fields: (name) => ({ ...sizesOfRows({ width, count: batch * length })(name), ...layout(name).fields }),
    code(name) {
      const { code, place } = layout(name);
      const read = chosen(name, tensors.length, 'column', (nth, within) => `return ${name}${nth}[${place(nth, within)}];`);
      if (isAligned) return `${code}\nfn ${name}Read(row: u32, column: u32) -> vec4f { ${read} }`;
      return `${code}
fn ${name}Number(row: u32, column: u32) -> f32 { ${read} }
fn ${name}Read(row: u32, vector: u32) -> vec4f {
  let column = 4u * vector;
  let numbers = vec4f(${[0, 1, 2, 3].map((at) => `${name}Number(row, column + ${at}u)`).join(', ')});
  return select(vec4f(), numbers, vec4u(column) + vec4u(0u, 1u, 2u, 3u) < vec4u(u.${name}Width));
}`;
    },
  };
}

/** Writes the sums, plus the biases, to the heads of each projection. @shape tensors [b, heads, length, headDim] each */
export function storedAsHeads(tensors: readonly Tensor[], projections: readonly HeadProjection[], length: number): Finish {
  const { isAligned, kind, fields, code, place } = layoutOf('out', projections, length);
  const hasBias = projections[0]?.bias !== undefined;
  const write = chosen(
    'out',
    tensors.length,
    'column',
    (nth, within) => `out${nth}[${place(nth, within)}] = sum${hasBias ? ` + bias${nth}[${within}]` : ''}; return;`,
  );
  return {
    name: `stored as ${kind}${hasBias ? ' with biases' : ''}`,
    bound: {
      ...boundTo(
        'bias',
        projections.flatMap(({ bias }) => bias ?? []),
        isAligned,
      ),
      ...boundTo('out', tensors, isAligned, writes),
    },
    fields,
    code: isAligned
      ? `${code}\nfn finish(row: u32, column: u32, sum: vec4f) { ${write} }`
      : `${code}
fn finishOne(row: u32, column: u32, sum: f32) { if (column >= u.outEnd${tensors.length - 1}) { return; } ${write} }
fn finish(row: u32, vector: u32, sum: vec4f) {
  ${each(4, (at) => `finishOne(row, 4u * vector + ${at}u, sum.${'xyzw'[at]});`)}
}`,
  };
}
