import type { TfjsWebGpu } from '../tfjs/tfjs-webgpu.ts';

/** Something that tfjs-backend-webgpu 4.22 computes wrongly, and how it is put right. */
export interface Repair {
  readonly name: string;
  /** @returns undoes it */
  apply(backend: TfjsWebGpu): () => void;
}
