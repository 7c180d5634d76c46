import { crossEntropy, type Parameters } from '@longspan/core-tensor';
import { type Downsampling, hourglassLanguageModel, type Upsampling } from '@longspan/hierarchical';
import { slice, type Tensor } from '@tensorflow/tfjs-core';
import type { Config } from '../config.ts';
import type { Family } from '../replay.ts';
import { oneWay } from './way.ts';

/** A whole Hourglass language model, and the loss of its logits. */
export const hourglassPaper: Family = ({ config }) => {
  const shift = config.number('shift_right');
  if (shift !== 0 && shift !== 1) throw new Error(`config.shift_right must be 0 or 1, got ${shift}`);
  const [before, after] = config.numbers('vanilla_layers') as [number, number];
  const model = hourglassLanguageModel({
    vocabulary: config.number('vocab_size'),
    width: config.number('d_model'),
    innerWidth: config.number('d_ff'),
    heads: config.number('n_heads'),
    tokenLayers: [before, after],
    hierarchy: config.text('hierarchy'),
    downsampling: downsampling(config),
    upsampling: upsampling(config),
    epsilon: config.number('layer_norm_eps'),
    shift,
  });
  return {
    ways: oneWay((inputs) => {
      const ids = inputs.get('in.input_ids');
      const logits = model.apply(renamed(inputs.parameters()), ids);
      return { logits, loss: lossOf(logits, ids, shift) };
    }),
  };
};

/** The fixtures name the inner levels, and the ways into them and back, after a valley. */
function renamed(parameters: Parameters): Parameters {
  const ours = (name: string): string =>
    name.replaceAll('valley', 'inner').replace('shorten', 'downsample').replace('lengthen', 'upsample');
  return Object.fromEntries(Object.entries(parameters).map(([name, each]) => [ours(name), each]));
}

function downsampling(config: Config): Downsampling {
  const way = config.oneOf('downsampling', ['average', 'linear', 'attention']);
  return way === 'attention' ? { attention: config.oneOf('attention_downsampling', ['average', 'linear']) } : way;
}

function upsampling(config: Config): Upsampling {
  const way = config.oneOf('upsampling', ['repeat', 'linear', 'attention']);
  return way === 'attention' ? { attention: config.oneOf('attention_upsampling', ['repeat', 'linear']) } : way;
}

/** Logits t predict token t where tokens were shifted, else token t + 1. */
function lossOf(logits: Tensor, ids: Tensor, shift: 0 | 1): Tensor {
  if (shift === 1) return crossEntropy(logits, ids);
  const [batch, length, classes] = logits.shape as [number, number, number];
  return crossEntropy(slice(logits, [0, 0, 0], [batch, length - 1, classes]), slice(ids, [0, 1], [batch, length - 1]));
}
