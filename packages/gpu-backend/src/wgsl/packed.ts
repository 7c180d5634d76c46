/** How a program takes the numbers of rows: four at a time where their width is a multiple of 4, else one by one. */
export interface Packed {
  /** Numbers in an N. */
  readonly size: 1 | 4;
  /** For a program's name. */
  readonly name: string;
  /** Declares the type N, U and B of as many u32 and bool, and total(N) -> f32. */
  readonly code: string;
}

const fours: Packed = {
  size: 4,
  name: 'in fours',
  code: `alias N = vec4f;
alias U = vec4u;
alias B = vec4<bool>;
fn total(n: N) -> f32 { return (n.x + n.y) + (n.z + n.w); }`,
};

const ones: Packed = {
  size: 1,
  name: 'one by one',
  code: `alias N = f32;
alias U = u32;
alias B = bool;
fn total(n: N) -> f32 { return n; }`,
};

export const packed = (width: number): Packed => (width % 4 === 0 ? fours : ones);
