import { ConfigError } from '@longspan/core-tensor/error';
import type { Results } from './results.ts';

/** What decides a run's results besides the machine's speed. */
export type RunIdentity = Pick<Results, 'options' | 'source'> & { readonly text: Pick<Results['text'], 'sha256'> };

/**
 * Checks that an interrupted run may be continued as this one.
 * @throws ConfigError that names every difference
 */
export function checkResumable(earlier: RunIdentity, now: RunIdentity): void {
  const differences = [
    ...optionNames.flatMap((name) => difference(flagOf[name], shown(earlier.options[name]), shown(now.options[name]))),
    ...difference('the text', earlier.text.sha256.slice(0, 12), now.text.sha256.slice(0, 12)),
    ...difference('the sources', earlier.source, now.source),
  ];
  if (differences.length === 0) return;
  throw new ConfigError({
    door: 'bench --resume',
    problem: 'the interrupted run was another one.',
    expected: differences.map(({ what, then }) => `${what} ${then}`).join(', '),
    got: differences.map(({ what, now }) => `${what} ${now}`).join(', '),
    remedy: 'resume with the same options and sources, or start anew without --resume.',
  });
}

const optionNames = ['text', 'only', 'backend', 'seed', 'quick', 'steps'] as const;
const flagOf = { text: 'file', only: '--only', backend: '--backend', seed: '--seed', quick: '--quick', steps: '--steps' } as const;

const shown = (value: unknown): string => (Array.isArray(value) ? value.join(',') : value === undefined ? 'unset' : String(value));

const difference = (what: string, then: string, now: string): { what: string; then: string; now: string }[] =>
  then === now ? [] : [{ what, then, now }];
