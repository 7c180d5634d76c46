import { readSafetensors, writeSafetensors } from '@longspan/core-tensor';
import fc, { type Arbitrary } from 'fast-check';
import { type Family, family } from './family.ts';

const dtypes = { F32: Float32Array, I32: Int32Array, U8: Uint8Array, F64: Float64Array, I64: BigInt64Array } as const;

/** A valid file of a few small tensors. */
const validFile: Arbitrary<Uint8Array> = fc
  .tuple(
    fc.dictionary(
      fc.string({ maxLength: 6 }).filter((name) => name !== '__metadata__'),
      fc.tuple(fc.constantFrom(...(Object.keys(dtypes) as (keyof typeof dtypes)[])), fc.array(fc.nat(3), { maxLength: 3 })),
      { maxKeys: 4 },
    ),
    fc.dictionary(fc.string({ maxLength: 4 }), fc.string({ maxLength: 8 }), { maxKeys: 3 }),
  )
  .map(([tensors, metadata]) => {
    const named = Object.entries(tensors).map(([name, [dtype, shape]]) => {
      const values = new dtypes[dtype](shape.reduce((size, axis) => size * axis, 1));
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
