import { getBackend } from '@tensorflow/tfjs-core';
import { isInterruptible } from '../../../interrupt/interruptible.ts';
import { chunkBudget, itemsPerChunk } from '../../../tensor/in-chunks.ts';
import type { AttentionCall, AttentionKernel } from '../call.ts';
import { recordOf } from '../score-term/index.ts';
import type { Temporaries } from '../score-term/term-record.ts';
import { backward } from './backward.ts';
import { forward } from './forward.ts';

/** By the counts below: 64 MB. What tfjs ops make inside themselves doubles it (tf.profile). */
const budget = 4 * chunkBudget;

const forwardTemporaries: Temporaries = { scores: 6, blocks: 3 };
const backwardTemporaries: Temporaries = { scores: 10, blocks: 6 };

/** What a term needs on top, in either pass, unless its record says otherwise. */
const termTemporaries: Temporaries = { scores: 4, blocks: 0 };

/**
 * On wasm query blocks go one by one: tfjs-wasm multiplies batches in scalar code, at a twentieth of the speed of one product. So they do
 * on cpu where the run may be ended, for some dozens take a second there.
 */
function tilesPerChunk({ layout, sizes, selected, terms }: AttentionCall, pass: Temporaries): number {
  const backend = getBackend();
  if (selected === undefined && (backend === 'wasm' || (backend === 'cpu' && isInterruptible()))) return 1;
  const all = [pass, ...terms.map((term) => recordOf(term).temporaries ?? termTemporaries)];
  const scores = all.reduce((sum, one) => sum + one.scores, 0);
  const blocks = all.reduce((sum, one) => sum + one.blocks, 0);
  const width = Math.max(sizes.headDim, sizes.valueDim);
  return itemsPerChunk(layout.blockSize ** 2 * scores + layout.blockSize * width * blocks, budget);
}

/** Stock tfjs ops, on any backend: O(visited blocks) time and memory, in chunks of query blocks. Takes every call. */
export const reference: AttentionKernel = {
  name: 'reference',
  unsupported: () => null,
  tolerance: { atol: 1e-5, rtol: 1e-4, reason: 'float32 sums of up to some thousand terms in another order' },
  forward: (call) => forward(call, tilesPerChunk(call, forwardTemporaries)),
  backward: (call, cotangents) => backward(call, cotangents, tilesPerChunk(call, backwardTemporaries)),
};
