import type { NamedBytes } from '../src/pretrained/given-files.ts';
import { json } from './checkpoint.ts';

/** A weight as tfjs writes it down; `bytes` where it is quantised or no number. */
export interface GraphWeight {
  readonly name: string;
  readonly shape: readonly number[];
  readonly dtype?: string;
  readonly values?: ArrayLike<number>;
  readonly quantization?: { readonly dtype: string; readonly scale?: number; readonly min?: number };
  readonly bytes?: Uint8Array;
}

interface GraphModelOptions {
  readonly shardBytes?: number;
  /** More of model.json. */
  readonly more?: object;
}

/** A graph model of tfjs in memory, its weights cut into shards wherever one is full. */
export function graphModel(weights: readonly GraphWeight[], { shardBytes = 100, more = {} }: GraphModelOptions = {}): NamedBytes {
  const all = weights.flatMap(({ dtype = 'float32', values = [], bytes }) => {
    const numbers = dtype === 'int32' ? Int32Array.from(values) : Float32Array.from(values);
    return [...(bytes ?? new Uint8Array(numbers.buffer))];
  });
  const count = Math.max(1, Math.ceil(all.length / shardBytes));
  const paths = Array.from({ length: count }, (_, at) => `group1-shard${at + 1}of${count}`);
  const manifest = weights.map(({ name, shape, dtype = 'float32', quantization }) => ({ name, shape, dtype, quantization }));
  return {
    'model.json': json({
      modelTopology: { node: [{ name: 'indices', op: 'Placeholder' }] },
      weightsManifest: [{ paths, weights: manifest }],
      ...more,
    }),
    ...Object.fromEntries(paths.map((path, at) => [path, Uint8Array.from(all.slice(at * shardBytes, (at + 1) * shardBytes))])),
  };
}
