import type { Tensor } from '@tensorflow/tfjs-core';

/** Half an ulp of float32 at 1: what one rounding may lose. */
export const EPS = 2 ** -24;

export const size = (shape: readonly number[]): number => shape.reduce((product, length) => product * length, 1);

/** A tensor's numbers. */
export const read = async (x: Tensor): Promise<Float32Array> => (await x.data()) as Float32Array;
