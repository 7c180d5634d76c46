import { clearCaches } from '@longspan/core-tensor';
import { ExplainedError } from '@longspan/core-tensor/error';
import * as tf from '@tensorflow/tfjs-core';
import type { Attack, Tools } from '../attack.ts';
import { type Backend, backends, useBackend } from './backends.ts';
import { Case, type Difference } from './case.ts';

/** Draws and compares one case; how often it is drawn among the others. */
export interface Kind {
  readonly weight: number;
  readonly run: (c: Case) => Promise<unknown> | unknown;
}

/** As many cases in a row on each backend: to change it takes longer than a case. */
const block = 12;

/** A program of such kinds of cases, each on one backend. */
export function ofKinds(name: string, kinds: Readonly<Record<string, Kind>>): Attack {
  const names = Object.entries(kinds).flatMap(([kind, { weight }]) => Array.from({ length: weight }, () => kind));
  return {
    name,
    limits: { cpu: 120, wall: 600 },
    async runCase(at, random, tools) {
      const kind = random.pick(names);
      const backend = backends[Math.floor(at / block) % backends.length] as Backend;
      tools.label(`${kind} on ${backend}`);
      tools.note(`${backend} ${kind}`);
      await useBackend(backend);
      const c = new Case(random, backend);
      await runOne(kinds[kind] as Kind, c);
      for (const difference of c.differences) find(tools, kind, c, difference);
    },
  };
}

async function runOne({ run }: Kind, c: Case): Promise<void> {
  const before = tf.memory().numTensors;
  const kept = (): number => tf.memory().numTensors - before;
  try {
    tf.engine().startScope();
    try {
      await run(c);
    } finally {
      tf.engine().endScope();
    }
    if (kept() > 0) clearCaches();
    if (kept() > 0) c.report('unclear', 'tensors kept after a case', { expected: 0, got: kept() });
  } catch (error) {
    // A refusal may be of what a definition takes without asking: to be looked at.
    const { name, message, stack } = error as Error;
    if (error instanceof ExplainedError) c.report('unclear', `refused: ${name}`, { expected: 'a result', got: message });
    else c.report('medium', `threw ${name}`, { expected: 'a result', got: message, stack });
  }
}

function find(tools: Tools, kind: string, { backend, notes }: Case, { severity, what, detail }: Difference): void {
  const { expected, got, ...more } = detail;
  const refusal = /^(refused|threw)/.test(what)
    ? `: ${String(got)
        .replace(/[0-9.]+/g, '#')
        .slice(0, 90)}`
    : '';
  tools.find({
    severity,
    kind: what,
    signature: `${backend} ${kind}: ${what}${refusal}`,
    input: { kind, backend, ...more, ...notes },
    expected,
    got,
  });
}
