import type { AttentionSizes } from '@longspan/core-tensor/kernel';
import { tableSlot, wholeSlot } from './slots.ts';
import type { RecordOf } from './term-record.ts';

const fewerThan = ([batchRows = 1, ofHeads = 1]: readonly number[], { batch, heads }: AttentionSizes): boolean =>
  batchRows < batch || ofHeads < heads;

export const bias: RecordOf<'bias'> = {
  kind: 'bias',
  step(heap, { bias }) {
    const [batch = 1, heads = 1, rows = 0, columns = 0] = bias.shape;
    return { kind: 'bias', table: heap.pointerOf(bias), batch, heads, size: rows * columns, columns };
  },
  slot: (place, { bias }) => wholeSlot(place, bias),
  isShared: ({ bias }, sizes) => fewerThan(bias.shape, sizes),
  writesBeyond: true,
};

export const blockBias: RecordOf<'blockBias'> = {
  kind: 'blockBias',
  step: (heap, { bias }) => ({ kind: 'blockBias', table: heap.pointerOf(bias), size: bias.size, columns: bias.shape[2] ?? 0 }),
  slot: (place, { bias }) => wholeSlot(place, bias),
  isShared: (_, sizes, { batch, heads }) => fewerThan([batch, heads], sizes),
};

export const distanceBias: RecordOf<'distanceBias'> = {
  kind: 'distanceBias',
  step(heap, { table, center }) {
    const [heads = 1, columns = 0] = table.shape;
    return { kind: 'distanceBias', table: heap.pointerOf(table), heads, size: columns, columns, center };
  },
  slot: (place, { table }) => tableSlot(place, table),
};

export const cellBias: RecordOf<'cellBias'> = {
  kind: 'cellBias',
  step(heap, { table }) {
    const [heads = 1, columns = 0] = table.shape;
    return { kind: 'cellBias', table: heap.pointerOf(table), heads, size: columns * columns, columns };
  },
  slot: (place, { table }) => tableSlot(place, table),
};
