import { crossEntropy } from '@longspan/core-tensor';
import { tensor2d, tidy } from '@tensorflow/tfjs-core';
import type { Model } from './model.ts';

/** An excerpt of held-out text: the bytes from `scored` on are evaluated, those before are context only. */
export interface Excerpt {
  readonly bytes: Uint8Array;
  readonly scored: number;
}

export interface Evaluated {
  /** Mean bits per byte over all evaluated bytes. */
  readonly bits: number;
  readonly bytes: number;
}

/**
 * Cuts held-out pieces into excerpts of one length. Each byte is evaluated once, after at least a quarter of an excerpt as context
 * where the piece has it; a piece's first byte has no context and is not evaluated, nor is what is left over at its end.
 */
export function excerptsOf(pieces: readonly Uint8Array[], length: number): Excerpt[] {
  const hop = length - (length >> 2);
  return pieces.flatMap((piece) => {
    const count = Math.max(0, Math.floor((piece.length - length) / hop) + 1);
    return Array.from({ length: count }, (_, nth) => ({
      bytes: piece.subarray(nth * hop, nth * hop + length),
      scored: nth === 0 ? 1 : length - hop,
    }));
  });
}

/** Evaluates the model on excerpts spread evenly over the held-out pieces. */
export async function evaluate(
  { layer, parameters }: Model,
  heldOut: readonly Uint8Array[],
  { batch, length, evaluatedBytes }: { readonly batch: number; readonly length: number; readonly evaluatedBytes: number },
  onBatch: (done: number, total: number, bits: number) => Promise<void>,
): Promise<Evaluated> {
  const all = excerptsOf(heldOut, length + 1);
  const wanted = Math.min(all.length, Math.ceil(evaluatedBytes / (length - (length >> 2))));
  const chosen = Array.from({ length: wanted }, (_, index) => all[Math.floor((index * all.length) / wanted)] as Excerpt);
  let [nats, bytes] = [0, 0];
  for (let from = 0; from < chosen.length; from += batch) {
    const rows = chosen.slice(from, from + batch);
    const losses = tidy(() => {
      const ids = Int32Array.from(rows.flatMap((row) => [...row.bytes.subarray(0, length)]));
      const targets = Int32Array.from(rows.flatMap((row) => [...row.bytes.subarray(1)]));
      const shape: [number, number] = [rows.length, length];
      return crossEntropy(layer.apply(parameters, tensor2d(ids, shape, 'int32')), tensor2d(targets, shape, 'int32'), { reduction: 'none' });
    });
    const values = await losses.data();
    losses.dispose();
    rows.forEach(({ scored }, row) => {
      for (let at = scored - 1; at < length; at++) nats += values[row * length + at] as number;
      bytes += length - scored + 1;
    });
    await onBatch(Math.min(chosen.length, from + batch), chosen.length, nats / bytes / Math.LN2);
  }
  return { bits: nats / bytes / Math.LN2, bytes };
}
