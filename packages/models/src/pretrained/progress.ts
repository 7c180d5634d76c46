/** What is told while a checkpoint comes in: the events and the names of transformers.js. Bytes, and `progress` in percent. */
export type PretrainedProgress =
  | { readonly status: 'initiate' | 'download' | 'done'; readonly name: string; readonly file: string }
  | {
      readonly status: 'progress';
      readonly name: string;
      readonly file: string;
      readonly progress: number;
      readonly loaded: number;
      readonly total: number;
    }
  | {
      readonly status: 'progress_total';
      readonly name: string;
      readonly progress: number;
      readonly loaded: number;
      readonly total: number;
      /** Those that were opened so far: the total grows with them. */
      readonly files: Readonly<Record<string, { readonly loaded: number; readonly total: number }>>;
    }
  | { readonly status: 'ready'; readonly name: string };

export type OnProgress = (event: PretrainedProgress) => void;

/** What a source of files tells of each file, in turn. */
export interface Told {
  /** The file is asked for. */
  initiate(file: string): void;
  /** It is there, with so many bytes. */
  download(file: string, total: number): void;
  /** So many bytes more have come. */
  more(file: string, bytes: number): void;
  /** Nothing more of it is wanted. */
  done(file: string): void;
  /** Nothing more of any file is wanted. */
  doneAll(): void;
}

const percent = (loaded: number, total: number): number => (total === 0 ? 100 : (100 * loaded) / total);

/** Keeps count of all files for a listener. */
export function counted(name: string, listener: OnProgress): Told {
  const files = new Map<string, { loaded: number; total: number }>();
  const finished = new Set<string>();
  const tell = (file: string): void => {
    const { loaded, total } = files.get(file) as { loaded: number; total: number };
    listener({ status: 'progress', name, file, progress: percent(loaded, total), loaded, total });
    const all = [...files.values()];
    const [allLoaded, allTotal] = [all.reduce((sum, each) => sum + each.loaded, 0), all.reduce((sum, each) => sum + each.total, 0)];
    listener({
      status: 'progress_total',
      name,
      progress: percent(allLoaded, allTotal),
      loaded: allLoaded,
      total: allTotal,
      files: Object.fromEntries([...files].map(([each, counts]) => [each, { ...counts }])),
    });
  };
  const done = (file: string): void => {
    const counts = files.get(file);
    if (counts === undefined || finished.has(file)) return;
    finished.add(file);
    if (counts.loaded < counts.total) {
      counts.loaded = counts.total; // what the model does without was never read
      tell(file);
    }
    listener({ status: 'done', name, file });
  };
  return {
    initiate(file) {
      if (!files.has(file)) listener({ status: 'initiate', name, file });
    },
    download(file, total) {
      if (files.has(file)) return;
      files.set(file, { loaded: 0, total });
      listener({ status: 'download', name, file });
    },
    more(file, bytes) {
      const counts = files.get(file);
      if (counts === undefined || finished.has(file)) return;
      counts.loaded = Math.min(counts.total, counts.loaded + bytes);
      tell(file);
    },
    done,
    doneAll() {
      for (const file of files.keys()) done(file);
    },
  };
}

/** For nobody. */
export const untold: Told = { initiate: () => {}, download: () => {}, more: () => {}, done: () => {}, doneAll: () => {} };
