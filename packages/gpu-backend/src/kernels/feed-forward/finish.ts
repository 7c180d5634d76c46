import type { Activation } from '@longspan/core-tensor';
import type { Tensor } from '@tensorflow/tfjs-core';
import { u32 } from '../../encode/encode.ts';
import { reads, writes } from '../../encode/run-program.ts';
import { readRows } from '../../wgsl/rows.ts';
import { activationOfFours } from '../gelu/activation.ts';
import type { Finish } from '../product/finish.ts';
import type { Sizes } from './sizes.ts';

/** Rows of the inner activation, from the sums before it; of an activation of null the sums themselves. Zeros after the last column: f(0) = 0. */
export function activatedRows(inner: Tensor, bias: Tensor, sizes: Sizes, activation: Activation | null): Finish {
  const biases = readRows('bias', 'u.inner', sizes.inner % 4 === 0);
  return {
    name: `inner rows, ${activation ?? 'not activated'}${sizes.inner % 4 === 0 ? '' : ' in fours and a rest'}`,
    bound: { bias: reads(bias, biases.type), inner: writes(inner, 'array<vec4f>') },
    fields: { inner: u32(sizes.inner) },
    code: `${activation === null ? '' : activationOfFours(activation)}
${biases.code}
fn finish(row: u32, vector: u32, sum: vec4f) {
  let x = sum + biasAt(0u, vector);
  inner[row * ((u.inner + 3u) / 4u) + vector] = ${activation === null ? 'x' : 'activated(x, gateOf(x))'};
}`,
  };
}

/** The cotangents of the inner rows before their activation, from those after it; and in the place of the rows before it their activation. */
export function slopedRows(inner: Tensor, dInner: Tensor, sizes: Sizes, activation: Activation): Finish {
  return {
    name: `cotangents of inner rows, ${activation}`,
    bound: { inner: writes(inner, 'array<vec4f>'), dInner: writes(dInner, 'array<vec4f>') },
    fields: { innerVectors: u32(sizes.innerRow / 4) },
    code: `${activationOfFours(activation)}
fn finish(row: u32, vector: u32, sum: vec4f) {
  let at = row * u.innerVectors + vector;
  let x = inner[at];
  let gate = gateOf(x);
  inner[at] = activated(x, gate);
  dInner[at] = sloped(sum, x, gate);
}`,
  };
}
