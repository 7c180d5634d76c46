export type BackendName = 'wasm' | 'webgpu';

/** What a worker computes on. */
export interface Device {
  readonly backend: BackendName;
  /** The graphics adapter, where there is one. */
  readonly adapter: string | undefined;
  /** Threads of WebAssembly, this worker's own included. */
  readonly threads: number | undefined;
  /** Why it is not more than that. */
  readonly note: string | undefined;
}

/** A backend tried on this device: how long a small attention took, forward and backward, ms. */
export interface Trial {
  readonly device: Device;
  readonly milliseconds: number;
}

export const describeDevice = ({ backend, threads, adapter }: Device): string =>
  backend === 'webgpu'
    ? `WebGPU${adapter === undefined ? '' : `, ${adapter}`}`
    : `WebAssembly, ${threads} thread${threads === 1 ? '' : 's'}`;
