import type { Padding } from '@longspan/core-tensor';
import { remember, rememberByIdentity } from '@longspan/core-tensor/memo';
import { keysAt, type Mask, queriesAt } from '../../mask/index.ts';
import { withoutPaddedRows, withoutPadding } from '../padding-mask.ts';
import type { Tokens } from '../tokens.ts';

/** How a batch is attended to: the masks of both passes, and where the global tokens' rows come from and go. */
export interface LongformerPlan {
  readonly local: Mask;
  readonly global:
    | undefined
    | {
        /** Global queries of the batch row that has most. */
        readonly count: number;
        /** Rows of x [b · n] that are the global queries [b · count]; −1 where a batch row has fewer. */
        readonly pick: Int32Array;
        /** For each row of the result [b · n] its row in [b, local (n) and global (count) results]. */
        readonly put: Int32Array;
        readonly mask: Mask;
        /** The same of the global queries of one head after the other, side by side. */
        readonly maskOfHeads: Mask;
      };
}

type Plans = (text: string, make: () => LongformerPlan) => LongformerPlan;

// Shared by all layers, so that those of a model build each layout once; they keep no tensors.
const withoutAny: Plans = remember<LongformerPlan>('longformerAttention plans', 32);
const withPadding = rememberByIdentity('longformerAttention plans by padding', (_: Padding) => ({
  of: remember<LongformerPlan>('longformerAttention plans', 32),
}));

/**
 * @param globals for each batch row, or once for all; padded ones are none
 * @returns the same object for the same window, sizes, padding and globals
 */
export function longformerPlan(
  window: Mask,
  globals: readonly (readonly number[])[],
  padding: Padding | undefined,
  tokens: Tokens,
  heads: number,
): LongformerPlan {
  const plans = padding === undefined ? withoutAny : withPadding(padding).of;
  const text = `${window.name},${tokens.batch},${tokens.length},${heads},${JSON.stringify(globals)}`;
  return plans(text, () => makePlan(window, realGlobals(globals, padding), padding, tokens, heads));
}

/** A list for each batch row, or one where neither globals nor padding differ. */
function realGlobals(globals: readonly (readonly number[])[], padding: Padding | undefined): readonly (readonly number[])[] {
  if (padding === undefined || !padding.some) return globals;
  const rows = Math.max(globals.length, padding.rows.length);
  return Array.from({ length: rows }, (_, row) =>
    (globals[row % globals.length] as readonly number[]).filter((position) => padding.isToken(row, position)),
  );
}

function makePlan(
  window: Mask,
  globals: readonly (readonly number[])[],
  padding: Padding | undefined,
  { batch, length }: Tokens,
  heads: number,
): LongformerPlan {
  const count = globals.reduce((most, { length }) => Math.max(most, length), 0);
  const visible = (mask: Mask): Mask => withoutPadding(mask, padding);
  if (count === 0) return { local: withoutPaddedRows(window, padding), global: undefined };
  // The rows of global tokens are computed in a pass of their own, those of padding not at all.
  const silent = queriesAt(plainWhereOne(silentRows(globals, padding))).not();
  const local = visible(window.or(keysAt(plainWhereOne(globals)))).and(silent);
  const pick = new Int32Array(batch * count).fill(-1);
  const put = Int32Array.from({ length: batch * length }, (_, row) => row + Math.floor(row / length) * count);
  for (let row = 0; row < batch; row++) {
    (globals[row % globals.length] as readonly number[]).forEach((position, at) => {
      pick[row * count + at] = row * length + position;
      put[row * length + position] = row * (length + count) + length + at;
    });
  }
  const real = globals.map((positions) => Array.from(positions.keys()));
  const ofHeads = real.map((rows) => Array.from({ length: heads }, (_, head) => rows.map((row) => head * count + row)).flat());
  const maskOf = (rows: Positions): Mask => visible(queriesAt(plainWhereOne(rows)));
  return { local, global: { count, pick, put, mask: maskOf(real), maskOfHeads: maskOf(ofHeads) } };
}

type Positions = readonly (readonly number[])[];

const plainWhereOne = (lists: Positions): Positions | readonly number[] => (lists.length === 1 ? (lists[0] as readonly number[]) : lists);

/** Global and padded tokens, ascending, in as many lists as there are of the globals. */
function silentRows(globals: Positions, padding: Padding | undefined): Positions {
  if (padding === undefined || !padding.some) return globals;
  const padded = padding.positions();
  return globals.map((positions, row) => [...positions, ...(padded[row % padded.length] as readonly number[])].sort((a, b) => a - b));
}
