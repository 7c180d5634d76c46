import { Tensor } from '@tensorflow/tfjs-core';
import { ConfigError, isRecord, requireKind, show } from '../error/index.ts';
import { meant } from '../error/written-elsewhere.ts';
import { type AskedRows, askedBelow } from './attention-request.ts';
import type { LayerContext } from './layer.ts';

/** Names that every layer takes; `state` only where there is some. */
const general = ['training', 'key'];

/** What Hugging Face gives its models beside what they read of the ids, and here is x. */
const isX = (name: string): boolean => name.replaceAll('_', '').toLowerCase() === 'inputids';

/** Throws unless every name of the context is one that the layer, or a part of it, declares, and what every layer takes is what it must be. */
export function checkNames(
  caller: string,
  context: LayerContext,
  {
    reads,
    states,
    attentions,
  }: { readonly reads: readonly string[]; readonly states: readonly string[]; readonly attentions: readonly string[] },
): void {
  if (!isRecord(context)) {
    throw new ConfigError({
      caller,
      problem: 'the context must be a record.',
      expected: `{ ${[...general, ...reads].join(', ')} }`,
      got: show(context),
      remedy: 'write apply(parameters, x, { training: true, … }), or leave it out.',
    });
  }
  const { training, key, state } = context;
  if (training !== undefined) requireKind(caller, 'context.training', training, 'flag');
  if (key !== undefined) requireKind(caller, 'context.key', key, 'key');
  if (state !== undefined) requireKind(caller, 'context.state', state, 'record');
  for (const name of Object.keys(context)) {
    if (general.includes(name) || reads.includes(name) || (name === 'state' && states.length > 0)) continue;
    if (name === 'attentionWeights' && attentions.length > 0) continue;
    const known = [...general, ...(states.length > 0 ? ['state'] : []), ...reads, ...(attentions.length > 0 ? ['attentionWeights'] : [])];
    throw new ConfigError({
      caller,
      problem: 'every name of the context must be one that the layer or a part of it reads.',
      expected: known.join(', '),
      got: name,
      remedy: `${isX(name) ? 'write apply(parameters, ids, context): the ids are x.' : meant(name, known)} Else leave ${name} out.`,
    });
  }
}

/** The context for the part of that name: its random numbers are its own, and it is asked for its own attention alone. */
export function partContext<C extends LayerContext>(context: C, name: string): C {
  const { key, attentionWeights } = context;
  if (key === undefined && attentionWeights === undefined) return context;
  return {
    ...context,
    ...(key === undefined ? {} : { key: key.fold(name) }),
    ...(attentionWeights === undefined ? {} : { attentionWeights: askedBelow(attentionWeights as AskedRows, name) }),
  };
}

/**
 * The context's value of that name, which this layer cannot do without.
 * @throws ConfigError that says what it is
 * @cost no tensor operations
 */
export function requireContext<Value>(caller: string, name: string, value: Value | undefined, what: string): Value {
  if (value !== undefined && value !== null) return value;
  throw new ConfigError({
    caller,
    problem: `the context must hold ${name}.`,
    expected: `{ ${name}: ${what} }`,
    got: show(value),
    remedy: `apply(parameters, x, { ${name} }).`,
  });
}

/** Plain records and lists are searched; what was made by a class (a mask, groups, padding) is a value of its own. */
const isPlain = (value: object): boolean => {
  const prototype: unknown = Object.getPrototypeOf(value);
  return Array.isArray(value) || prototype === null || Object.getPrototypeOf(prototype) === null;
};

/**
 * The tensors that a context holds, in a fixed order: an operation that runs a layer again takes them as its inputs, so that they get
 * gradients.
 * @cost no tensor operations
 */
export function tensorsOfContext(context: unknown): readonly Tensor[] {
  if (context instanceof Tensor) return [context];
  if (typeof context !== 'object' || context === null || !isPlain(context)) return [];
  return Object.values(context).flatMap(tensorsOfContext);
}

/**
 * The same context with other tensors, in the order of `tensorsOfContext`. What holds no tensor stays the very same, so that what is
 * cached by identity is found again.
 * @shape those of the context
 * @cost no tensor operations
 */
export function withContextTensors<C>(context: C, tensors: readonly Tensor[]): C {
  let at = 0;
  const replaced = (value: unknown): unknown => {
    if (value instanceof Tensor) return tensors[at++];
    if (typeof value !== 'object' || value === null || tensorsOfContext(value).length === 0) return value;
    if (Array.isArray(value)) return value.map(replaced);
    return Object.fromEntries(Object.entries(value).map(([name, each]) => [name, replaced(each)]));
  };
  return replaced(context) as C;
}
