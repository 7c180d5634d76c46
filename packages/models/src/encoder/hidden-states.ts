import type { Tensor } from '@tensorflow/tfjs-core';
import type { EncoderContext } from './encoder-model.ts';

/** The hidden states where the context asks for them, each a tensor of its own: what a model gives is the caller's to dispose. */
export const askedStates = ({ hiddenStates }: EncoderContext, states: readonly Tensor[]): { readonly hiddenStates?: readonly Tensor[] } =>
  hiddenStates ? { hiddenStates: states.map((state) => state.clone()) } : {};
