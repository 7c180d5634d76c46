import type { Bindable } from '../../encode/encode.ts';
import { reads } from '../../encode/run-program.ts';
import { type Operand, type StoredRows, sizesOfRows } from '../product/operand.ts';

/**
 * Rows of float16, two in a word. Cut by their bits, because WGSL may take the smallest of float16 for 0, and takes the largest exponent for
 * one of numbers.
 */
export function float16Matrix(numbers: Bindable, rows: StoredRows, isDepthAlongRows: boolean): Operand {
  const isAligned = rows.width % 4 === 0;
  return {
    kind: isAligned ? 'float16' : 'float16 in fours and a rest',
    isDepthAlongRows,
    bound: (name) => ({ [name]: reads(numbers, isAligned ? 'array<vec2u>' : 'array<u32>') }),
    fields: sizesOfRows(rows),
    code: (name) => `fn ${name}Widened(words: vec2u) -> vec4f {
  let bits = vec4u(words.x & 0xffffu, words.x >> 16u, words.y & 0xffffu, words.y >> 16u);
  let size = bits & vec4u(0x7fffu);
  let small = bitcast<vec4u>(vec4f(size) * 5.9604644775390625e-8); // below 2^-14: multiples of 2^-24
  let larger = (size << vec4u(13u)) + select(vec4u(0x38000000u), vec4u(0x70000000u), size >= vec4u(0x7c00u));
  return bitcast<vec4f>(select(larger, small, size < vec4u(0x400u)) | ((bits & vec4u(0x8000u)) << vec4u(16u)));
}
${
  isAligned
    ? `fn ${name}Read(row: u32, vector: u32) -> vec4f { return ${name}Widened(${name}[row * (u.${name}Width / 4u) + vector]); }`
    : `fn ${name}Read(row: u32, vector: u32) -> vec4f {
  let at = row * ((u.${name}Width + 1u) / 2u) + 2u * vector;
  let isThere = vec4u(4u * vector) + vec4u(0u, 1u, 2u, 3u) < vec4u(u.${name}Width);
  return select(vec4f(), ${name}Widened(vec2u(${name}[at], ${name}[at + 1u])), isThere);
}`
}`,
  };
}

/** Rows of int8, four in a word, times the scale of their row; what is left of a row's last word is zeros. */
export function int8Matrix(numbers: Bindable, scale: Bindable, rows: StoredRows, isDepthAlongRows: boolean): Operand {
  return {
    kind: 'int8',
    isDepthAlongRows,
    bound: (name) => ({ [name]: reads(numbers, 'array<u32>'), [`${name}Scale`]: reads(scale, 'array<f32>') }),
    fields: sizesOfRows(rows),
    code: (name) => `fn ${name}Read(row: u32, vector: u32) -> vec4f {
  let word = ${name}[row * ((u.${name}Width + 3u) / 4u) + vector];
  return vec4f(bitcast<vec4i>(vec4u(word) << vec4u(24u, 16u, 8u, 0u)) >> vec4u(24u)) * ${name}Scale[row];
}`,
  };
}
