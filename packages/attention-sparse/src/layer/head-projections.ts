import { applyLinear, dims, type Key, normal, type Parameters, parameter } from '@longspan/core-tensor';
import { ShapeError } from '@longspan/core-tensor/error';
import { type Tensor, zeros } from '@tensorflow/tfjs-core';

/** How Hugging Face initialises a dense layer and a table: normal with this deviation; biases are 0. */
export const initialDeviation = 0.02;

/** The batch size and length of token features that are as wide as the layer. */
export function tokensOf(caller: string, name: string, hidden: Tensor, width: number): { readonly batch: number; readonly length: number } {
  const sizes = dims(caller, { [name]: [hidden, 'b n width'] } as const);
  if (sizes.width !== width) {
    throw new ShapeError({
      caller,
      problem: `${name} is not as wide as the layer.`,
      expected: `[b, n, width=${width}]`,
      got: `[${hidden.shape.join(', ')}]`,
      remedy: `give ${name} ${width} along axis 2, or make the layer with width ${sizes.width}.`,
    });
  }
  return { batch: sizes.b, length: sizes.n };
}

export interface DenseSizes {
  readonly inFeatures: number;
  readonly outFeatures: number;
  /** True when absent. */
  readonly bias?: boolean;
}

/** The parameters of dense layers `name.weight` [out, in] and `name.bias` [out]; a name's numbers do not depend on the others. */
export function denseParameters(key: Key, names: readonly string[], { inFeatures, outFeatures, bias = true }: DenseSizes): Parameters {
  return Object.fromEntries(
    names.flatMap((name) => [
      [`${name}.weight`, normal(key.fold(name), [outFeatures, inFeatures], { standardDeviation: initialDeviation })] as const,
      ...(bias ? [[`${name}.bias`, zeros([outFeatures])] as const] : []),
    ]),
  );
}

/**
 * The dense layer of that name as a function of x [..., in]. Its parameters are checked here, so that a layer can refuse before its
 * first operation: what a throw leaves behind under a gradient tape is lost.
 * @throws ConfigError for a missing parameter; ShapeError for one of another size
 */
export function dense(
  caller: string,
  parameters: Parameters,
  name: string,
  { inFeatures, outFeatures, bias = true }: DenseSizes,
): (x: Tensor) => Tensor {
  const checked = (part: 'weight' | 'bias', shape: readonly number[]): Tensor => parameter(parameters, `${name}.${part}`, caller, shape);
  const weight = checked('weight', [outFeatures, inFeatures]);
  const offset = bias ? checked('bias', [outFeatures]) : undefined;
  return (x) => applyLinear(x, weight, offset);
}
