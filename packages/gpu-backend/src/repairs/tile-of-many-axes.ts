import { replaceKernel } from '@longspan/core-tensor/kernel';
import { type TensorInfo, Tile, util } from '@tensorflow/tfjs-core';
import type { Repair } from './repair.ts';

/** Tile of five axes and more: tfjs reads the tensor back synchronously, which stalls, throws in Node, and loses the device in some pages. */
export const tileOfManyAxes: Repair = {
  name: 'tile of many axes',
  apply: (backend) =>
    replaceKernel('webgpu', Tile, (stock) => (call) => {
      const { x } = call.inputs as { readonly x: TensorInfo };
      const { reps } = call.attrs as { readonly reps: number[] } & object;
      if (x.shape.length < 5 || x.dtype === 'string') return stock(call);
      // Axis by axis, each as the middle one of three.
      let tiled: TensorInfo = x;
      reps.forEach((count, axis) => {
        if (count === 1) return;
        const size = tiled.shape[axis] as number;
        const before = util.sizeFromShape(tiled.shape.slice(0, axis));
        const middle: TensorInfo = { ...tiled, shape: [before, size, util.sizeFromShape(tiled.shape.slice(axis + 1))] };
        const next = stock({ inputs: { x: middle }, backend, attrs: { reps: [1, count, 1] } }) as TensorInfo;
        if (tiled !== x) backend.disposeData(tiled.dataId);
        tiled = { ...next, shape: tiled.shape.map((each, at) => (at === axis ? each * count : each)) };
      });
      if (tiled === x) backend.incRef(x.dataId); // the same numbers
      return { ...tiled };
    }),
};
