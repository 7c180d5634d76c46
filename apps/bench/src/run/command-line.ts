import type { Experiment, ExperimentOptions } from './experiment.ts';

/** The command that repeats a run, as one would type it. Paths are this machine's alone: where others read it, they are left open. */
export function commandLine(
  { name, flags: known = [], file }: Pick<Experiment, 'name' | 'flags' | 'file'>,
  { full, seed, flags, only }: ExperimentOptions,
  paths: 'as given' | 'left open' = 'as given',
): string {
  const own = Object.entries(flags).map(([flag, given]) => {
    const isOpen = paths === 'left open' && (flag === file?.name || known.some((one) => one.name === flag && one.value === 'path'));
    const value = given === true ? '' : isOpen ? 'PATH' : quoted(given);
    return flag === file?.name ? value : `--${flag} ${value}`.trimEnd();
  });
  const part = only === undefined ? [] : [`--only ${quoted(only)}`];
  return ['pnpm bench', name, ...(full ? ['--full'] : []), ...(seed === 0 ? [] : [`--seed ${seed}`]), ...own, ...part].join(' ');
}

const quoted = (text: string): string => (/^[\w.,/:-]+$/.test(text) ? text : JSON.stringify(text));
