/** Bytes of a file, or of several, that are here and that there will be. */
interface Amount {
  readonly loaded: number;
  readonly total: number;
  /** Of 100. */
  readonly progress: number;
}

/** What is told of a load, under the names that users of transformers.js know; `name` is the repository's. */
export type LoadProgress =
  | { readonly status: 'initiate' | 'download' | 'done'; readonly name: string; readonly file: string }
  | ({ readonly status: 'progress'; readonly name: string; readonly file: string } & Amount)
  | ({
      /** All files together: those that were opened, and those that the options named. */
      readonly status: 'progress_total';
      readonly name: string;
      readonly files: Readonly<Record<string, { readonly loaded: number; readonly total: number }>>;
    } & Amount)
  | { readonly status: 'ready'; readonly name: string };

/** Tells of the files of one load. */
export interface Teller {
  /** Counts a file in the total before it is opened. */
  expect(file: string, total: number): void;
  initiate(file: string): void;
  download(file: string): void;
  loaded(file: string, loaded: number, total: number): void;
  done(file: string): void;
}

export function teller(name: string, tell: ((event: LoadProgress) => void) | undefined): Teller {
  const files = new Map<string, { readonly loaded: number; readonly total: number }>();
  const tellTotal = (): void => {
    const amounts = [...files.values()];
    const [loaded, total] = (['loaded', 'total'] as const).map((each) => amounts.reduce((sum, amount) => sum + amount[each], 0));
    tell?.({ status: 'progress_total', name, files: Object.fromEntries(files), ...amountOf(loaded as number, total as number) });
  };
  return {
    expect: (file, total) => {
      if (!files.has(file)) files.set(file, { loaded: 0, total });
    },
    initiate: (file) => tell?.({ status: 'initiate', name, file }),
    download: (file) => tell?.({ status: 'download', name, file }),
    loaded: (file, loaded, total) => {
      files.set(file, { loaded, total });
      tell?.({ status: 'progress', name, file, ...amountOf(loaded, total) });
      tellTotal();
    },
    done: (file) => tell?.({ status: 'done', name, file }),
  };
}

const amountOf = (loaded: number, total: number): Amount => ({ loaded, total, progress: total === 0 ? 100 : (100 * loaded) / total });
