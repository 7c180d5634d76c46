import type { Span } from '@longspan/core-tensor/layout';
import { blockWindow, causal, type Mask, slidingWindow } from '../../mask/index.ts';
import { hidePadding } from '../token-marks.ts';

/** Which keys a query of local attention looks at. Buckets are counted from position 0. */
export interface LocalWindow {
  readonly bucketSize: number;
  readonly causal: boolean;
  readonly lookBackward: number;
  readonly lookForward: number;
  readonly exactWindow: boolean;
}

function windowMask({ bucketSize, causal: isCausal, lookBackward, lookForward, exactWindow }: LocalWindow): Mask {
  if (exactWindow) return slidingWindow({ left: bucketSize * lookBackward, right: isCausal ? 0 : bucketSize * lookForward });
  const buckets = blockWindow({ size: bucketSize, left: lookBackward, right: isCausal ? 0 : lookForward });
  return isCausal ? buckets.and(causal()) : buckets;
}

/** The keys that the query at that position looks at, which are always consecutive; the span may go beyond the sequence. */
function visibleKeys({ bucketSize, causal: isCausal, lookBackward, lookForward, exactWindow }: LocalWindow, position: number): Span {
  const bucket = Math.floor(position / bucketSize);
  const start = exactWindow ? position - bucketSize * lookBackward : (bucket - lookBackward) * bucketSize;
  if (isCausal) return { start, end: position + 1 };
  return { start, end: exactWindow ? position + bucketSize * lookForward + 1 : (bucket + lookForward + 1) * bucketSize };
}

/** The window over keys of which the first begins a bucket; `texts` marks those that may be seen by 1, and is empty where all may. */
export function maskOfKeys(window: LocalWindow, texts: readonly string[]): Mask {
  const hidden = hidePadding(texts);
  return hidden === undefined ? windowMask(window) : windowMask(window).and(hidden);
}

/** 1 for each token whose query sees no key at all, per row of texts. */
export function blindQueries(window: LocalWindow, texts: readonly string[]): readonly Uint8Array[] {
  return texts.map((text) => {
    const before = new Int32Array(text.length + 1);
    for (let at = 0; at < text.length; at++) before[at + 1] = (before[at] as number) + (text[at] === '1' ? 1 : 0);
    return Uint8Array.from({ length: text.length }, (_, position) => {
      const { start, end } = visibleKeys(window, position);
      return before[Math.max(0, start)] === before[Math.min(text.length, end)] ? 1 : 0;
    });
  });
}
