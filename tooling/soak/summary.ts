import { allowances, judged, type Sample } from './gauges.ts';
import type { SoFar } from './soak.ts';

export const megabytes = (bytes: number): string => `${(bytes / 1e6).toFixed(bytes < 1e7 ? 1 : 0)} MB`;

const gaugeNames: Readonly<Record<keyof Sample, string>> = {
  wasmHeap: 'WebAssembly heap',
  jsHeap: 'JavaScript heap',
  resident: 'process (RSS)',
};

const shownFaults = 10;

export interface Summary {
  readonly lines: readonly string[];
  readonly isGood: boolean;
}

/**
 * What a soak found, in words, and whether all is well.
 * @param isWhole it was not interrupted: else a soak without faults has no verdict
 */
export function summary({ calls, checked, faults, samples }: SoFar, isWhole = true): Summary {
  const found = judged(samples);
  const gauges = (Object.keys(gaugeNames) as (keyof Sample)[]).map((name) => {
    const flatness = found[name];
    const last = samples.at(-1)?.[name];
    const now = last === undefined ? '' : `, ${megabytes(last)} at the end`;
    if (flatness.kind === 'too short')
      return { isFlat: false, line: `${gaugeNames[name]}: too few samples to judge (${samples.length})${now}` };
    const { kind, growth, allowed } = flatness;
    const { share, bytes } = allowances[name];
    const rule = `allowed ${megabytes(allowed)}: ${share * 100} % and ${megabytes(bytes)}`;
    const moved = `${growth < 0 ? 'shrank' : 'grew'} by ${megabytes(Math.abs(growth))}`;
    return { isFlat: kind === 'flat', line: `${gaugeNames[name]}: ${kind}, ${moved} over the second half (${rule})${now}` };
  });
  const isGood = calls > 0 && checked > 0 && faults.length === 0 && gauges.every(({ isFlat }) => isFlat);
  const verdict = isGood ? 'memory is flat, values are right' : isWhole || faults.length > 0 ? 'FAILED' : 'none, it was interrupted';
  return {
    isGood,
    lines: [
      `${calls.toLocaleString('en')} calls, ${checked.toLocaleString('en')} of them held against their reference, all looked through for NaN`,
      `tensors, their bytes and heap blocks after each call: ${faults.some((fault) => fault.includes('left behind')) ? 'NOT as before it' : 'as before it'}`,
      ...gauges.map(({ line }) => line),
      ...(faults.length === 0
        ? []
        : [`${faults.length} faults${faults.length > shownFaults ? `, of which the first ${shownFaults}` : ''}:`]),
      ...faults.slice(0, shownFaults).map((fault) => `  ${fault}`),
      `Verdict: ${verdict}.`,
    ],
  };
}
