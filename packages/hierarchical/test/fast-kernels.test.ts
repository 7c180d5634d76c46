import { blockSparseAttentionContract } from '@longspan/core-tensor';
import { withBackend } from '@longspan/tooling/expect';
import { register } from '@longspan/wasm-backend';
import type { Tensor } from '@tensorflow/tfjs-core';
import { beforeAll, expect, it } from 'vitest';
import { hourglassLanguageModel, type Lengthening, type Shortening } from '../src/index.ts';
import { expectGolden, readGolden } from './golden.ts';

beforeAll(async () => {
  await withBackend('wasm');
  await register();
});

it('the kernels of wasm-backend are there', () => {
  expect(blockSparseAttentionContract.kernels('wasm').map(({ name }) => name)).not.toEqual(['reference']);
});

it.each(['attention', 'attention-nested', 'attention-linear-pool-repeat', 'average-linear', 'linear-attention-repeat', 'nested-unshifted'])(
  'on fast kernels the Hourglass of %s gives the numbers of the reference, and its gradients',
  async (name) => {
    const golden = await readGolden(`decoders/hourglass.paper.${name}`);
    const { config } = golden;
    const way = (plain: string, by: string) => (config[plain] === 'attention' ? { attention: config[by] } : config[plain]);
    const model = hourglassLanguageModel({
      vocabulary: config['vocab_size'] as number,
      width: config['d_model'] as number,
      innerWidth: config['d_ff'] as number,
      heads: config['n_heads'] as number,
      vanillaLayers: config['vanilla_layers'] as [number, number],
      hierarchy: config['hierarchy'] as string,
      shortening: way('downsampling', 'attention_downsampling') as Shortening,
      lengthening: way('upsampling', 'attention_upsampling') as Lengthening,
      shift: config['shift_right'] as 0 | 1,
    });
    await expectGolden(golden, 'logits', (parameters, inputs) => model.apply(parameters, inputs['input_ids'] as Tensor));
  },
);
