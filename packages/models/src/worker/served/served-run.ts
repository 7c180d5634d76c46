import type { LayerOutput } from '@longspan/core-tensor';
import { ConfigError } from '@longspan/core-tensor/error';
import type { Tensor } from '@tensorflow/tfjs-core';
import type { AnyModelContext, Pretrained } from '../../pretrained/pretrained.ts';
import { tensorsOf } from './host-output.ts';

/** What is asked of a model: all that it gives, its loss, or the vectors of texts that the checkpoint makes of its tokens. */
export type Asked = 'output' | 'loss' | 'sentence';

/** Runs it; what is given is the caller's to dispose. */
export function servedRun({ model, parameters, sentence }: Pretrained, asked: Asked, ids: Tensor, context: AnyModelContext): LayerOutput {
  if (asked === 'output') return model.apply(parameters, ids, context);
  if (asked === 'loss') {
    if (model.loss === undefined) throw noLoss();
    return model.loss.apply(parameters, ids, context);
  }
  if (sentence === undefined) throw noSentence();
  const { promptLength, ...rest } = context as AnyModelContext & { readonly promptLength?: number };
  const output = model.apply(parameters, ids, rest);
  try {
    const { padding } = context as { readonly padding?: never };
    return sentence.layer.apply(sentence.parameters, output.hidden, { padding, promptLength });
  } finally {
    for (const tensor of tensorsOf(output)) tensor.dispose();
  }
}

const noLoss = (): ConfigError =>
  new ConfigError({
    caller: 'loss',
    problem: 'the model must have a head with a loss.',
    expected: "a head such as { head: 'sequenceClassification' }",
    got: 'a model without one',
    remedy: 'load the checkpoint with such a head.',
  });

const noSentence = (): ConfigError =>
  new ConfigError({
    caller: 'sentence.apply',
    problem: 'the checkpoint must be one of sentence-transformers.',
    expected: 'a repository with modules.json',
    got: 'one without it',
    remedy: 'load a sentence encoder, without { sentence: false }; or pool what apply gives.',
  });
