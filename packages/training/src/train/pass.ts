import type { Key, Layer, LayerOutput, LayerState, Parameters } from '@longspan/core-tensor';
import { disposeState, keepState } from '@longspan/core-tensor';
import { requireKind } from '@longspan/core-tensor/error';
import { differentiated } from '@longspan/core-tensor/kernel';
import { hiddenOf, stateOf } from '@longspan/core-tensor/layer';
import { div, mean, mul, scalar, sum, type Tensor, tidy } from '@tensorflow/tfjs-core';
import { addedUp } from '../gradient/added-up.ts';
import type { Batch } from './batch.ts';

/** A layer whose result is the loss, or losses whose mean it is; those that do not count are 0. */
export type LossModel = Layer<never, LayerOutput>;

/** A loss, how many numbers it is the mean of, and the model's new state. */
export interface Pass {
  readonly loss: Tensor;
  readonly count: number;
  readonly state: LayerState;
}

export interface GradientPass extends Pass {
  /** Of the parameters that have one. */
  readonly gradients: Parameters;
}

type Applied = (parameters: Parameters, x: Tensor, context: object) => LayerOutput;

const lossOf = (model: LossModel, parameters: Parameters, batch: Batch, state: LayerState, more: object): [Tensor, LayerState] => {
  const given = model.states.length === 0 ? {} : { state };
  const output = (model.apply as object as Applied).call(model, parameters, batch.x, { ...batch.context, ...given, ...more });
  return [meanOf(hiddenOf(output), batch), stateOf(output)];
};

/** Losses that do not count are 0: where the batch says how many do, they are divided among those. */
const meanOf = (losses: Tensor, { count }: Batch): Tensor =>
  losses.size === 1 || count === undefined ? mean(losses) : div(sum(losses), count);

const countOf = ({ count, x }: Batch): number => count ?? x.size;

/** Runs with what a batch carries over from a state; what was made for it is gone afterwards. */
function withCarried<Found>(batch: Batch, state: LayerState, run: (carried: LayerState) => Found): Found {
  const carried = batch.carry === undefined ? state : batch.carry(state);
  requireKind('train', 'batch.carry(state)', carried, 'record');
  const old = new Set(Object.values(state));
  try {
    return run(carried);
  } finally {
    disposeState(Object.fromEntries(Object.entries(carried).filter(([, each]) => !old.has(each))));
  }
}

/** Forward and backward. */
export function gradientPass(
  model: LossModel,
  parameters: Parameters,
  trained: readonly string[],
  batch: Batch,
  state: LayerState,
  key: Key,
): GradientPass {
  let next: LayerState = {};
  const { value, gradients } = withCarried(batch, state, (carried) =>
    differentiated(
      () => {
        const [loss, after] = lossOf(model, parameters, batch, carried, { training: true, key });
        next = keepState(after);
        return loss;
      },
      trained.map((name) => parameters[name] as Tensor),
    ),
  );
  const found = trained.flatMap((name, at) => (gradients[at] ? [[name, gradients[at]] as const] : []));
  return { loss: value, count: countOf(batch), state: next, gradients: Object.fromEntries(found) };
}

/** Forward alone, as the model is used. */
export function lossPass(model: LossModel, parameters: Parameters, batch: Batch, state: LayerState): Pass {
  let next: LayerState = {};
  const loss = withCarried(batch, state, (carried) =>
    tidy(() => {
      const [found, after] = lossOf(model, parameters, batch, carried, {});
      next = keepState(after);
      return found;
    }),
  );
  return { loss, count: countOf(batch), state: next };
}

/** A batch whose loss is the mean of nothing: it has no weight, but what is remembered of it. */
export function uncountedPass(model: LossModel, parameters: Parameters, batch: Batch, state: LayerState): GradientPass {
  if (model.states.length === 0) return { loss: scalar(0), count: 0, state: {}, gradients: {} };
  const { loss, state: after } = lossPass(model, parameters, batch, state);
  loss.dispose();
  return { loss: scalar(0), count: 0, state: after, gradients: {} };
}

/** The passes of one step as one: what a batch of all their rows would give. The passes' tensors stay theirs. */
export function joinedPasses(passes: readonly GradientPass[]): Pick<GradientPass, 'loss' | 'count' | 'gradients'> {
  const count = passes.reduce((sum, each) => sum + each.count, 0);
  const weighted = (tensors: readonly (Tensor | undefined)[]): Tensor =>
    addedUp(tensors.flatMap((each, at) => (each === undefined ? [] : [mul(each, (passes[at] as GradientPass).count / count)])));
  const names = [...new Set(passes.flatMap(({ gradients }) => Object.keys(gradients)))];
  const { loss, gradients } = tidy(() => ({
    loss: weighted(passes.map((each) => each.loss)),
    gradients: Object.fromEntries(names.map((name) => [name, weighted(passes.map((each) => each.gradients[name]))])),
  }));
  return { loss, count, gradients };
}
