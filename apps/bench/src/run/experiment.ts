import type { Machine } from '../figures/hardware.ts';
import type { Ending } from '../process/ending.ts';
import type { Reporter } from '../process/work.ts';
import type { LinePlot } from '../report/line-plot.ts';
import type { Passage } from '../report/report.ts';
import type { TitledTable } from '../report/table.ts';
import type { TextSource } from '../text/text.ts';
import type { TextFacts } from '../text/text-facts.ts';

/** What a run of an experiment was asked for; a resumed run must ask for the same. */
export interface ExperimentOptions {
  /** Decides every random number. */
  readonly seed: number;
  /** The paper's sizes; without it everything together takes under two minutes on two cores, of kernels, gpu, peers, models and training under five. */
  readonly full: boolean;
  /** The values of the experiment's own flags and of its argument by their names; those that were not given are absent. */
  readonly flags: Readonly<Record<string, string | true>>;
  /** Only points with this in their names are measured, and what they need; all of them by default. */
  readonly only?: string;
}

/** An option of one experiment alone; one with the name of a common option takes its place. */
export interface Flag {
  /** The name without the dashes. */
  readonly name: string;
  /** What its value is called in the help; a flag without one is given or is not. */
  readonly value?: string;
  readonly about: string;
  readonly choices?: readonly string[];
  /** The value is a list of the choices, with commas between. */
  readonly isList?: true;
  /** The value is an integer of at least this. */
  readonly least?: number;
  /** What holds where it is not given. */
  readonly default?: string;
}

/** One measurement: one fresh process. Contenders that are to be interleaved share it. */
export interface Point<Input> {
  /** By it the results are kept, shown and resumed; no two points of a run share it. */
  readonly name: string;
  /** What the process is told; survives JSON. */
  readonly input: Input;
  /** The part of the run that it belongs to: what is missing is named by parts. */
  readonly part?: string;
  /** How long it takes beside the others, for the progress; 1 by default. */
  readonly weight?: number;
  /** Seconds from the work's `started()` on, after which the process is ended. */
  readonly budgetSeconds?: number;
  /** Options of Node for the process. */
  readonly execArgv?: readonly string[];
  /** What the environment of the process holds besides: what the system's loaders read, they read when it starts. */
  readonly environment?: Readonly<Record<string, string>>;
  /** The name of a point that has to have been measured before this one. */
  readonly needs?: string;
  /** Its failure is a finding (a peer that does not run, a method that needs too much memory), and no fault of the run. */
  readonly mayFail?: true;
}

export interface Outcome<Figures> {
  readonly point: string;
  /** Seconds from the start of the process to its end. */
  readonly wallSeconds: number;
  readonly ending: Ending<Figures> | { readonly kind: 'not tried'; readonly because: string };
}

/** What a run has found so far. */
export interface Findings<Figures> {
  readonly options: ExperimentOptions;
  readonly machine: Machine;
  /** The text that the run is about, where the experiment has one. */
  readonly text?: TextFacts;
  /** In the order of the points. */
  readonly outcomes: readonly Outcome<Figures>[];
}

/**
 * A question and the measurements that answer it. All but `run`, `environment` and `instead` is pure, and nothing but `run` loads tfjs: in the
 * point's own process, by a late import.
 */
export interface Experiment<Input = unknown, Figures = unknown> {
  /** The subcommand. */
  readonly name: string;
  /** One line: for the help and the report. */
  readonly about: string;
  /** A file that may be named after the command; its path is kept among the flags. */
  readonly file?: Pick<Flag, 'name' | 'about'>;
  readonly flags?: readonly Flag[];
  /** It has one size, and so no --full. */
  readonly hasOneSize?: true;
  /** Which tables `--docs` writes to `docs/measured/<name>.md` after a whole run; without it the experiment has no such option. */
  readonly docs?: 'all tables' | readonly string[];
  /** The text that the run is about: read, and refused where it is no good, before anything is measured. */
  source?(options: ExperimentOptions): TextSource;
  /** What the environment of every point's process holds besides; found out once, before the first. */
  environment?(options: ExperimentOptions, signal: AbortSignal): Promise<Readonly<Record<string, string>>>;
  /**
   * What one of its flags asks for in the place of a run. Gives the lines that say what was done; undefined where a run is asked for.
   * @param userFolder what relative paths start from
   */
  instead?(options: ExperimentOptions, userFolder: string): Promise<readonly string[] | undefined>;
  /** In the order they are measured: the first ones give the first findings. */
  points(options: ExperimentOptions): readonly Point<Input>[];
  /** The work of one point, in its own process: checks first, then measures. What it gives survives JSON. */
  run(input: Input, reporter: Reporter): Promise<Figures>;
  /** Why a point need not be tried, given the outcomes of the points before it; undefined where it must. */
  skip?(point: Point<Input>, before: Findings<Figures>): string | undefined;
  /** What makes the run a failure although every point was measured, in words. */
  faults?(findings: Findings<Figures>): readonly string[];
  /** What is worth a line as soon as the point is in; the rest is said at the end. */
  news?(findings: Findings<Figures>, point: string): readonly string[];
  tables(findings: Findings<Figures>): readonly TitledTable[];
  plots?(findings: Findings<Figures>): readonly LinePlot[];
  /** What is no table: facts, a text that a model wrote. */
  passages?(findings: Findings<Figures>): readonly Passage[];
  /** What was found, in sentences, most telling first; none before anything is known. */
  headline(findings: Findings<Figures>): readonly string[];
}

/** The figures of a point; undefined where there are none, for which `whyNot` has the words. */
export function figuresOf<Figures>({ outcomes }: Pick<Findings<Figures>, 'outcomes'>, point: string): Figures | undefined {
  const ending = outcomes.find((outcome) => outcome.point === point)?.ending;
  return ending?.kind === 'done' ? ending.result : undefined;
}

/** The figures of a point, where they are of that kind. */
export function found<Figures extends { readonly kind: string }, Kind extends Figures['kind']>(
  findings: Pick<Findings<Figures>, 'outcomes'>,
  point: string,
  kind: Kind,
): Extract<Figures, { kind: Kind }> | undefined {
  const figures = figuresOf(findings, point);
  const isOfKind = (one: Figures): one is Extract<Figures, { kind: Kind }> => one.kind === kind;
  return figures !== undefined && isOfKind(figures) ? figures : undefined;
}

/** What stands in the place of a point that was not tried yet. */
export const notMeasured = 'not measured';

/** Why a point has no figures, in full. */
export function reasonOf({ outcomes }: Pick<Findings<unknown>, 'outcomes'>, point: string): string {
  return inWords(outcomes.find((outcome) => outcome.point === point)?.ending);
}

/** The reason's first line, for a place in a table: the report has the whole of an error above. */
export const whyNot = (findings: Pick<Findings<unknown>, 'outcomes'>, point: string): string =>
  reasonOf(findings, point).split('\n', 1)[0] as string;

/** Why there are no figures; nothing where there are. */
export function inWords(ending: Outcome<unknown>['ending'] | undefined): string {
  if (ending === undefined) return notMeasured;
  if (ending.kind === 'over') return `over its ${ending.budgetSeconds} s budget`;
  if (ending.kind === 'not tried') return `not tried: ${ending.because}`;
  return ending.kind === 'failed' ? `failed: ${withoutFolders(ending.error)}` : '';
}

/** A library's error may name files where it was built or installed: their names are enough for those who read a table elsewhere. */
const withoutFolders = (error: string): string => error.replaceAll(/(?:\/[\w.+@-]+){2,}\//g, '');
