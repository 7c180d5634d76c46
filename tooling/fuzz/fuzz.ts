import { ExplainedError } from '@longspan/core-tensor/error';
import { engine } from '@tensorflow/tfjs-core';
import fc from 'fast-check';
import type { Family } from './family.ts';

/** What one input may take: a hundred times what the slowest that was right took (2 cores, Node 20). */
const bounds = { milliseconds: 20_000, bytes: 1_000_000_000 } as const;

export interface Finding {
  readonly family: string;
  readonly seed: number;
  /** The smallest input that shows it, as text. */
  readonly input: string;
  readonly problem: string;
}

export interface FuzzOptions {
  readonly families: readonly Family[];
  readonly seed: number;
  /** Inputs of each family in a round. */
  readonly inputs: number;
  /** Whether to go on after a round. */
  readonly isGoingOn: (rounds: number) => boolean;
  readonly onRound?: (rounds: number, inputs: number, findings: readonly Finding[]) => void;
}

const used = (): number => {
  const { heapUsed, arrayBuffers } = process.memoryUsage();
  return heapUsed + arrayBuffers;
};

/** The most that the process has ever held: what an input takes and gives back shows here alone. */
const peak = (): number => process.resourceUsage().maxRSS * 1024;

async function tried({ run, release, bytes = bounds.bytes }: Family, input: unknown): Promise<void> {
  const [start, before, peakBefore] = [performance.now(), used(), peak()];
  engine().startScope();
  try {
    const result = await run(input as never);
    release?.(result);
  } catch (error) {
    if (!(error instanceof ExplainedError)) throw error;
    if (error.message.length > 10_000) throw new Error(`the message must be bounded, and is ${error.message.length} characters long`);
  } finally {
    engine().endScope();
  }
  const [took, more] = [performance.now() - start, Math.max(used() - before, peak() - peakBefore)];
  if (took > bounds.milliseconds) throw new Error(`an input must take at most ${bounds.milliseconds} ms, and took ${Math.round(took)}`);
  if (more > bytes) throw new Error(`an input must take at most ${bytes} bytes, and took ${more}`);
}

/** Rounds of random inputs of every family, each round of a seed of its own that follows from the first. */
export async function fuzz({
  families,
  seed,
  inputs,
  isGoingOn,
  onRound,
}: FuzzOptions): Promise<{ readonly tried: number; readonly findings: readonly Finding[] }> {
  const findings: Finding[] = [];
  let count = 0;
  for (let round = 0; ; round++) {
    for (const family of families) {
      const own = seed + round;
      const property = fc.asyncProperty(family.inputs, (input) => tried(family, input));
      const { failed, counterexample, errorInstance, numRuns } = await fc.check(property, { seed: own, numRuns: inputs });
      count += numRuns;
      if (!failed) continue;
      const problem = errorInstance instanceof Error ? `${errorInstance.name}: ${errorInstance.message}` : String(errorInstance);
      findings.push({ family: family.name, seed: own, input: fc.stringify(counterexample?.[0]).slice(0, 2000), problem });
    }
    onRound?.(round + 1, count, findings);
    if (!isGoingOn(round + 1)) return { tried: count, findings };
  }
}
