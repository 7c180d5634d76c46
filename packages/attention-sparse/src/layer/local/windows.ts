import { type Padding, padding } from '@longspan/core-tensor';
import type { Span } from '@longspan/core-tensor/layout';
import { remember, rememberByIdentity } from '@longspan/core-tensor/memo';
import { blockWindow, causal, type Mask, slidingWindow } from '../../mask/index.ts';
import { withoutPadding } from '../padding-mask.ts';

/** Which keys a query of local attention attends to. Buckets are counted from position 0. */
export interface LocalWindow {
  readonly bucketSize: number;
  readonly causal: boolean;
  readonly before: number;
  readonly after: number;
  readonly exactWindow: boolean;
}

function windowMask({ bucketSize, causal: isCausal, before, after, exactWindow }: LocalWindow): Mask {
  if (exactWindow) return slidingWindow({ left: bucketSize * before, right: isCausal ? 0 : bucketSize * after });
  const buckets = blockWindow({ blockSize: bucketSize, left: before, right: isCausal ? 0 : after });
  return isCausal ? buckets.and(causal()) : buckets;
}

/** The keys that the query at that position attends to, which are always consecutive; the span may go beyond the sequence. */
function visibleKeys({ bucketSize, causal: isCausal, before, after, exactWindow }: LocalWindow, position: number): Span {
  const bucket = Math.floor(position / bucketSize);
  const start = exactWindow ? position - bucketSize * before : (bucket - before) * bucketSize;
  if (isCausal) return { start, end: position + 1 };
  return { start, end: exactWindow ? position + bucketSize * after + 1 : (bucket + after + 1) * bucketSize };
}

const windows = remember<Mask>('local attention windows', 64);
const pieces = rememberByIdentity('local attention padding', (_: Padding) => new Map<string, Padding>());

/** The window over keys of which the first begins a bucket; the padded ones of that span are masked. */
export function maskOfKeys(window: LocalWindow, padding: Padding | undefined, { start, end }: Span): Mask {
  const mask = windows(JSON.stringify(window), () => windowMask(window));
  if (padding === undefined || !padding.some) return mask;
  if (start === 0 && end >= padding.length) return withoutPadding(mask, padding);
  const known = pieces(padding);
  const name = `${start},${end}`;
  const piece = known.get(name) ?? pieceOf(padding, start, end);
  known.set(name, piece);
  return withoutPadding(mask, piece);
}

const pieceOf = (whole: Padding, start: number, end: number): Padding => padding(whole.rows.map((row) => row.slice(start, end)));

/** 1 for each token whose query is fully masked, per row of the padding. */
export function fullyMaskedQueries(window: LocalWindow, padding: Padding): readonly Uint8Array[] {
  return padding.rows.map((row) => {
    const before = new Int32Array(row.length + 1);
    row.forEach((mark, at) => {
      before[at + 1] = (before[at] as number) + mark;
    });
    return row.map((_, position) => {
      const { start, end } = visibleKeys(window, position);
      return before[Math.max(0, start)] === before[Math.min(row.length, end)] ? 1 : 0;
    });
  });
}
