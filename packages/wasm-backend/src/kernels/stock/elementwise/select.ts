import { cast, engine, Select, type Tensor, type TensorInfo, tidy, util, zeros } from '@tensorflow/tfjs-core';
import { runToOutput } from '../../../runtime/run-to-output.ts';
import type { Runtime } from '../../../runtime/runtime.ts';
import { replaceKernels } from '../../../tfjs/replace-kernels.ts';
import type { Kernel } from '../../kernel.ts';

/** A call of tfjs's Select: `where`. */
interface SelectCall {
  readonly inputs: { readonly condition: TensorInfo; readonly t: TensorInfo; readonly e: TensorInfo };
}

/** 16 KiB of each operand. */
const countPerItem = 4096;

/** The numbers of t where the condition holds, else those of e; undefined where the condition chooses rows, and for other dtypes. */
function select(runtime: Runtime, { inputs: { condition, t, e } }: SelectCall): Tensor | undefined {
  // Of nothing, tfjs's where leaves the condition as it was, and its kernel reads and writes by that.
  if (util.sizeFromShape(t.shape) === 0) return zeros([...t.shape], t.dtype);
  if (t.dtype === 'bool' && e.dtype === 'bool') return selectTruths({ condition, t, e });
  const shapes = [condition.shape, e.shape];
  if (!shapes.every((shape) => util.arraysEqual(shape, t.shape))) return undefined;
  if (condition.dtype !== 'bool' || t.dtype !== e.dtype || !['float32', 'int32'].includes(t.dtype)) return undefined;
  const { heap, kernels } = runtime;
  const count = util.sizeFromShape(t.shape);
  return runToOutput(runtime, t.shape, t.dtype, (out) => ({
    kernel: kernels.select,
    items: Math.ceil(count / countPerItem),
    scratchBytes: 0,
    fields: [...[condition, t, e].map(heap.pointerOf), out, count, countPerItem], // SelectJob of assembly/elementwise/binary.ts
  }));
}

/** tfjs's own takes each truth for four bytes, and reads and writes beyond its tensors. */
const selectTruths = ({ condition, t, e }: SelectCall['inputs']): Tensor =>
  tidy(() => {
    const [ofT, ofE] = [t, e].map((truths) => cast(truths as Tensor, 'int32')) as [Tensor, Tensor];
    return cast(engine().runKernel(Select, { condition: condition as Tensor, t: ofT, e: ofE }) as Tensor, 'bool');
  });

/** tfjs's where. */
export const selectKernel: Kernel = { name: Select, add: (runtimeOf) => replaceKernels<SelectCall>(runtimeOf, { [Select]: select }) };
