import { type GatherRowsAttributes, gatherRowsContract } from '@longspan/core-tensor/kernel';
import { type Tensor, zeros } from '@tensorflow/tfjs-core';
import { i32, u32 } from '../../encode/encode.ts';
import { withFloats } from '../../encode/float-buffer.ts';
import { partOf, rowParts, unboundRows } from '../../encode/row-parts.ts';
import { reads, runProgram, writes } from '../../encode/run-program.ts';
import { unwritten } from '../../encode/unwritten.ts';
import type { TfjsWebGpu } from '../../tfjs/tfjs-webgpu.ts';
import { packed } from '../../wgsl/packed.ts';
import type { Kernel } from '../kernel.ts';
import { onDevice } from '../on-device.ts';
import { gatherText, gatherThreads, scatterText, scatterThreads } from './wgsl.ts';

/** The gather of rows, and the gradient of its table, in WGSL: one dispatch each, without atomics on numbers. */
export const gatherRowsKernel: Kernel = {
  name: gatherRowsContract.name,
  add: (backendOf) =>
    gatherRowsContract.addKernel('webgpu', {
      name: 'webgpu-wgsl',
      unsupported: onDevice(backendOf, (backend, inputs, attributes) => unsupported(backend, inputs, attributes)),
      tolerance: { atol: 1e-6, rtol: 1e-6, reason: 'the gradients of a row are summed in another order' },
      forward: (inputs, attributes) => [gather(backendOf(), inputs, attributes)],
      save: { inputs: [1] },
      gradient: ({ inputs: [ids] }, [dy], attributes) => [scatter(backendOf(), ids, dy, attributes), null],
    }),
};

function unsupported({ device }: TfjsWebGpu, [, ids]: readonly [Tensor, Tensor], { rows, width }: GatherRowsAttributes): string | null {
  return unboundRows(device.limits, Math.max(rows, ids.size), 4 * width);
}

function gather(backend: TfjsWebGpu, [table, ids]: readonly [Tensor, Tensor], { rows, width }: GatherRowsAttributes): Tensor {
  const { limits } = backend.device;
  const out = unwritten(backend, [...ids.shape, width]);
  const { size, name, code } = packed(width);
  const floats = withFloats(backend, table);
  const parts = rowParts(limits, ids.size, 4 * width).flatMap((part) => rowParts(limits, rows, 4 * width).map((own) => ({ part, own })));
  for (const { part, own } of parts) {
    runProgram(backend, {
      name: `gather of rows, ${name}`,
      bound: {
        table: reads(partOf(floats, own, 4 * width), 'array<U>'),
        ids: reads(partOf(ids, part, 4), 'array<u32>'),
        rows: writes(partOf(out, part, 4 * width), 'array<U>'),
      },
      fields: {
        count: u32(part.count),
        tableRows: u32(rows),
        firstOwn: u32(own.first),
        ownRows: u32(own.count),
        vectors: u32(width / size),
        notANumber: u32(0x7fc00000),
      },
      text: () => gatherText(code),
      workgroups: Math.ceil((part.count * width) / size / gatherThreads),
    });
  }
  return out;
}

/** Rows of the table that a workgroup adds up: few where the table is small, so that there are enough workgroups. */
const rowsPerTile = (rows: number): number => (rows >= 8192 ? 64 : rows >= 1024 ? 16 : 4);

/** The gradient of the table: of each of its rows the sum of the cotangents at its ids, in their order. */
function scatter(backend: TfjsWebGpu, ids: Tensor, given: Tensor, { rows, width, paddingIndex }: GatherRowsAttributes): Tensor {
  if (ids.size === 0) return zeros([rows, width]);
  const dTable = unwritten(backend, [rows, width]);
  const dy = withFloats(backend, given);
  const { size, name, code } = packed(width);
  const tile = rowsPerTile(rows);
  const vectors = width / size;
  const slices = Math.ceil(vectors / scatterThreads);
  const { limits } = backend.device;
  const parts = rowParts(limits, rows, 4 * width).flatMap((own) => rowParts(limits, ids.size, 4 * width).map((part) => ({ part, own })));
  for (const { part, own } of parts) {
    runProgram(backend, {
      name: `gradient of gathered rows, ${name}`,
      bound: {
        ids: reads(partOf(ids, part, 4), 'array<i32>'),
        dy: reads(partOf(dy, part, 4 * width), 'array<N>'),
        dTable: writes(partOf(dTable, own, 4 * width), 'array<N>'),
      },
      fields: {
        count: u32(part.count),
        firstOwn: u32(own.first),
        ownRows: u32(own.count),
        vectors: u32(vectors),
        tile: u32(tile),
        slices: u32(slices),
        paddingIndex: i32(paddingIndex ?? -1),
        isFirst: u32(part.first === 0 ? 1 : 0),
      },
      text: () => scatterText(code),
      workgroups: Math.ceil(own.count / tile) * slices,
    });
  }
  return dTable;
}
