import {
  gradientsOfTurned,
  type RotaryAttributes,
  type RotaryInputs,
  type RotaryOutputs,
  rotaryContract,
} from '@longspan/core-tensor/kernel';
import type { Tensor } from '@tensorflow/tfjs-core';
import { u32 } from '../../encode/encode.ts';
import { withFloats } from '../../encode/float-buffer.ts';
import { partOf, type RowPart, rowParts, unboundRows } from '../../encode/row-parts.ts';
import { reads, runProgram, writes } from '../../encode/run-program.ts';
import { unwritten } from '../../encode/unwritten.ts';
import type { TfjsWebGpu } from '../../tfjs/tfjs-webgpu.ts';
import { packed } from '../../wgsl/packed.ts';
import type { Kernel } from '../kernel.ts';
import { onDevice } from '../on-device.ts';
import { rotaryText, rotaryThreads } from './wgsl.ts';

/** Rotary positions in WGSL: one dispatch in each pass, by the same program but for whose sine a partner comes with. */
export const rotaryKernel: Kernel = {
  name: rotaryContract.name,
  add: (backendOf) =>
    rotaryContract.addKernel('webgpu', {
      name: 'webgpu-wgsl',
      unsupported: onDevice(backendOf, ({ device }, [x, , , ...others]) =>
        unboundRows(device.limits, Math.max(...[x, ...others].map(rowsOf)), bytesPerRow(x)),
      ),
      tolerance: { atol: 1e-6, rtol: 1e-6, reason: 'a product and a sum are rounded to float32 once or twice' },
      forward: (inputs, attributes) => turn(backendOf(), inputs, attributes, false),
      save: { inputs: [1, 2] },
      gradient: ({ inputs: tables }, [dy, ...others], attributes) =>
        gradientsOfTurned(turn(backendOf(), [dy, ...tables, ...others], attributes, true)),
    }),
};

const bytesPerRow = (x: Tensor): number => 4 * (x.shape.at(-1) as number);
const rowsOf = (x: Tensor): number => x.size / (x.shape.at(-1) as number);

/** Some rows of a tensor, and what they become. */
interface Piece {
  readonly x: Tensor;
  readonly y: Tensor;
  readonly part: RowPart;
}

function turn(backend: TfjsWebGpu, inputs: RotaryInputs, { style, rotaryDim }: RotaryAttributes, isBack: boolean): RotaryOutputs {
  const [given, cosines, sines, ...others] = inputs.map((each) => withFloats(backend, each)) as [Tensor, Tensor, Tensor, ...Tensor[]];
  const [, , tokens, features] = given.shape as [number, number, number, number];
  const bytes = bytesPerRow(given);
  // Four at a time where no four of a row are of two kinds.
  const { size, name, code } = packed(features % 4 === 0 ? (style === 'half' ? rotaryDim / 2 : rotaryDim) : 1);
  const { limits } = backend.device;
  const all = [given, ...others].map((x) => ({ x, y: unwritten(backend, x.shape) }));
  const pieces = all.flatMap(({ x, y }) => rowParts(limits, rowsOf(x), bytes).map((part): Piece => ({ x, y, part })));
  const tables = rowParts(limits, rowsOf(cosines), bytes);
  const dispatch = (some: readonly Piece[], table: RowPart): void =>
    runProgram(backend, {
      name: `rotary positions${isBack ? ', backward' : ''}, ${some.length} at a time, ${style}, ${name}`,
      bound: {
        cosines: reads(partOf(cosines, table, bytes), 'array<N>'),
        sines: reads(partOf(sines, table, bytes), 'array<N>'),
        ...Object.assign(
          {},
          ...some.map(({ x, y, part }, nth) => ({
            [`x${nth}`]: reads(partOf(x, part, bytes), 'array<N>'),
            [`y${nth}`]: writes(partOf(y, part, bytes), 'array<N>'),
          })),
        ),
      },
      fields: {
        ...Object.assign(
          {},
          ...some.map(({ x, part }, nth) => ({
            [`count${nth}`]: u32((part.count * features) / size),
            [`firstRow${nth}`]: u32(part.first),
            [`rowsPerTable${nth}`]: u32(cosines.rank === 4 ? (x.shape[1] as number) * tokens : rowsOf(x)),
          })),
        ),
        firstOfTable: u32(table.first),
        rowsOfTable: u32(table.count),
        tokens: u32(tokens),
        vectors: u32(features / size),
        turning: u32(rotaryDim / size),
      },
      text: () => rotaryText(code, some.length, style, size, isBack),
      workgroups: some.reduce((sum, { part }) => sum + Math.ceil((part.count * features) / size / rotaryThreads), 0),
    });
  const bindings = 2 + 2 * all.length;
  const isOne = pieces.length === all.length && tables.length === 1 && bindings <= limits.maxStorageBuffersPerShaderStage;
  for (const some of isOne ? [pieces] : pieces.map((piece) => [piece])) for (const table of tables) dispatch(some, table);
  return all.map(({ y }) => y) as readonly Tensor[] as RotaryOutputs;
}
