import type { LinePlot } from './line-plot.ts';
import type { TitledTable } from './table.ts';

/** A name and what it is, in words. */
export type Fact = readonly [name: string, value: string];

/** A part of a report that is neither table nor plot. */
export interface Passage {
  readonly title: string;
  readonly facts: readonly Fact[];
  /** What a model wrote, after what it was given. */
  readonly sample?: { readonly about: string; readonly prompt: string; readonly text: string };
}

/** What a run has found, for people: a page and a markdown file say the same. */
export interface Report {
  readonly title: string;
  /** One line below the title. */
  readonly lead: string;
  /** What a partial report lacks, in words; empty where it is complete. */
  readonly missing: readonly string[];
  /** What was found, most telling first. */
  readonly headline: readonly string[];
  readonly plots: readonly LinePlot[];
  readonly tables: readonly TitledTable[];
  readonly passages: readonly Passage[];
  /** The run, its text and its machine. */
  readonly facts: readonly Fact[];
}
