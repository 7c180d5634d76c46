import { type LaterTensor, type PackedWeight, type Parameters, type Spec, streamSafetensors, unpackWeight } from '@longspan/core-tensor';
import { ConfigError } from '@longspan/core-tensor/error';
import type { Tensor } from '@tensorflow/tfjs-core';
import type { WrittenFile } from './checkpoint-files.ts';

/** How the files of a checkpoint are written. */
export interface Writing {
  readonly caller: string;
  readonly precision: 'float32' | 'float16';
  readonly signal: AbortSignal | undefined;
}

export const isPacked = (spec: Spec, parameters: Parameters, name: string): boolean =>
  spec[name]?.packable === true && parameters[name]?.dtype === 'int32';

export interface WrittenWeights {
  readonly spec: Spec;
  readonly parameters: Parameters;
  /** What each is called in the file; as in the spec by default. */
  readonly nameOf?: ((name: string) => string) | undefined;
}

/** A file of weights, which are read one after the other as they are written. */
export function weightsFile(
  name: string,
  { spec, parameters, nameOf = (own) => own }: WrittenWeights,
  { caller, precision, signal }: Writing,
): WrittenFile {
  const tensors = new Map(
    Object.entries(spec).map(([own, { shape }]): [string, LaterTensor] => [
      nameOf(own),
      {
        dtype: precision === 'float16' ? 'F16' : 'F32',
        shape: [...shape],
        values: async () => {
          signal?.throwIfAborted();
          const tensor = parameters[own] as Tensor;
          const values = isPacked(spec, parameters, own) ? await unpacked(own, shape, parameters) : await tensor.data<'float32'>();
          if (precision === 'float16') requireWithinFloat16(caller, own, values);
          return values as Float32Array;
        },
      },
    ]),
  );
  return { name, ...streamSafetensors({ tensors, metadata: { format: 'pt' } }) };
}

export function jsonFile(name: string, content: unknown): WrittenFile {
  const bytes = new TextEncoder().encode(`${JSON.stringify(content, null, 2)}\n`);
  return { name, size: bytes.length, chunks: once(bytes) };
}

async function* once(bytes: Uint8Array): AsyncIterable<Uint8Array> {
  yield bytes;
}

async function unpacked(name: string, shape: readonly number[], parameters: Parameters): Promise<Float32Array> {
  const [numbers, scale] = [parameters[name] as Tensor, parameters[`${name}_scale`]];
  const [out, width] = shape as readonly [number, number];
  const wide = await unpackWeight({
    ...(scale === undefined ? { kind: 'float16' } : { kind: 'int8', scale }),
    numbers,
    shape: [out, width],
  } as PackedWeight);
  try {
    return await wide.data<'float32'>();
  } finally {
    wide.dispose();
  }
}

/** The largest float16 is 65,504; what is beyond would be infinite. */
function requireWithinFloat16(caller: string, name: string, values: ArrayLike<number>): void {
  for (let at = 0; at < values.length; at++) {
    const value = values[at] as number;
    if (Math.abs(value) < 65_520 || !Number.isFinite(value)) continue;
    throw new ConfigError({
      caller,
      problem: 'every number must be one that float16 has.',
      expected: 'numbers below 65,520',
      got: `${value} in ${name}, at ${at}`,
      remedy: "write { precision: 'float32' }.",
    });
  }
}
