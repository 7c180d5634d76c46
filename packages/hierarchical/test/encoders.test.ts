import { applyLayerNorm, padding, scoped } from '@longspan/core-tensor';
import { below, expectClose, type Golden, onFewerBackends, readGolden } from '@longspan/tooling/expect';
import {
  add,
  dispose,
  mean,
  mul,
  type Scalar,
  sum,
  type Tensor,
  tidy,
  type Variable,
  variable,
  variableGrads,
} from '@tensorflow/tfjs-core';
import { expect, it } from 'vitest';
import { funnelDecoder, funnelEncoder, funnelUpsampling, type HatEncoders, hat, swinStages } from '../src/index.ts';

/** What a fixture of a whole model says of the layers that are ours: each state from the first on, and gradients through them. */
interface Case {
  readonly golden: Golden;
  /** All states after the first, from the first; by parameters under the fixture's own names. */
  readonly run: (parameters: Readonly<Record<string, Tensor>>, first: Tensor) => readonly Tensor[];
  /** The fixture's outputs that have cotangents, by the states. */
  readonly outputs: (parameters: Readonly<Record<string, Tensor>>, states: readonly Tensor[]) => Readonly<Record<string, Tensor>>;
}

const state = (golden: Golden, at: number): Tensor => golden.tensors[`out.hidden_states.${at}`] as Tensor;

async function expectStates({ golden, run, outputs }: Case): Promise<void> {
  const { tensors, tolerance } = golden;
  const parameters = below(tensors, 'param.');
  const states = run(parameters, state(golden, 0));
  expect(Object.keys(tensors).filter((name) => name.startsWith('out.hidden_states.'))).toHaveLength(states.length + 1);
  for (const [at, each] of states.entries()) {
    const expected = state(golden, at + 1);
    expect(each.shape).toEqual(expected.shape);
    expectClose(await each.data(), await expected.data(), tolerance, `hidden_states.${at + 1}`);
  }
  // Only of the parameters after the first state: embeddings are the models' own.
  const wanted = Object.keys(tensors).filter((name) => /^grad\.param\.(?!embeddings|.*\.embeddings)/.test(name));
  expect(wanted).not.toEqual([]);
  const variables: Record<string, Variable> = Object.fromEntries(
    wanted.map((name) => [name.slice('grad.param.'.length), variable(tensors[name.slice('grad.'.length)] as Tensor)]),
  );
  const { value, grads } = variableGrads((): Scalar => {
    const all = { ...parameters, ...variables };
    const made = outputs(all, run(all, state(golden, 0)));
    const terms = Object.entries(made).map(([name, each]) => sum(mul(each, tensors[`cot.${name}`] as Tensor)));
    return terms.reduce((one, other) => add(one, other)) as Scalar;
  });
  for (const [name, each] of Object.entries(variables)) {
    const expected = await (tensors[`grad.param.${name}`] as Tensor).data();
    expectClose(await (grads[each.name] as Tensor).data(), expected, tolerance, `grad.param.${name}`);
  }
  dispose([states as Tensor[], value, grads, variables, tensors as Record<string, Tensor>]);
}

const numbers = (golden: Golden, name: string): number => golden.config[name] as number;

onFewerBackends('Swin stages', () => {
  it.each([
    ['swin-square', 8, 8],
    ['swin-padded', 7, 9],
    ['swin-three-stages', 24, 24],
  ])('%s: every stage gives the hidden states of Hugging Face, and its gradients', async (name, height, width) => {
    const golden = await readGolden(`encoders/${name}`);
    const { config } = golden;
    const stages = swinStages({
      width: numbers(golden, 'embed_dim'),
      depths: config['depths'] as number[],
      heads: config['num_heads'] as number[],
      windowSide: numbers(golden, 'window_size'),
      innerRatio: numbers(golden, 'mlp_ratio'),
      epsilon: numbers(golden, 'layer_norm_eps'),
    });
    await expectStates({
      golden,
      run: (parameters, hidden) => tidy(() => [...stages.apply(scoped('encoder', parameters), hidden, { grid: { height, width } }).states]),
      outputs: (parameters, states) => {
        const epsilon = numbers(golden, 'layer_norm_eps');
        const last = applyLayerNorm(states.at(-1) as Tensor, parameters['layernorm.weight'], parameters['layernorm.bias'], epsilon);
        return { last_hidden_state: last, pooler_output: mean(last, 1) };
      },
    });
  });
});

