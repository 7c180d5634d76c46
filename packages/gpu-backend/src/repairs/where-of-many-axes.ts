import { replaceKernel } from '@longspan/core-tensor/kernel';
import { Select, type TensorInfo, util } from '@tensorflow/tfjs-core';
import type { Repair } from './repair.ts';

/** Where of five axes and more, which tfjs refuses. */
export const whereOfManyAxes: Repair = {
  name: 'where of many axes',
  apply: () =>
    replaceKernel('webgpu', Select, (stock) => (call) => {
      const { condition, t, e } = call.inputs as Readonly<Record<'condition' | 't' | 'e', TensorInfo>>;
      if (t.shape.length < 5) return stock(call);
      const flat = (info: TensorInfo): TensorInfo => ({ ...info, shape: [util.sizeFromShape(info.shape)] }); // all of one shape by now
      const made = stock({ ...call, inputs: { condition: flat(condition), t: flat(t), e: flat(e) } }) as TensorInfo;
      return { ...made, shape: t.shape };
    }),
};
