/** Every library that is measured, each in processes of its own. */
export const peerNames = ['Longspan', 'onnxruntime-node', 'onnxruntime-web', 'jax-js', 'PyTorch'] as const;
export type PeerName = (typeof peerNames)[number];

/** Exact versions: what a figure is worth nothing without. */
export const npmPackages = {
  'onnxruntime-node': '1.30.0',
  'onnxruntime-web': '1.30.0',
  '@jax-js/jax': '0.1.25',
  'onnx-proto': '8.0.1',
} as const;

export const pythonPackages = ['torch==2.15.0', 'transformers==4.57.6', 'safetensors', 'numpy'] as const;

/** All libraries get as many, the calling one included. */
export const threads = 2;

/** 4 heads of 64; the causal window is 512 keys with the query's own, Longformer's is 256 on each side. */
export const sizes = { heads: 4, headDim: 64, left: 511, longformerSide: 256 } as const;

/** Longformer's layer of base size. */
export const base = { n: 4096, heads: 12, width: 768, innerWidth: 3072 } as const;

export interface Where {
  /** Where packages, the Python environment and the inputs lie. */
  readonly folder: string;
  readonly lengths: readonly number[];
  readonly seed: number;
}

export type PeerInput = Where &
  (
    | { readonly kind: 'prepare'; readonly python?: string }
    | { readonly kind: 'measure'; readonly peer: PeerName; readonly python?: string; readonly script: string; readonly runSeconds: number }
  );

/** Seconds of one run, the median of some, after the answer was compared with ours; or the library's own error. */
export type Timing =
  | { readonly kind: 'done'; readonly seconds: number; readonly error: number }
  | { readonly kind: 'failed'; readonly error: string };

export interface PeerFigures {
  /** By the names of `works.ts`. */
  readonly timings: Readonly<Record<string, Timing>>;
  /** What was installed or ran, with versions. */
  readonly versions: readonly string[];
}