onFewerBackends('HAT layers', () => {
  it.each(['hat-early', 'hat-adhoc', 'hat-late', 'hat-interleaved', 'hat-interleaved-roberta-pad'])(
    '%s: every layer gives the hidden states of the reference, and its gradients',
    async (name) => {
      const golden = await readGolden(`encoders/${name}`);
      const { config } = golden;
      const schedule = Object.values(config['encoder_layout'] as Record<string, Record<string, boolean>>).map(
        (layer): HatEncoders => ({ sentence: layer['sentence_encoder'] === true, document: layer['document_encoder'] === true }),
      );
      const layers = hat({
        width: numbers(golden, 'hidden_size'),
        heads: numbers(golden, 'num_attention_heads'),
        innerWidth: numbers(golden, 'intermediate_size'),
        segmentLength: numbers(golden, 'max_sentence_length'),
        maxSegments: numbers(golden, 'max_sentences'),
        paddingIndex: numbers(golden, 'pad_token_id'),
        epsilon: numbers(golden, 'layer_norm_eps'),
        schedule,
      });
      const context = { padding: padding(golden.rows('in.attention_mask') as number[][]) };
      await expectStates({
        golden,
        run: (parameters, hidden) => layers.apply(scoped('encoder', parameters), hidden, context).states,
        outputs: (_, states) => ({ last_hidden_state: states.at(-1) as Tensor }),
      });
    },
  );
});

onFewerBackends('Funnel blocks', () => {
  const models = [
    'funnel-base',
    'funnel-base-factorized',
    'funnel-factorized',
    'funnel-no-separate-cls',
    'funnel-pooled-keys',
    'funnel-relative-pooled-keys',
    'funnel-relative-shift',
  ];
  it.each(models)('%s: every layer gives the hidden states of Hugging Face, and its gradients', async (name) => {
    const golden = await readGolden(`encoders/${name}`);
    const { config } = golden;
    const blockSizes = config['block_sizes'] as number[];
    const common = {
      width: numbers(golden, 'd_model'),
      heads: numbers(golden, 'n_head'),
      headDim: numbers(golden, 'd_head'),
      innerWidth: numbers(golden, 'd_inner'),
      epsilon: numbers(golden, 'layer_norm_eps'),
      keepCls: config['separate_cls'] as boolean,
      truncate: config['truncate_seq'] as boolean,
    };
    const encoder = funnelEncoder({
      ...common,
      blockSizes,
      blockRepeats: config['block_repeats'] as number[],
      pooling: config['pooling_type'] as 'mean' | 'max',
      poolQueriesOnly: config['pool_q_only'] as boolean,
    });
    const decoder = funnelDecoder({ ...common, layers: numbers(golden, 'num_decoder_layers') });
    const context = {
      padding: padding(golden.rows('in.attention_mask') as number[][]),
      tokenTypes: golden.rows('in.token_type_ids'),
    };
    await expectStates({
      golden,
      run: (parameters, hidden) =>
        tidy(() => {
          const { states } = encoder.apply(scoped('encoder', parameters), hidden, context);
          if (name.startsWith('funnel-base')) return [...states];
          const [length, stride] = [hidden.shape[1] as number, 2 ** (blockSizes.length - 1)];
          const spread = funnelUpsampling(states.at(-1) as Tensor, { keepCls: common.keepCls, truncate: common.truncate, stride, length });
          const first = add(spread, states[(blockSizes[0] as number) - 1] as Tensor);
          return [...states, first, ...decoder.apply(scoped('decoder', parameters), first, context).states];
        }),
      outputs: (_, states) => ({ last_hidden_state: states.at(-1) as Tensor }),
    });
  });
});
