import { readSafetensors, type SafetensorsDtype, type SafetensorsTensor, writeSafetensors } from '@longspan/core-tensor';
import fc, { type Arbitrary } from 'fast-check';
import { type Family, family } from './family.ts';

/** An array of ones for each dtype, of so many numbers. */
const onesOf: { readonly [D in SafetensorsDtype]: (count: number) => SafetensorsTensor['values'] } = {
  BOOL: (count) => new Uint8Array(count).fill(1),
  F4: (count) => new Float32Array(count).fill(1),
  F6_E2M3: (count) => new Float32Array(count).fill(1),
  F6_E3M2: (count) => new Float32Array(count).fill(1),
  U8: (count) => new Uint8Array(count).fill(1),
  I8: (count) => new Int8Array(count).fill(1),
  F8_E5M2: (count) => new Float32Array(count).fill(1),
  F8_E4M3: (count) => new Float32Array(count).fill(1),
  F8_E8M0: (count) => new Float32Array(count).fill(1),
  F8_E4M3FNUZ: (count) => new Float32Array(count).fill(1),
  F8_E5M2FNUZ: (count) => new Float32Array(count).fill(1),
  I16: (count) => new Int16Array(count).fill(1),
  U16: (count) => new Uint16Array(count).fill(1),
  F16: (count) => new Float32Array(count).fill(1),
  BF16: (count) => new Float32Array(count).fill(1),
  I32: (count) => new Int32Array(count).fill(1),
  U32: (count) => new Uint32Array(count).fill(1),
  F32: (count) => new Float32Array(count).fill(1),
  C64: (count) => new Float32Array(2 * count).fill(1),
  F64: (count) => new Float64Array(count).fill(1),
  I64: (count) => new BigInt64Array(count).fill(1n),
  U64: (count) => new BigUint64Array(count).fill(1n),
};

/** A valid file of a few small tensors. */
const validFile: Arbitrary<Uint8Array> = fc
  .tuple(
    fc.dictionary(
      fc.string({ maxLength: 6 }).filter((name) => name !== '__metadata__'),
      fc.tuple(fc.constantFrom(...(Object.keys(onesOf) as SafetensorsDtype[])), fc.array(fc.nat(3), { maxLength: 3 })),
      { maxKeys: 4 },
    ),
    fc.dictionary(fc.string({ maxLength: 4 }), fc.string({ maxLength: 8 }), { maxKeys: 3 }),
  )
  .map(([tensors, metadata]) => {
    const named = Object.entries(tensors).map(([name, [dtype, axes]]) => {
      const shape = /^F[46]/.test(dtype) ? [...axes, 4] : axes; // they have to fill whole bytes
      const values = onesOf[dtype](shape.reduce((size, axis) => size * axis, 1));
      return [name, { dtype, shape, values }] as const;
    });
    return writeSafetensors({ tensors: new Map(named) as never, metadata });
  });

type Mutation =
  | readonly ['set', at: number, byte: number]
  | readonly ['cut', at: number]
  | readonly ['insert', at: number, bytes: Uint8Array];

const mutation: Arbitrary<Mutation> = fc.oneof(
  fc.tuple(fc.constant('set' as const), fc.nat(400), fc.nat(255)),
  fc.tuple(fc.constant('cut' as const), fc.nat(400)),
  fc.tuple(fc.constant('insert' as const), fc.nat(400), fc.uint8Array({ maxLength: 8 })),
  // Digits, brackets and quotes, where bytes at random seldom get past the first check.
  fc.tuple(
    fc.constant('set' as const),
    fc.nat(400),
    fc.constantFrom(...Array.from('0123456789-[]{}",:e.', (letter) => letter.charCodeAt(0))),
  ),
);

function mutated(file: Uint8Array, mutations: readonly Mutation[]): Uint8Array {
  let bytes = Array.from(file);
  for (const [kind, place, more] of mutations) {
    const at = bytes.length === 0 ? 0 : place % bytes.length;
    if (kind === 'set') bytes[at] = more as number;
    else if (kind === 'cut') bytes = bytes.slice(0, at);
    else bytes.splice(at, 0, ...(more as Uint8Array));
  }
  return Uint8Array.from(bytes);
}

/** Files with some bytes wrong: read, and every tensor decoded. */
export const damagedFiles: Family = family(
  'safetensors files',
  fc.oneof(
    fc.tuple(validFile, fc.array(mutation, { minLength: 1, maxLength: 4 })).map(([file, mutations]) => mutated(file, mutations)),
    fc.uint8Array({ maxLength: 64 }),
  ),
  (bytes) => [...readSafetensors(bytes).tensors.values()].map((entry) => entry.values()),
);
