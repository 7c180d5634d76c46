import type { Parameters } from '@longspan/core-tensor';
import { ConfigError, isRecord, requireKind, show } from '@longspan/core-tensor/error';
import type { Optimized } from '../optimizer/optimizer.ts';

/** Throws unless it is what a step of an optimiser gives: a rule that a user wrote may give anything. */
export function requireOptimized(changed: Optimized, before: Parameters): void {
  if (!isRecord(changed) || !isRecord(changed.parameters) || !isRecord(changed.state)) {
    throw new ConfigError({
      caller: 'train',
      problem: "the optimizer's step must give what it changed.",
      expected: '{ parameters, state }: new tensors by the names of parameters, and entries of the state',
      got: show(changed),
      remedy: 'return both from step(parameters, gradients, state, learningRate), { } where nothing changed.',
    });
  }
  for (const [name, tensor] of Object.entries(changed.parameters)) {
    requireKind('train', `the optimizer's parameters.${name}`, tensor, 'tensor');
    const expected = Object.hasOwn(before, name) ? before[name]?.shape.join(', ') : undefined;
    if (tensor.shape.join(', ') === expected && tensor.dtype === 'float32') continue;
    throw new ConfigError({
      caller: 'train',
      problem: "the optimizer's step must give each parameter in its shape.",
      expected: expected === undefined ? `one of ${show(Object.keys(before))}` : `${name}: float32 [${expected}]`,
      got: `${name}: ${tensor.dtype} [${tensor.shape.join(', ')}]`,
      remedy: 'return new tensors of the shapes of the old ones.',
    });
  }
  for (const [name, value] of Object.entries(changed.state)) {
    if (typeof value !== 'number') requireKind('train', `the optimizer's state.${name}`, value, 'tensor');
  }
}
