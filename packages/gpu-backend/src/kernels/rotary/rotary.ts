import { type RotaryAttributes, type RotaryInputs, rotaryContract } from '@longspan/core-tensor/kernel';
import type { Tensor } from '@tensorflow/tfjs-core';
import { u32 } from '../../encode/encode.ts';
import { withFloats } from '../../encode/float-buffer.ts';
import { partOf, rowParts, unboundRows } from '../../encode/row-parts.ts';
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
      unsupported: onDevice(backendOf, ({ device }, [x]) => unboundRows(device.limits, rowsOf(x), bytesPerRow(x))),
      tolerance: { atol: 1e-6, rtol: 1e-6, reason: 'a product and a sum are rounded to float32 once or twice' },
      forward: (inputs, attributes) => [turn(backendOf(), inputs, attributes, false)],
      save: { inputs: [1, 2] },
      gradient: ({ inputs: tables }, [dy], attributes) => [turn(backendOf(), [dy, ...tables], attributes, true), null, null],
    }),
};

const bytesPerRow = (x: Tensor): number => 4 * (x.shape.at(-1) as number);
const rowsOf = (x: Tensor): number => x.size / (x.shape.at(-1) as number);

function turn(backend: TfjsWebGpu, inputs: RotaryInputs, { style, rotaryDim }: RotaryAttributes, isBack: boolean): Tensor {
  const [x, cosines, sines] = inputs.map((each) => withFloats(backend, each)) as [Tensor, Tensor, Tensor];
  const [, heads, tokens, features] = x.shape as [number, number, number, number];
  const y = unwritten(backend, x.shape);
  const rows = rowsOf(x);
  const bytes = bytesPerRow(x);
  // Four at a time where no four of a row are of two kinds.
  const { size, name, code } = packed(features % 4 === 0 ? (style === 'half' ? rotaryDim / 2 : rotaryDim) : 1);
  const { limits } = backend.device;
  const tables = rowParts(limits, rowsOf(cosines), bytes);
  for (const { part, table } of rowParts(limits, rows, bytes).flatMap((part) => tables.map((table) => ({ part, table })))) {
    runProgram(backend, {
      name: `rotary positions${isBack ? ', backward' : ''}, ${style}, ${name}`,
      bound: {
        x: reads(partOf(x, part, bytes), 'array<N>'),
        cosines: reads(partOf(cosines, table, bytes), 'array<N>'),
        sines: reads(partOf(sines, table, bytes), 'array<N>'),
        y: writes(partOf(y, part, bytes), 'array<N>'),
      },
      fields: {
        count: u32(part.count),
        firstRow: u32(part.first),
        firstOfTable: u32(table.first),
        rowsOfTable: u32(table.count),
        tokens: u32(tokens),
        rowsPerTable: u32(cosines.rank === 4 ? heads * tokens : rows),
        vectors: u32(features / size),
        turning: u32(rotaryDim / size),
      },
      text: () => rotaryText(code, style, size, isBack),
      workgroups: Math.ceil((part.count * features) / size / rotaryThreads),
    });
  }
  return y;
}
