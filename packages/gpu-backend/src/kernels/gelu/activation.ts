import type { Activation } from '@longspan/core-tensor';
import { packed } from '../../wgsl/packed.ts';

/** For WGSL with types N and U: `gateOf(x)`, the share of x that comes through, and x times its slope, from which value and derivative follow. */
export const activationCode = (activation: Activation): string => `
struct Gate { open: N, rise: N }
${gates[activation]}
fn isNotANumber(x: N) -> B { return (bitcast<U>(x) & U(0x7fffffffu)) > U(0x7f800000u); }
fn activated(x: N, gate: Gate) -> N { return select(x * gate.open, x, isNotANumber(x)); }
fn slopeOf(x: N, gate: Gate) -> N { return select(gate.open + gate.rise, x, isNotANumber(x)); }
// What is off hands nothing back, whatever comes to it: not 0 times infinity.
fn sloped(dy: N, x: N, gate: Gate) -> N { let slope = slopeOf(x, gate); return select(dy * slope, N(), slope == N()); }`;

/** The same for vec4f, of which a program of products has one at most. */
export const activationOfFours = (activation: Activation): string => `${packed(4).code}\n${activationCode(activation)}`;

// Beyond ±20 every gate is flat, and powers of x might be infinite.
const held = 'let a = clamp(x, N(-20.0), N(20.0));';

const gates: Readonly<Record<Activation, string>> = {
  // The tail of the normal distribution: a polynomial in 1 / (1 + 0.23 |x|), fitted on [0, 14], times e^(-x²/2), with a relative error of 4e-7.
  // erf itself would lose the tail's digits to 1 - 1.
  gelu: `fn gateOf(x: N) -> Gate {
  ${held}
  let bell = exp(-0.5 * a * a);
  let s = 1.0 / (1.0 + 0.23 * abs(a));
  var p = N(-0.07846748);
  p = p * s + 0.2904142;
  p = p * s - 0.2781271;
  p = p * s + 0.3014729;
  p = p * s - 0.032920238;
  p = p * s + 0.11951406;
  p = p * s + 0.08576292;
  p = p * s + 0.09237846;
  p = p * s - 0.00002776242654949025;
  // Held above denormal numbers, whose products with a large x are not small.
  let tail = select(p * bell, N(), abs(a) > N(11.7));
  return Gate(select(1.0 - tail, tail, a < N()), select(0.3989423 * a * bell, N(), abs(a) > N(11.7)));
}`,
  // (1 + tanh u) / 2 = 1 / (1 + e^(-2u)), u = √(2/π) (x + 0.044715 x³)
  geluTanh: `fn gateOf(x: N) -> Gate {
  ${held}
  let twice = a * (a * a * 0.071354816 + 1.59576912);
  let power = exp(min(-twice, N(80.0)));
  let open = select(1.0 / (1.0 + power), N(), twice < N(-80.0));
  return Gate(open, a * (a * a * 0.21406445 + 1.59576912) * (open * power * open)); // open · power is 1 - open, with all its digits
}`,
  relu: 'fn gateOf(x: N) -> Gate { return Gate(select(N(), N(1.0), x > N()), N()); }',
};
