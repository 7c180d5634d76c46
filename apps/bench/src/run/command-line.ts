import type { Experiment, ExperimentOptions } from './experiment.ts';

/** The command that repeats a run, as one would type it. Paths are this machine's alone: where others read it, they are left open. */
export function commandLine(
  { name, flags: known = [] }: Pick<Experiment, 'name' | 'flags'>,
  { full, seed, flags, only }: ExperimentOptions,
  paths: 'as given' | 'left open' = 'as given',
): string {
  const own = Object.entries(flags).map(([flag, given]) => {
    if (given === true) return `--${flag}`;
    const isOpen = paths === 'left open' && known.some((one) => one.name === flag && one.value === 'path');
    return `--${flag} ${isOpen ? 'PATH' : given}`;
  });
  const part = only === undefined ? [] : [`--only ${/^[\w.-]+$/.test(only) ? only : JSON.stringify(only)}`];
  return ['pnpm bench', name, ...(full ? ['--full'] : []), ...(seed === 0 ? [] : [`--seed ${seed}`]), ...own, ...part].join(' ');
}
