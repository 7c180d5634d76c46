import type { Mistake } from './mistakes.ts';

/** Lists of arguments that work, made anew for each try. */
export type Calls = readonly (() => readonly unknown[])[];

/** What is no mistake at that place, as argument, option, option within it, or every option of a record: `{ '1.mask': ['function'], '0.*': ['misspelt'] }`. */
export type Accepted = Readonly<Record<string, readonly Mistake[]>>;

/** How one function is called. */
export interface Uses {
  readonly calls: Calls;
  readonly accepts?: Accepted | undefined;
  /** Whom its errors name; the export, or export and method, by default. */
  readonly caller?: string | undefined;
}

/** A method of what the first valid call gives. */
export interface Method extends Omit<Uses, 'calls'> {
  readonly calls: readonly ((made: unknown) => readonly unknown[])[];
}

/** How an export is called. */
export interface Row extends Uses {
  readonly methods?: Readonly<Record<string, Method>> | undefined;
  /** The backend that it needs; cpu by default. */
  readonly backend?: 'wasm' | undefined;
  /** Ends what a call has begun. */
  readonly after?: ((made: unknown) => void) | undefined;
}

/** An export that is not called with what users give, and why. */
export interface Unchecked {
  readonly unchecked: string;
}

/** The value exports of one entry by name. */
export type Table = Readonly<Record<string, Row | Unchecked>>;

export const row = (calls: Calls, accepts?: Accepted, more: Omit<Row, 'calls' | 'accepts'> = {}): Row => ({ calls, accepts, ...more });

/** A function that takes nothing. */
export const bare: Row = { calls: [() => []] };
