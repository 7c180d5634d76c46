import type { Machine } from '../figures/hardware.ts';
import type { Ending } from '../process/ending.ts';
import type { Reporter } from '../process/work.ts';
import type { LinePlot } from '../report/line-plot.ts';
import type { TextTable } from '../report/rows.ts';

/** What a run of an experiment was asked for; a resumed run must ask for the same. */
export interface ExperimentOptions {
  /** Decides every random number. */
  readonly seed: number;
  /** The paper's sizes; without it everything together takes under two minutes on two cores, of kernels and peers under five. */
  readonly full: boolean;
  /** The values of the experiment's own flags by their names; those that were not given are absent. */
  readonly flags: Readonly<Record<string, string | true>>;
  /** Only points with this in their names are measured, and what they need; all of them where left out. */
  readonly only?: string;
}

/** An option of one experiment alone. */
export interface Flag {
  /** The name without the dashes. */
  readonly name: string;
  /** What its value is called in the help; a flag without one is given or is not. */
  readonly value?: string;
  readonly about: string;
  readonly choices?: readonly string[];
  /** It says only what happens with the results: a resumed run may have another. */
  readonly isOutput?: true;
}

/** One measurement: one fresh process. Contenders that are to be interleaved share it. */
export interface Point<Input> {
  /** By it the results are kept, shown and resumed; no two points of a run share it. */
  readonly name: string;
  /** What the process is told; survives JSON. */
  readonly input: Input;
  /** Seconds from the work's `started()` on, after which the process is ended. */
  readonly budgetSeconds?: number;
  /** Options of Node for the process. */
  readonly execArgv?: readonly string[];
  /** The name of a point that has to have been measured before this one. */
  readonly needs?: string;
  /** Its failure is a finding (a peer that does not run, a method that needs too much memory), and no fault of the run. */
  readonly mayFail?: true;
}

/** How far the work of a point is. */
export interface PointProgress {
  /** From 0 to 1. */
  readonly done: number;
  readonly label: string;
}

export interface Outcome<Figures> {
  readonly point: string;
  readonly wallSeconds: number;
  readonly ending: Ending<Figures> | { readonly kind: 'not tried'; readonly because: string };
}

/** What a run has found so far. */
export interface Findings<Figures> {
  readonly options: ExperimentOptions;
  readonly machine: Machine;
  /** In the order in which they were measured. */
  readonly outcomes: readonly Outcome<Figures>[];
}

export interface TitledTable extends TextTable {
  readonly title: string;
  /** How the figures were taken and what they are to be compared with: the table's caption. */
  readonly note: string;
}

/** A README with the two marks of an experiment, between which its figures stand. */
export interface ReadmePlace {
  /** From the top of the checkout. */
  readonly file: string;
  /** The titles of the tables that go there; all of them where left out. */
  readonly tables?: readonly string[];
}

/**
 * A question and the measurements that answer it. `points`, `tables`, `plots` and `headline` are pure and load no tfjs; only `run`
 * does, in the point's own process, by a late import.
 */
export interface Experiment<Input = unknown, Figures = unknown> {
  /** The subcommand. */
  readonly name: string;
  /** One line: for the help and the report. */
  readonly about: string;
  readonly flags?: readonly Flag[];
  /** Where `--readme` writes the figures of a whole run; without it the experiment has no such option. */
  readonly readme?: ReadmePlace;
  /** In the order they are measured: the first ones give the first findings. */
  points(options: ExperimentOptions): readonly Point<Input>[];
  /** The work of one point, in its own process: checks first, then measures. What it gives survives JSON. */
  run(input: Input, reporter: Reporter<PointProgress>): Promise<Figures>;
  /** Why a point need not be tried, given what was found before it; undefined where it must. */
  skip?(point: Point<Input>, outcomes: readonly Outcome<Figures>[]): string | undefined;
  tables(findings: Findings<Figures>): readonly TitledTable[];
  plots?(findings: Findings<Figures>): readonly LinePlot[];
  /** What was found, in sentences, most telling first; none before anything is known. */
  headline(findings: Findings<Figures>): readonly string[];
  /** What is left to do with the results of a complete run, such as writing them elsewhere. Gives lines to be shown. */
  finish?(findings: Findings<Figures>): readonly string[];
}

/** The figures of a point; undefined where there are none, for which `whyNot` has the words. */
export function figuresOf<Figures>({ outcomes }: Pick<Findings<Figures>, 'outcomes'>, point: string): Figures | undefined {
  const ending = outcomes.find((outcome) => outcome.point === point)?.ending;
  return ending?.kind === 'done' ? ending.result : undefined;
}

/** What stands in the place of a point that was not tried yet. */
export const notMeasured = 'not measured';

/** Why a point has no figures, in full. */
export function reasonOf({ outcomes }: Pick<Findings<unknown>, 'outcomes'>, point: string): string {
  const ending = outcomes.find((outcome) => outcome.point === point)?.ending;
  if (ending === undefined) return notMeasured;
  if (ending.kind === 'over') return `over its ${ending.budgetSeconds} s budget`;
  if (ending.kind === 'not tried') return `not tried: ${ending.because}`;
  return ending.kind === 'failed' ? `failed: ${withoutFolders(ending.error)}` : '';
}

/** The reason's first line, for a place in a table: the report has the whole of an error above. */
export const whyNot = (findings: Pick<Findings<unknown>, 'outcomes'>, point: string): string =>
  reasonOf(findings, point).split('\n', 1)[0] as string;

/** A library's error may name files where it was built or installed: their names are enough for those who read a table elsewhere. */
const withoutFolders = (error: string): string => error.replaceAll(/(?:\/[\w.+@-]+){2,}\//g, '');
