import type { Attack } from './attack.ts';
import type { Finding, Found } from './finding.ts';
import { Random } from './random.ts';
import { shown } from './shown.ts';

interface Run {
  readonly seed: string;
  /** The number of the first case. */
  readonly from: number;
  /** Asked before each case. */
  readonly isGoingOn: (at: number) => boolean;
  readonly onFound: (finding: Finding) => void;
  readonly onNote?: (what: string) => void;
  readonly onLabel?: (at: number, text: string) => void;
  readonly onBegin?: (at: number) => void;
  readonly onEnd?: (at: number) => void;
}

/** Runs the cases of a program one after the other. Gives the number of the next one. */
export async function runCases(attack: Attack, run: Run): Promise<number> {
  let at = run.from;
  const tools = {
    find: (found: Found) => run.onFound(findingOf(attack.name, run.seed, at, found)),
    note: (what: string) => run.onNote?.(what),
    label: (text: string) => run.onLabel?.(at, text),
  };
  for (; run.isGoingOn(at); at++) {
    run.onBegin?.(at);
    try {
      await attack.runCase(at, new Random(`${attack.name}/${run.seed}/${at}`), tools);
    } catch (error) {
      tools.find({
        kind: 'the program itself throws',
        signature: `own: ${messageOf(error).slice(0, 60)}`,
        input: `case ${at}`,
        expected: 'no error',
        got: error instanceof Error ? error.stack?.slice(0, 1200) : String(error),
      });
    }
    run.onEnd?.(at);
  }
  return at;
}

const messageOf = (error: unknown): string => (error instanceof Error ? error.message : String(error));

export const caseId = (name: string, seed: string, at: number): string => `${name}/${seed}/${at}`;

export const findingOf = (name: string, seed: string, at: number, found: Found): Finding => ({
  case: caseId(name, seed, at),
  severity: found.severity ?? 'unclear',
  kind: found.kind,
  signature: `${name}: ${found.signature ?? found.kind}`.slice(0, 200),
  input: shown(found.input, 2500),
  expected: shown(found.expected, 800),
  got: shown(found.got, 1500),
});
