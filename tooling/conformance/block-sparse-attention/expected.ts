import { denseAttention } from '@longspan/attention-sparse';
import { getBackend, setBackend } from '@tensorflow/tfjs-core';
import { type Backend, withBackend } from '../../expect/backends.ts';
import { type Numbers, numbersOf } from './attend.ts';
import type { ConformanceCall } from './call.ts';

const known = new Map<string, Numbers>();

/**
 * Asks the dense definition for calls that are known beforehand, on tfjs's own wasm kernels: to be called before any kernel of
 * ours is put on them, so that none takes part in what it is compared with.
 */
export async function ask(calls: readonly ConformanceCall[]): Promise<void> {
  await withBackend('wasm');
  for (const call of calls.map((each) => each.twin ?? each)) {
    if (!known.has(call.label)) known.set(call.label, await numbersOf(denseAttention, call));
  }
}

/** What the dense definition gives. A call that was not known beforehand, as shrinking finds them, is asked on cpu. */
export async function expectedOf(asked: ConformanceCall): Promise<Numbers> {
  const call = asked.twin ?? asked;
  return known.get(call.label) ?? (await on('cpu', () => numbersOf(denseAttention, call)));
}

async function on<Result>(backend: Backend, run: () => Promise<Result>): Promise<Result> {
  const place = getBackend();
  await withBackend(backend);
  const result = await run();
  await setBackend(place);
  return result;
}
