import type { AttentionCall, AttentionSizes } from '@longspan/core-tensor/kernel';
import type { Tensor } from '@tensorflow/tfjs-core';
import { type TensorPart, u32 } from '../../encode/encode.ts';
import type { Uniform } from '../../tfjs/tfjs-webgpu.ts';
import type { Fields } from '../../wgsl/fields.ts';

/** Sequences (batch · heads + head) that are computed together: all, or as many as the device binds; whole groups that share a key head. */
export interface Part {
  readonly firstSequence: number;
  readonly sequences: number;
}

type Limits = Pick<
  GPUSupportedLimits,
  'maxStorageBufferBindingSize' | 'maxComputeWorkgroupsPerDimension' | 'minStorageBufferOffsetAlignment'
>;

/** Bytes of the largest binding that the sequences of one key head need. */
export function bytesOfGroup({ heads, keyHeads, queryLength, keyLength, headDim, valueDim }: AttentionSizes): number {
  const width = Math.max(headDim, valueDim);
  return 4 * Math.max((heads / keyHeads) * queryLength * Math.max(width, 4), keyLength * width);
}

/** None where not even the sequences of one key head fit. */
export function partsOf(limits: Limits, { sizes }: Pick<AttentionCall, 'sizes'>): readonly Part[] {
  const groups = sizes.batch * sizes.keyHeads;
  const share = sizes.heads / sizes.keyHeads;
  const bytes = bytesOfGroup(sizes);
  const most = limits.maxStorageBufferBindingSize;
  const inGrid = Math.floor(limits.maxComputeWorkgroupsPerDimension / share);
  const bound = groups * bytes <= most ? groups : Math.floor((most - limits.minStorageBufferOffsetAlignment) / bytes);
  const each = Math.min(bound, inGrid);
  if (each < 1) return [];
  return Array.from({ length: Math.ceil(groups / each) }, (_, at) => ({
    firstSequence: at * each * share,
    sequences: Math.min(each, groups - at * each) * share,
  }));
}

/** A tensor of which a program is bound to the rows of a part. */
export interface Operand {
  readonly name: string;
  readonly tensor: Tensor;
  /** Whose rows: those of queries, or of keys. */
  readonly side: 'query' | 'key';
  /** Numbers of a row, of which a vec4 is one item of the binding where they are a multiple of 4. */
  readonly width: number;
}

export const ofQueries = (name: string, tensor: Tensor, width: number): Operand => ({ name, tensor, side: 'query', width });
export const ofKeys = (name: string, tensor: Tensor, width: number): Operand => ({ name, tensor, side: 'key', width });

export interface Bound {
  /** In the operands' order. */
  readonly ranges: readonly TensorPart[];
  /** `NAMEStart`: the item at which the part begins, for a range begins at a multiple of what the device says. */
  readonly starts: Fields;
}

export function boundTo(limits: Limits, sizes: AttentionSizes, { firstSequence, sequences }: Part, operands: readonly Operand[]): Bound {
  const { heads, keyHeads, queryLength, keyLength } = sizes;
  const step = limits.minStorageBufferOffsetAlignment / 4;
  const starts: Record<string, Uniform> = {};
  const ranges = operands.map(({ name, tensor, side, width }): TensorPart => {
    const perSequence = (side === 'query' ? queryLength : keyLength) * width;
    const placeOf = (sequence: number): number => (side === 'query' ? sequence : (sequence * keyHeads) / heads) * perSequence;
    const from = placeOf(firstSequence);
    const aligned = step * Math.floor(from / step);
    starts[`${name}Start`] = u32((from - aligned) / (width % 4 === 0 ? 4 : 1));
    return { tensor, offset: 4 * aligned, size: 4 * (placeOf(firstSequence + sequences) - aligned) };
  });
  return { ranges, starts };
}
