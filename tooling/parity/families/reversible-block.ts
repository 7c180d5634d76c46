import { applyLayerNorm, applyLinear, gelu, type Layer, parameter, scoped } from '@longspan/core-tensor';
import { reversibleSequence } from '@longspan/reversible';
import { mul, relu, type Tensor } from '@tensorflow/tfjs-core';
import type { Inputs } from '../inputs.ts';
import type { Family, Way } from '../replay.ts';

/** reformer-pytorch's reversible sequence; its dropout masks are given. */
export const reversibleBlock: Family = ({ config }) => {
  const depth = config.number('depth');
  const activate = config.oneOf('activation', ['gelu', 'relu']) === 'gelu' ? (x: Tensor) => gelu(x, 'none') : relu;
  const gain = 1 / (1 - config.number('dropout'));
  const network = (inputs: Inputs, name: string): Layer => ({
    init: () => ({}),
    apply(parameters, x) {
      const named = (part: string): Tensor => parameter(parameters, `net.${part}`, 'reversible.block');
      const linear = (x: Tensor, layer: string): Tensor => applyLinear(x, named(`${layer}.weight`), named(`${layer}.bias`));
      const inner = activate(linear(applyLayerNorm(x, named('norm.weight'), named('norm.bias'), 1e-5), 'w1'));
      return linear(mul(mul(inner, inputs.get(`rand.mask.${name}`)), gain), 'w2');
    },
  });
  const way = (name: string, options: Parameters<typeof reversibleSequence>[1]): Way => ({
    name,
    run(inputs) {
      const blocks = Array.from({ length: depth }, (_, at) => ({ f: network(inputs, `${at}.f`), g: network(inputs, `${at}.g`) }));
      const sequence = reversibleSequence(blocks, options);
      const parameters = scoped(inputs.parameters(), 'blocks');
      const outputs = sequence.apply(parameters, { x1: inputs.get('in.x1'), x2: inputs.get('in.x2') });
      const inverse = sequence.invert(parameters, outputs);
      return { y1: outputs.x1, y2: outputs.x2, 'inverse.x1': inverse.x1, 'inverse.x2': inverse.x2 };
    },
  });
  return { ways: [way('', {}), way('keepEvery 1', { keepEvery: 1 })] };
};
