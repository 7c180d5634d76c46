/** Where contracts are computed: a backend of tfjs, with or without kernels of ours on it. */
export interface Place {
  readonly label: string;
  /** The kernel that has to take every call, by the name that `explain` gives it: nothing is compared with itself unseen. */
  readonly kernel: string;
  /**
   * Makes it the place where calls run.
   * @returns how to leave it
   */
  readonly enter: () => Promise<() => void>;
}

export interface ConformanceOptions {
  /** Tokens, rows or classes of the largest random call: what the place can do in a test's time. */
  readonly longest: number;
  /** Which of the hard calls to run, by their labels; all of them by default. */
  readonly isTried?: ((label: string) => boolean) | undefined;
  /** Random calls of each property, where the place has no time for as many as others. */
  readonly randomCalls?: number | undefined;
  /** How long the calls of a property may take, ms; five minutes by default. */
  readonly patience?: number | undefined;
}

/** The tests of one contract. */
export interface ConformanceSuite {
  /** The contract's. */
  readonly name: string;
  /** Declares the tests of that place. */
  readonly describe: (place: Place, options: ConformanceOptions) => void;
}
