import { dims, type Parameters } from '@longspan/core-tensor';
import { ConfigError, requireKind, show } from '@longspan/core-tensor/error';
import { type Tensor, zeros } from '@tensorflow/tfjs-core';
import { requireFloats } from '../gradient/require-floats.ts';
import type { OptimizerState } from './optimizer.ts';

/** A parameter that has a gradient, and what the optimiser remembers of it. */
export interface MovingParameter {
  readonly name: string;
  readonly parameter: Tensor;
  readonly gradient: Tensor;
  /** How many steps it has taken, with this one. */
  readonly step: number;
  /** A part of the state of that shape; zeros before the first step, made in the tidy of the step. */
  remembered(part: string, shape?: readonly number[]): Tensor;
}

/** The name of a parameter's part in a state. */
export const stateName = (part: string, parameter: string): string => `${part}.${parameter}`;

/** The parameter that an entry of a state is about: what follows the part. */
export const parameterOf = (entry: string): string => entry.slice(entry.indexOf('.') + 1);

/**
 * Checks what a step is given, and pairs each gradient with its parameter.
 * @param parts the parts of the optimiser's state, beside the count of steps
 * @throws ConfigError where a gradient or an entry of the state has no parameter; ShapeError where shapes differ
 */
export function movingParameters(
  caller: string,
  parts: readonly string[],
  parameters: Parameters,
  gradients: Parameters,
  state: OptimizerState,
  learningRate: number,
): readonly MovingParameter[] {
  for (const [what, record] of Object.entries({ parameters, gradients, state })) requireKind(caller, what, record, 'record');
  requireKind(caller, 'learningRate', learningRate, 'amount');
  for (const [name, parameter] of Object.entries(parameters)) requireKind(caller, `parameters.${name}`, parameter, 'tensor');
  for (const entry of Object.keys(state)) requireEntry(caller, entry, parts, parameters);
  return Object.keys(gradients).map((name) => moving(caller, name, parameters, gradients, state));
}

function moving(caller: string, name: string, parameters: Parameters, gradients: Parameters, state: OptimizerState): MovingParameter {
  if (!Object.hasOwn(parameters, name)) throw withoutParameter(caller, `a gradient of ${name}`);
  const [parameter, gradient] = [parameters[name] as Tensor, gradients[name] as Tensor];
  sameShape(caller, `parameters.${name}`, parameter, parameter.shape);
  sameShape(caller, `gradients.${name}`, gradient, parameter.shape);
  return {
    name,
    parameter,
    gradient,
    step: countOf(caller, state, name) + 1,
    remembered(part, shape = parameter.shape) {
      const entry = stateName(part, name);
      const found = state[entry];
      if (found === undefined) return zeros([...shape]);
      sameShape(caller, `state.${entry}`, found as Tensor, shape);
      return found as Tensor;
    },
  };
}

/** Throws unless the tensor is float32 of that shape. */
function sameShape(caller: string, name: string, tensor: Tensor, shape: readonly number[]): void {
  requireFloats(caller, name, tensor);
  dims(caller, { [name]: [tensor, shape.join(' ')] });
}

function countOf(caller: string, state: OptimizerState, name: string): number {
  const count = state[stateName('step', name)] ?? 0;
  if (typeof count === 'number' && Number.isSafeInteger(count) && count >= 0) return count;
  throw new ConfigError({
    caller,
    problem: `state.step.${name} must be a count of steps.`,
    expected: 'an integer of at least 0',
    got: show(count),
    remedy: 'pass on the state that the last step returned.',
  });
}

function requireEntry(caller: string, entry: string, parts: readonly string[], parameters: Parameters): void {
  const part = entry.slice(0, entry.length - parameterOf(entry).length - 1);
  if (part !== 'step' && !parts.includes(part)) {
    throw new ConfigError({
      caller,
      problem: `the state must be one of ${caller}.`,
      expected: ['step', ...parts].map((each) => `${each}.…`).join(', '),
      got: entry,
      remedy: 'begin with {}, or go on with the optimiser that the state was saved by.',
    });
  }
  if (!Object.hasOwn(parameters, parameterOf(entry))) throw withoutParameter(caller, `the state ${entry}`);
}

const withoutParameter = (caller: string, got: string): ConfigError =>
  new ConfigError({
    caller,
    problem: 'gradients and state must be of parameters that are given.',
    expected: 'names of the parameters',
    got,
    remedy: 'give the parameters that the gradients were taken of, and the state of their own steps.',
  });
