import { ConfigError } from '@longspan/core-tensor/error';
import type { Experiment } from './experiment.ts';
import type { Run } from './results.ts';

/** What decides a run's results besides the machine's speed. */
export type RunIdentity = Pick<Run, 'experiment' | 'options' | 'source'> & { readonly text?: Pick<NonNullable<Run['text']>, 'sha256'> };

/**
 * Checks that an interrupted run may be continued as this one.
 * @throws ConfigError that names every difference
 */
export function checkSameRun({ flags = [], file }: Pick<Experiment, 'flags' | 'file'>, earlier: RunIdentity, now: RunIdentity): void {
  const own = [
    ...(file === undefined ? [] : [{ flag: file.name, shown: file.name }]),
    ...flags.map(({ name }) => ({ flag: name, shown: `--${name}` })),
  ];
  const differences = [
    difference('the experiment', earlier.experiment, now.experiment),
    difference('--seed', earlier.options.seed, now.options.seed),
    difference('--full', earlier.options.full, now.options.full),
    ...own.map(({ flag, shown }) => difference(shown, earlier.options.flags[flag], now.options.flags[flag])),
    difference('the text', earlier.text?.sha256.slice(0, 12), now.text?.sha256.slice(0, 12)),
    difference('the sources', earlier.source, now.source),
  ].flat();
  if (differences.length === 0) return;
  throw new ConfigError({
    caller: 'bench --resume',
    problem: 'the interrupted run was another one.',
    expected: differences.map(({ what, before }) => `${what} ${before}`).join(', '),
    got: differences.map(({ what, now }) => `${what} ${now}`).join(', '),
    remedy: 'resume with the same options and sources, or start again without --resume.',
  });
}

/** The two values in words, where they differ. */
function difference(
  what: string,
  before: unknown,
  now: unknown,
): { readonly what: string; readonly before: string; readonly now: string }[] {
  return before === now ? [] : [{ what, before: String(before ?? 'unset'), now: String(now ?? 'unset') }];
}
