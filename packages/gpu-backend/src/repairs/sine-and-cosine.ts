import type { TfjsWebGpu } from '../tfjs/tfjs-webgpu.ts';
import { changePrograms, rewrite } from './program.ts';
import type { Repair } from './repair.ts';

/** The binary digits of 2 / π after the point, 32 in each, and none before it. */
const twoOverPi = [0, 0xa2f9836e, 0x4e441529, 0xfc2757d1, 0xf534ddc0, 0xdb629599, 0x3c439041, 0xfe5163ab, 0xdebbc561];

/**
 * x as quarter turns and the rest of −π/4 … π/4 in radians. In integers, because float32 has no digits left for the rest of a large x, and
 * because no compiler reorders them: x = m · 2^e, so of the digits of 2 / π only 96 matter, those before being whole turns.
 * @source Payne & Hanek 1983, Radian reduction for trigonometric functions
 */
const reduce = `
      struct Reduced { quarter: u32, rest: f32 }
      const twoOverPi = array<u32, ${twoOverPi.length}>(${twoOverPi.map((digits) => `${digits}u`).join(', ')});
      fn highProduct(a: u32, b: u32) -> u32 {
        let low = (a & 0xffffu) * (b & 0xffffu);
        let middle = (a >> 16u) * (b & 0xffffu) + (low >> 16u);
        let other = (a & 0xffffu) * (b >> 16u) + (middle & 0xffffu);
        return (a >> 16u) * (b >> 16u) + (middle >> 16u) + (other >> 16u);
      }
      fn digitsAt(at: u32) -> u32 {
        let word = at / 32u;
        let bit = at % 32u;
        let first = twoOverPi[word] << bit;
        if (bit == 0u) { return first; }
        return first | (twoOverPi[min(word + 1u, ${twoOverPi.length - 1}u)] >> (32u - bit));
      }
      fn reduced(x: f32) -> Reduced {
        if (abs(x) < 0.785) { return Reduced(0u, x); }
        let bits = bitcast<u32>(x);
        let mantissa = (bits & 0x7fffffu) | 0x800000u;
        let from0 = ((bits >> 23u) & 0xffu) - 120u; // e + 30, of the first digit that is no whole turn
        let low = digitsAt(from0 + 64u);
        let middle = digitsAt(from0 + 32u);
        let lowest = mantissa * low;
        let inner = mantissa * middle;
        let carried = highProduct(mantissa, low);
        let second = inner + carried;
        let first = mantissa * digitsAt(from0) + highProduct(mantissa, middle) + select(0u, 1u, second < inner);
        var quarter = first >> 30u;
        var high = (first << 2u) | (second >> 30u);
        var rest = (second << 2u) | (lowest >> 30u);
        var sign = 1.5707963267948966;
        if (high >= 0x80000000u) { // nearer to the next quarter
          quarter += 1u;
          sign = -sign;
          rest = ~rest + 1u;
          high = ~high + select(0u, 1u, rest == 0u);
        }
        let zeros = countLeadingZeros(high);
        let digits = select((high << zeros) | (rest >> (32u - zeros)), high, zeros == 0u);
        let isFar = zeros < 32u;
        let fraction = select(ldexp(f32(rest), -64), ldexp(f32(digits), -32 - i32(min(zeros, 31u))), isFar);
        if (x < 0.0) { return Reduced(0u - quarter, -sign * fraction); }
        return Reduced(quarter, sign * fraction);
      }
      fn turned(x: f32, ahead: u32) -> f32 {
        if ((bitcast<u32>(x) & 0x7f800000u) == 0x7f800000u) { return uniforms.NAN; }
        let of_x = reduced(x);
        let quarter = (of_x.quarter + ahead) % 4u;
        let r = of_x.rest;
        let s = r * r;
        let sine = r + r * s * (-1.0 / 6.0 + s * (1.0 / 120.0 + s * (-1.0 / 5040.0 + s * (1.0 / 362880.0))));
        let cosine = 1.0 + s * (-0.5 + s * (1.0 / 24.0 + s * (-1.0 / 720.0 + s * (1.0 / 40320.0 + s * (-1.0 / 3628800.0)))));
        let size = select(sine, cosine, quarter % 2u == 1u);
        return select(size, -size, quarter >= 2u);
      }
      `;

/** WGSL lets sin and cos be off by 5e-4, and says nothing beyond ±π; rotary tables made on the device need 1e-7 at any position. */
export const sineAndCosine: Repair = {
  name: 'sine and cosine',
  apply(backend: TfjsWebGpu) {
    const replaced = (key: string, call: string, by: string): (() => void) =>
      changePrograms(backend, key, ({ program }) => {
        program.shaderKey += '_to_the_last_digit';
        rewrite(program, [
          ['fn unaryOperation', `${reduce}fn unaryOperation`],
          [`return ${call};`, `return ${by};`],
        ]);
      });
    const undo = [replaced('unary_8', 'cos(a)', 'turned(a, 1u)'), replaced('unary_32', 'sin(a)', 'turned(a, 0u)')];
    return () => {
      for (const each of undo.reverse()) each();
    };
  },
};
