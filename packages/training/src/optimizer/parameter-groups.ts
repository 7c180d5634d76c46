import type { Parameters } from '@longspan/core-tensor';
import { ConfigError, inNameOf, requireKind, requireKnown, show } from '@longspan/core-tensor/error';
import { type Tensor, type TensorContainer, tidy } from '@tensorflow/tfjs-core';
import { parameterOf } from './moving-parameters.ts';
import type { Optimized, Optimizer, OptimizerState } from './optimizer.ts';
import type { Selection } from './selection.ts';

export interface ParameterGroup {
  readonly of: Selection;
  readonly optimizer: Optimizer;
  /** Times the learning rate of the step; 1 by default. */
  readonly rate?: number | undefined;
}

/**
 * Several optimisers as one: each parameter is moved by the first group that chooses it.
 * @shape those of the parameters
 * @returns an optimiser whose state holds those of all groups
 * @throws ConfigError when there is no group; at a step, when a parameter belongs to none
 * @cost that of the groups' optimisers
 * @example
 * const slow = { of: named('embedding.*'), optimizer: sgd(), rate: 0.1 };
 * const { step } = parameterGroups([slow, { of: named('*'), optimizer: sgd() }]);
 * const one = () => tensor1d([1]);
 * const { parameters } = step({ 'embedding.weight': one(), bias: one() }, { 'embedding.weight': one(), bias: one() }, {}, 0.5);
 * await parameters['embedding.weight'].data(); // => [0.95]
 * await parameters.bias.data(); // => [0.5]
 */
export function parameterGroups(groups: readonly ParameterGroup[]): Optimizer {
  const caller = 'parameterGroups';
  requireKind(caller, 'groups', groups, 'list');
  if (groups.length === 0) throw noGroup(caller, 'no group');
  groups.forEach((group, at) => {
    requireKnown(caller, group, { of: 'function', optimizer: 'record', rate: 'amount' });
    requireKind(caller, `groups[${at}].of`, group.of, 'function');
    requireOptimizer(caller, `groups[${at}].optimizer`, group.optimizer);
  });
  const kept = groups.map((group) => ({ ...group }));
  const groupOf = (name: string, tensor: Tensor): number => kept.findIndex(({ of }) => of(name, tensor.shape));
  return {
    name: `parameterGroups(${kept.map(({ optimizer }) => optimizer.name).join(', ')})`,
    step(parameters, gradients, state, learningRate) {
      for (const [what, record] of Object.entries({ parameters, gradients, state })) requireKind(caller, what, record, 'record');
      requireKind(caller, 'learningRate', learningRate, 'amount');
      for (const [name, tensor] of Object.entries(parameters)) requireKind(caller, `parameters.${name}`, tensor, 'tensor');
      const homes = new Map(Object.entries(parameters).map(([name, tensor]) => [name, groupOf(name, tensor)]));
      const homeless = Object.keys(gradients).find((name) => homes.get(name) === -1);
      if (homeless !== undefined) throw noGroup(caller, `no group for ${homeless}`);
      // What belongs to no parameter goes to the first group, which says so.
      const within = <Value>(record: Readonly<Record<string, Value>>, nameOf: (entry: string) => string, at: number) =>
        Object.fromEntries(Object.entries(record).filter(([entry]) => Math.max(0, homes.get(nameOf(entry)) ?? 0) === at));
      const own = (name: string): string => name;
      const step = ({ optimizer, rate = 1 }: (typeof kept)[number], at: number): Optimized =>
        inNameOf(caller, () =>
          optimizer.step(
            within<Tensor>(parameters, own, at),
            within<Tensor>(gradients, own, at),
            within<Tensor | number>(state, parameterOf, at),
            learningRate * rate,
          ),
        );
      // Where one group is refused, what those before it made is disposed.
      const found = tidy(() => kept.map(step) as object as TensorContainer) as object as readonly Optimized[];
      return {
        parameters: Object.assign({}, ...found.map((each) => each.parameters)) as Parameters,
        state: Object.assign({}, ...found.map((each) => each.state)) as OptimizerState,
      };
    },
  };
}

const isOptimizer = ({ name, step }: Partial<Optimizer>): boolean => typeof name === 'string' && typeof step === 'function';

/** Throws unless it has an optimiser's name and step. */
export function requireOptimizer(caller: string, name: string, value: unknown): void {
  if (typeof value === 'object' && value !== null && isOptimizer(value)) return;
  throw new ConfigError({
    caller,
    problem: `${name} must be an optimiser.`,
    expected: '{ name, step }',
    got: show(value),
    remedy: 'give adamW(), adafactor(), sgd(), muon(), or parameterGroups of them.',
  });
}

const noGroup = (caller: string, got: string): ConfigError =>
  new ConfigError({
    caller,
    problem: 'every parameter with a gradient must belong to a group.',
    expected: 'groups that choose all parameters together',
    got,
    remedy: "end the list with { of: named('*'), optimizer: adamW() }.",
  });
