import { add, concat, dispose, type Tensor, tensor1d, tidy, zeros } from '@tensorflow/tfjs-core';
import { scatterRows } from '../../../tensor/scatter-rows.ts';

/** Rows that are added to a table little by little. To be used inside one `tidy`, which frees it all if something throws. */
export interface ScatterSum {
  /** Adds row i of `updates` [m, width] to row `rows[i]` of the table. `rows` (if a tensor) and `updates` are its own from here on. */
  add(rows: Int32Array | Tensor, updates: Tensor): void;
  /** The table [height, width]. Call once. */
  finish(): Tensor;
}

/** Parts that wait to be added may weigh this much, or as much as the table if that is more: each fold costs a whole table. */
const waitingBytes = 32 * 2 ** 20;

/**
 * Sums rows into a table [height, width] in time proportional to the rows, not to the table times the number of calls:
 * rows that are known on the host are first summed among themselves, and parts wait until they weigh as much as the table.
 */
export function scatterSum(height: number, width: number): ScatterSum {
  let table: Tensor | undefined;
  let waiting: { readonly rows: Tensor; readonly updates: Tensor }[] = [];
  let bytes = 0;

  const fold = (): void => {
    const parts = waiting;
    const folded = tidy(() => {
      const rows = concat(parts.map((part) => part.rows));
      const sum = scatterRows(rows, concat(parts.map((part) => part.updates)), height);
      return table === undefined ? sum : add(table, sum);
    });
    dispose(parts.map((part) => [part.rows, part.updates]));
    table?.dispose();
    table = folded;
    waiting = [];
    bytes = 0;
  };

  return {
    add(rows, updates) {
      const part = ArrayBuffer.isView(rows) ? summedByRow(rows, updates) : { rows, updates };
      waiting.push(part);
      bytes += part.updates.size * 4;
      if (bytes > Math.max(waitingBytes, height * width * 4)) fold();
    },
    finish() {
      if (waiting.length > 0) fold();
      return table ?? zeros([height, width]);
    },
  };
}

function summedByRow(rows: Int32Array, updates: Tensor): { rows: Tensor; updates: Tensor } {
  const places = new Map<number, number>();
  const local = rows.map((row) => {
    const known = places.get(row);
    if (known !== undefined) return known;
    places.set(row, places.size);
    return places.size - 1;
  });
  const unique = tensor1d(Int32Array.from(places.keys()), 'int32');
  if (places.size === rows.length) return { rows: unique, updates };
  const summed = tidy(() => scatterRows(tensor1d(local, 'int32'), updates, places.size));
  updates.dispose();
  return { rows: unique, updates: summed };
}
