import { applyLayerNorm, applyLinear, defineLayer, gelu, type Layer, scoped } from '@longspan/core-tensor';
import { weightSpec, zerosDraw } from '@longspan/core-tensor/layer';
import { type ReversibleSequenceConfig, reversibleSequence } from '@longspan/reversible';
import { concat, mul, relu, split, type Tensor } from '@tensorflow/tfjs-core';
import type { Inputs } from '../inputs.ts';
import type { Family, Way } from '../replay.ts';

/** reformer-pytorch's reversible sequence; its dropout masks are given. */
export const reversibleBlock: Family = ({ config }) => {
  const depth = config.number('depth');
  const activate = config.oneOf('activation', ['gelu', 'relu']) === 'gelu' ? (x: Tensor) => gelu(x, 'none') : relu;
  const gain = 1 / (1 - config.number('dropout'));
  const network = (inputs: Inputs, name: string): Layer =>
    defineLayer({
      name: 'network',
      spec: Object.fromEntries(
        Object.entries(scoped(`blocks.${name}`, inputs.parameters())).map(([own, { shape }]) => [own, weightSpec(shape, zerosDraw)]),
      ),
      run({ parameters }, x) {
        const named = (part: string): Tensor => parameters.get(`net.${part}`);
        const linear = (x: Tensor, layer: string): Tensor => applyLinear(x, named(`${layer}.weight`), named(`${layer}.bias`));
        const inner = activate(linear(applyLayerNorm(x, named('norm.weight'), named('norm.bias'), 1e-5), 'w1'));
        return linear(mul(mul(inner, inputs.get(`rand.mask.${name}`)), gain), 'w2');
      },
    });
  const way = (name: string, options: ReversibleSequenceConfig): Way => ({
    name,
    run(inputs) {
      const blocks = Array.from({ length: depth }, (_, at) => ({ f: network(inputs, `${at}.f`), g: network(inputs, `${at}.g`) }));
      const sequence = reversibleSequence(blocks, options);
      const parameters = scoped('blocks', inputs.parameters());
      const y = sequence.apply(parameters, concat([inputs.get('in.x1'), inputs.get('in.x2')], -1));
      const [y1, y2] = split(y, 2, -1) as [Tensor, Tensor];
      const [x1, x2] = split(sequence.invert(parameters, y), 2, -1) as [Tensor, Tensor];
      return { y1, y2, 'inverse.x1': x1, 'inverse.x2': x2 };
    },
  });
  return { ways: [way('', {}), way('keepEvery 1', { keepEvery: 1 })] };
};
