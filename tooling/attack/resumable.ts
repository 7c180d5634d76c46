import { openSync, rmSync, writeSync } from 'node:fs';
import type { Attack } from './attack.ts';
import { cpuSeconds } from './cpu-seconds.ts';
import { Files } from './files.ts';
import type { Finding } from './finding.ts';
import { caseId, findingOf, runCases } from './run-cases.ts';
import { watch } from './watch.ts';

export interface Budget {
  readonly seed: string;
  /** Of processor time. */
  readonly minutes: number;
  readonly folder: string;
  readonly isStopped: () => boolean;
}

/** What is kept of the number and the label of a case at work. */
const labelBytes = 3000;

/** Runs a program until its time is over, from the case that it had come to under that seed. */
export async function runResumable(attack: Attack, { seed, minutes, folder, isStopped }: Budget): Promise<void> {
  const { name, limits = { cpu: 30, wall: 240 } } = attack;
  const files = new Files(folder, name, seed);
  const before = files.readProgress();
  const [found, notes] = [{ ...before.found }, { ...before.notes }];
  const count = (counts: Record<string, number>, what: string): void => {
    counts[what] = (counts[what] ?? 0) + 1;
  };
  const onFound = (finding: Finding): void => {
    count(found, finding.signature);
    files.writeFinding(finding);
  };
  const start = cpuSeconds();
  const cpu = (): number => before.cpu + cpuSeconds() - start;
  let next = before.next;
  const interrupted = files.takeInterrupted();
  if (interrupted !== undefined) {
    // A case that ends the process must not come back for ever.
    next = Math.max(next, interrupted.at + 1);
    if (!interrupted.hung) onFound(died(name, seed, interrupted));
  }
  let saved = Date.now();
  const save = (): void => {
    files.writeProgress({ next, cpu: cpu(), found, notes });
    saved = Date.now();
  };
  save();
  const watching = watch({
    cpuLimit: limits.cpu,
    wallLimit: limits.wall,
    findings: files.findings,
    atWork: files.atWork,
    hung: files.hung,
    casePrefix: caseId(name, seed, 0).slice(0, -1),
    name,
  });
  const atWork = openSync(files.atWork, 'w');
  const mark = (text: string): void => {
    const line = Buffer.alloc(labelBytes, ' ');
    line.write(text);
    writeSync(atWork, line, 0, labelBytes, 0);
  };
  await runCases(attack, {
    seed,
    from: next,
    isGoingOn: () => !isStopped() && cpu() < minutes * 60,
    onFound,
    onNote: (what) => count(notes, what),
    onLabel: (at, text) => mark(`${at}|${text}`),
    onBegin: (at) => {
      mark(`${at}|begun`);
      watching(at);
    },
    onEnd: (at) => {
      watching(undefined);
      mark('');
      next = at + 1;
      if (Date.now() - saved > 2000) save();
    },
  });
  save();
  rmSync(files.atWork);
}

const died = (name: string, seed: string, { at, label }: { readonly at: number; readonly label: string }): Finding =>
  findingOf(name, seed, at, {
    kind: 'the process died, or was killed, in this case',
    signature: `died: ${label}`.slice(0, 100),
    input: label,
    expected: 'a result or an error',
    got: 'the process ended; look whether the case does it alone',
  });
