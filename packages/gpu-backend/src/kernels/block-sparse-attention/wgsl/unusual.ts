/**
 * NaN and infinities by their bits, for WGSL may assume that there are none. Operands are cleaned where they are loaded, because a weight of 0
 * times NaN is NaN: rows that are cleaned are remembered, and a row that gives one of them a weight above 0 ends as NaN.
 */
export const unusual = `
const exponentBits = 0x7f800000u;
fn isUnusual(numbers: vec4f) -> bool { return any((bitcast<vec4u>(numbers) & vec4u(exponentBits)) == vec4u(exponentBits)); }
fn cleaned(numbers: vec4f) -> vec4f {
  return select(numbers, vec4f(), (bitcast<vec4u>(numbers) & vec4u(exponentBits)) == vec4u(exponentBits));
}
// What a compiler that reorders sums cannot see through.
fn asItIs(numbers: vec4f) -> vec4f { return bitcast<vec4f>(bitcast<vec4u>(numbers) ^ vec4u(u.zero)); }
`;

/** Remembers unusual rows: of the own side for good, of the other side by turns, so that no turn clears what another still reads. */
export const unusualRows = `
var<workgroup> unusualOwn: array<atomic<u32>, 2>;
var<workgroup> unusualOther: array<atomic<u32>, 2>;
var<workgroup> unusualWeighted: array<atomic<u32>, 2>; // rows that weights are multiplied with
`;
