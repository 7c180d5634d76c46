import { ConfigError } from '@longspan/core-tensor/error';
import type { Results } from '../experiments/book/results.ts';

/** What decides a run's results besides the machine's speed. */
export type RunIdentity = Pick<Results, 'options' | 'source'> & { readonly text: Pick<Results['text'], 'sha256'> };

/** Something by which two runs differ, as each of them has it. */
export interface Difference {
  readonly what: string;
  readonly before: string;
  readonly now: string;
}

/**
 * Checks that an interrupted run may be continued as this one.
 * @throws ConfigError that names every difference
 */
export function checkResumable(earlier: RunIdentity, now: RunIdentity): void {
  refuseDifferences([
    ...optionNames.flatMap((name) => difference(flagOf[name], earlier.options[name], now.options[name])),
    ...difference('the text', earlier.text.sha256.slice(0, 12), now.text.sha256.slice(0, 12)),
    ...difference('the sources', earlier.source, now.source),
  ]);
}

/** @throws ConfigError that names every difference, where there is one */
export function refuseDifferences(differences: readonly Difference[]): void {
  if (differences.length === 0) return;
  throw new ConfigError({
    caller: 'bench --resume',
    problem: 'the interrupted run was another one.',
    expected: differences.map(({ what, before }) => `${what} ${before}`).join(', '),
    got: differences.map(({ what, now }) => `${what} ${now}`).join(', '),
    remedy: 'resume with the same options and sources, or start anew without --resume.',
  });
}

/** The two values in words, where they differ. */
export function difference(what: string, before: unknown, now: unknown): Difference[] {
  return shown(before) === shown(now) ? [] : [{ what, before: shown(before), now: shown(now) }];
}

const optionNames = ['text', 'only', 'backend', 'seed', 'quick', 'steps'] as const;
const flagOf = { text: 'file', only: '--only', backend: '--backend', seed: '--seed', quick: '--quick', steps: '--steps' } as const;

const shown = (value: unknown): string => (Array.isArray(value) ? value.join(',') : value === undefined ? 'unset' : String(value));
