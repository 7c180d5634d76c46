import { countParameters, createKey, disposeParameters, disposeState, randomUniform } from '@longspan/core-tensor';
import { constantSchedule, train } from '@longspan/training';
import { tensor2d } from '@tensorflow/tfjs-core';
import { watchPeak } from '../../figures/memory-peak.ts';
import { vocabulary } from '../../model/language-model.ts';
import { startLongspan } from '../../process/start-backend.ts';
import type { Reporter } from '../../process/work.ts';
import { endless } from '../../training/excerpts.ts';
import { watchHeap } from '../reversible/heap-peak.ts';
import type { MemoryFigures, MemoryInput } from './input.ts';
import { memoryModel } from './memory-model.ts';

/**
 * What a step of `train` holds at its peak. A text is one sequence, or segments with a step each, whose memory goes from one to the next. The
 * second time that it is read counts: the first makes AdamW's state and the layouts. Resident memory is that of both, for the second time
 * takes pages that the first left free.
 */
export async function measureMemory(input: MemoryInput, reporter: Reporter): Promise<MemoryFigures> {
  const { size, seed, combination, segmentLength, instructions } = input;
  const registration = await startLongspan({ threads: 1, ...(instructions && { instructions }) });
  await reporter.started();
  const key = createKey(seed).fold('memory');
  const model = memoryModel(input);
  const bytes = Int32Array.from(randomUniform(key.fold('bytes'), size.n + 1), (share) => Math.floor(share * vocabulary));
  const isCut = combination.hasMemory === true;
  const [length, parts] = isCut ? [segmentLength, size.n / segmentLength] : [size.n, 1];
  const data = endless((at) => {
    const from = (at % parts) * length;
    const row = (start: number) => tensor2d(bytes.subarray(start, start + length), [1, length], 'int32');
    return { x: row(from), context: { targets: row(from + 1) }, ...(from === 0 ? { carry: () => ({}) } : {}) };
  });
  const resident = watchPeak();
  const run = train(model, data, { key, steps: 2 * parts, schedule: constantSchedule(1e-3) });
  const steps = run[Symbol.asyncIterator]();
  const { value: first } = await steps.next();
  for (let step = 1; step < parts; step++) await steps.next();
  await reporter.progress({ done: 0.5, label: 'the time that counts' });
  const heap = watchHeap();
  const start = performance.now();
  for (let step = 0; step < parts; step++) await steps.next();
  const seconds = (performance.now() - start) / 1000;
  const [peakBytes, residentBytes] = [heap(), resident().bytes];
  const { parameters, state } = await run.finish();
  const beforeBytes = 12 * countParameters(parameters);
  disposeParameters(parameters);
  disposeState(state);
  registration.unregister();
  if (first === undefined) throw new Error('there was no step');
  return { kind: 'memory', peakBytes, residentBytes, beforeBytes, seconds, loss: first.loss };
}
