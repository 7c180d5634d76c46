import type { ConfigJson } from '../config/read-config.ts';
import type { VirtualTensor } from '../pretrained/virtual-safetensors.ts';
import { product } from './manifest.ts';
import type { GraphTensor } from './open-graph-model.ts';

/** What a family reads of a graph model: its config, and its weights under its own names and in PyTorch's layout. */
export interface GraphWeights {
  readonly json: ConfigJson;
  readonly tensors: ReadonlyMap<string, VirtualTensor>;
}

/** Reads a graph model of the family; undefined where the graph is something else. */
export type ReadGraph = (tensors: ReadonlyMap<string, GraphTensor>) => Promise<GraphWeights | undefined>;

/** A weight as it stands in the graph. */
export const asStored = ({ shape, read }: GraphTensor): VirtualTensor => floats(shape, read);

/** The weight [in, out] of a product, or of a convolution over one place, as [out, in]. */
export function transposed({ shape, read }: GraphTensor): VirtualTensor {
  const [width, out] = shape.slice(-2) as [number, number];
  return floats([out, width], async () => {
    const values = await read();
    const made = new Float32Array(values.length);
    for (let row = 0; row < width; row++) for (let at = 0; at < out; at++) made[at * width + row] = values[row * out + at] as number;
    return made;
  });
}

const floats = (shape: readonly number[], read: () => Promise<Float32Array>): VirtualTensor => ({
  dtype: 'F32',
  shape,
  bytes: 4 * product(shape),
  read: async () => new Uint8Array((await read()).buffer),
});
