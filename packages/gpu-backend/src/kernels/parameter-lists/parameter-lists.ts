import type { Tensor } from '@tensorflow/tfjs-core';
import { type Bindable, u32 } from '../../encode/encode.ts';
import { withFloats } from '../../encode/float-buffer.ts';
import { partOf, rowParts } from '../../encode/row-parts.ts';
import { reads, runProgram, writes } from '../../encode/run-program.ts';
import { unwritten } from '../../encode/unwritten.ts';
import type { TfjsWebGpu } from '../../tfjs/tfjs-webgpu.ts';
import type { Fields } from '../../wgsl/fields.ts';
import { type Packed, packed } from '../../wgsl/packed.ts';
import { listText, type StepText, threads } from './wgsl.ts';

/** How many parameters the device has storage buffers for in one program: what a program is bound to is all that limits them. */
export const parametersPerDispatch = ({ device }: TfjsWebGpu, { tensors }: StepText): number =>
  Math.max(1, Math.floor(device.limits.maxStorageBuffersPerShaderStage / tensors.length));

/** What one parameter, or a part of it, is bound to, and how many numbers that is. */
interface Piece {
  readonly bound: readonly Bindable[];
  readonly count: number;
}

/**
 * What becomes of the parameters of a list number by number: as many of them in one dispatch as the device has storage buffers for.
 * @param lists of each parameter what the program reads of it, all of one shape
 * @shape returns of each what the program writes, of the same shape
 */
export function stepLists(backend: TfjsWebGpu, text: StepText, lists: readonly (readonly Tensor[])[], fields: Fields): readonly Tensor[][] {
  const written = text.tensors.filter(({ isWritten }) => isWritten).length;
  const outputs = lists.map(([first]) => Array.from({ length: written }, () => unwritten(backend, (first as Tensor).shape)));
  const pieces = new Map<Packed, Piece[]>();
  lists.forEach((one, nth) => {
    const tensors = [...one.map((each) => withFloats(backend, each)), ...(outputs[nth] as Tensor[])];
    const { size } = one[0] as Tensor;
    const kind = packed(size);
    for (const part of rowParts(backend.device.limits, size, 4)) {
      const bound = tensors.map((each) => partOf(each, part, 4));
      pieces.set(kind, [...(pieces.get(kind) ?? []), { bound, count: part.count / kind.size }]);
    }
  });
  const perDispatch = parametersPerDispatch(backend, text);
  for (const [kind, all] of pieces) {
    for (let first = 0; first < all.length; first += perDispatch) {
      dispatch(backend, text, kind, all.slice(first, first + perDispatch), fields);
    }
  }
  return outputs;
}

function dispatch(backend: TfjsWebGpu, text: StepText, kind: Packed, pieces: readonly Piece[], fields: Fields): void {
  const bound = pieces.flatMap((piece, nth) =>
    text.tensors.map(
      ({ name, isWritten }, at) => [`${name}${nth}`, (isWritten ? writes : reads)(piece.bound[at] as Bindable, 'array<N>')] as const,
    ),
  );
  runProgram(backend, {
    name: `${text.name}, ${pieces.length} at a time, ${kind.name}`,
    bound: Object.fromEntries(bound),
    fields: { ...Object.fromEntries(pieces.map(({ count }, nth) => [`count${nth}`, u32(count)])), ...fields },
    text: () => listText(kind.code, text, pieces.length),
    workgroups: pieces.reduce((sum, { count }) => sum + Math.ceil(count / threads), 0),
  });
}
