import type { Pass } from '../../attention/method.ts';
import type { Pace } from '../../figures/alternate.ts';
import type { LanguageModelSize } from '../../model/language-model.ts';
import type { AttentionSize, Measured } from '../kernels/input.ts';
import type { AdapterInfo } from './device/software-adapter.ts';

/** x [rows, inFeatures] times a weight [outFeatures, inFeatures]. */
export interface LinearSize {
  readonly rows: number;
  readonly inFeatures: number;
  readonly outFeatures: number;
}

export type RuntimePrecision = 'float32' | 'float16';

/** What is compared with onnxruntime-web's attention, which knows a local window, and reads any other mask as a table of all pairs. */
export interface RuntimeWork {
  readonly pattern: 'local window' | 'global tokens';
  readonly precision: RuntimePrecision;
}
export const runtimeWorks: readonly RuntimeWork[] = [
  { pattern: 'local window', precision: 'float32' },
  { pattern: 'local window', precision: 'float16' },
  { pattern: 'global tokens', precision: 'float32' },
];

/** The first tokens, which every later one sees besides its window, where there are global tokens. */
export const globalTokenCount = 16;

export type GpuTask =
  | { readonly kind: 'adapter' }
  | ({ readonly kind: 'attention'; readonly pass: Pass } & AttentionSize)
  | ({ readonly kind: 'full blocks' } & Omit<AttentionSize, 'left'>)
  | ({ readonly kind: 'growth'; readonly pass: Pass; readonly lengths: readonly number[] } & Omit<AttentionSize, 'n'>)
  | ({ readonly kind: 'linear' } & LinearSize)
  | { readonly kind: 'install'; readonly folder: string }
  | ({ readonly kind: 'runtime'; readonly folder: string } & RuntimeWork & AttentionSize)
  | ({ readonly kind: 'training'; readonly n: number } & LanguageModelSize);

/** What a point is told. */
export type GpuInput = { readonly seed: number; readonly pace: Pace } & GpuTask;

/** What `register()` says of the adapter. */
export interface AdapterFigures {
  readonly kind: 'adapter';
  readonly adapter: AdapterInfo;
  readonly isSoftware: boolean;
  /** Why nothing is timed on it; absent where things are. */
  readonly untimed?: string;
  readonly features: readonly string[];
  readonly limits: Readonly<Record<string, number>>;
  readonly kernels: readonly string[];
  readonly repairs: readonly string[];
}

/** What one call puts onto the device. */
export interface CallCounts {
  readonly dispatches: number;
  /** What all bindings of all dispatches hold. */
  readonly bytes: number;
  /** Of the products; from the layout and the shapes, not counted on the device. */
  readonly flops: number;
}

export interface CountedCall extends CallCounts {
  /** Of which row of the table. */
  readonly row: string;
  readonly side: string;
}

/** What a point found whose calls were checked. */
export interface WorkFigures {
  readonly kind: 'work';
  /** Why nothing was timed; absent where it was. */
  readonly untimed?: string;
  readonly counted: readonly CountedCall[];
  /** By the names of rows; none where nothing was timed. */
  readonly measured: Readonly<Record<string, Measured>>;
  /** What else a reader should know, by the names of rows. */
  readonly notes: Readonly<Record<string, string>>;
}

/** That onnxruntime-web is there. */
export interface InstalledFigures {
  readonly kind: 'installed';
}

export type GpuFigures = AdapterFigures | WorkFigures | InstalledFigures;
