import { applyFeedForward, applyLayerNorm, type Parameters, parameter, scoped } from '@longspan/core-tensor';
import { add, mean, pad, reshape, slice, type Tensor, zeros } from '@tensorflow/tfjs-core';
import { linearSpec, normSpec, type ParameterSpec, prefixedSpec } from '../layer/parameter-spec.ts';
import { chunkLength, recomputes, runPart } from '../layer/recomputed-part.ts';
import type { HourglassLevel } from './hourglass-levels.ts';
import { attendToGroups, attendToMembers, attendWithin } from './relative-attention.ts';
import { project, relativeAttentionSpec, type SharedBiases } from './relative-heads.ts';

/** How vectors of a group become one: by their mean, by a dense layer, or by attention that starts from either. */
export type Shortening = 'average' | 'linear' | { readonly attention: 'average' | 'linear' };
/** How one vector becomes a group's: as it is, by a dense layer, or by attention that starts from either. */
export type Lengthening = 'repeat' | 'linear' | { readonly attention: 'repeat' | 'linear' };

/** All that the parts of an Hourglass have in common. */
export interface HourglassPlan {
  readonly width: number;
  readonly innerWidth: number;
  readonly shortening: Shortening;
  readonly lengthening: Lengthening;
  readonly window: number | undefined;
  readonly epsilon: number;
}

interface Run extends HourglassPlan {
  readonly biases: SharedBiases;
  /** Whether the backward pass runs layers a second time instead of keeping what they made. */
  readonly recompute: boolean;
}

const caller = 'hourglass';

// Parameters, from the leaves to the whole.

const feedForwardSpec = ({ width, innerWidth }: HourglassPlan): ParameterSpec => ({
  ...normSpec('ff_norm', width),
  ...linearSpec('feed_forward.0', width, innerWidth),
  ...linearSpec('feed_forward.2', innerWidth, width),
});

const stackSpec = (plan: HourglassPlan, layers: number): ParameterSpec => ({
  ...Object.assign(
    {},
    ...Array.from({ length: layers }, (_, at) =>
      prefixedSpec(`layers.${at}`, {
        ...normSpec('norm', plan.width),
        ...relativeAttentionSpec('attention', plan.width),
        ...feedForwardSpec(plan),
      }),
    ),
  ),
  ...normSpec('norm', plan.width),
});

const resamplingSpec = (
  plan: HourglassPlan,
  way: Shortening | Lengthening,
  [inFeatures, outFeatures]: readonly [number, number],
): ParameterSpec => {
  if (way === 'linear') return linearSpec('dense', inFeatures, outFeatures);
  if (typeof way === 'string') return {};
  return {
    ...normSpec('norm', plan.width),
    ...(way.attention === 'linear' ? linearSpec('pool.dense', inFeatures, outFeatures) : {}),
    ...normSpec('pooled_norm', plan.width),
    ...relativeAttentionSpec('attention', plan.width),
    ...feedForwardSpec(plan),
  };
};

/** The parameters of the levels from this one on. */
function valleySpec(plan: HourglassPlan, [level, ...deeper]: readonly HourglassLevel[]): ParameterSpec {
  if (level === undefined) return {};
  const { width } = plan;
  const grouped = level.factor * width;
  return {
    ...prefixedSpec('shorten', resamplingSpec(plan, plan.shortening, [grouped, width])),
    ...prefixedSpec('before', stackSpec(plan, level.layers)),
    ...(deeper.length === 0
      ? {}
      : { ...prefixedSpec('valley', valleySpec(plan, deeper)), ...prefixedSpec('after', stackSpec(plan, level.layers)) }),
    ...prefixedSpec('lengthen', resamplingSpec(plan, plan.lengthening, [width, grouped])),
    ...normSpec('norm', width),
  };
}

export const bodySpec = (
  plan: HourglassPlan & { readonly heads: number },
  levels: readonly HourglassLevel[],
  [before, after]: readonly [number, number],
): ParameterSpec => {
  const bias = { shape: [plan.heads, plan.width / plan.heads], start: 'table' } as const;
  return {
    context_bias: bias,
    location_bias: bias,
    ...prefixedSpec('before', stackSpec(plan, before)),
    ...prefixedSpec('valley', valleySpec(plan, levels)),
    ...prefixedSpec('after', stackSpec(plan, after)),
  };
};

// What they compute.

const norm = (parameters: Parameters, name: string, x: Tensor, { epsilon }: HourglassPlan): Tensor =>
  applyLayerNorm(x, parameter(parameters, `${name}.weight`, caller), parameter(parameters, `${name}.bias`, caller), epsilon);

function withFeedForward(parameters: Parameters, x: Tensor, run: Run): Tensor {
  const weights = {
    innerWeight: parameter(parameters, 'feed_forward.0.weight', caller),
    innerBias: parameter(parameters, 'feed_forward.0.bias', caller),
    outerWeight: parameter(parameters, 'feed_forward.2.weight', caller),
    outerBias: parameter(parameters, 'feed_forward.2.bias', caller),
  };
  const options = { activation: 'geluTanh', ...(run.recompute ? { chunkLength } : {}) } as const;
  return add(x, applyFeedForward(norm(parameters, 'ff_norm', x, run), weights, options));
}

/** A part of the body that may be run again: it reads its parameters, its inputs and the shared biases, and no other tensors. */
function part<const Inputs extends readonly Tensor[]>(
  parameters: Parameters,
  inputs: Inputs,
  run: Run,
  compute: (parameters: Parameters, inputs: Inputs, run: Run) => Tensor,
): Tensor {
  const { context, location } = run.biases;
  return runPart(run.recompute, { ...parameters, context, location }, inputs, (own, given) => {
    const biases = { context: parameter(own, 'context', caller), location: parameter(own, 'location', caller) };
    return compute(own, given, { ...run, biases });
  });
}

function stack(parameters: Parameters, x: Tensor, layers: number, total: number, run: Run): Tensor {
  let hidden = x;
  for (let at = 0; at < layers; at++) {
    hidden = part(scoped(parameters, `layers.${at}`), [hidden], run, (own, [x], run) => {
      const attended = add(x, attendWithin(own, 'attention', norm(own, 'norm', x, run), { ...run, total }));
      return withFeedForward(own, attended, run);
    });
  }
  return norm(parameters, 'norm', hidden, run);
}

const shorten = (parameters: Parameters, x: Tensor, level: HourglassLevel, run: Run): Tensor =>
  part(parameters, [x], run, (own, [x], run) => shortened(own, x, level, run));

/** [b, n, width] → [b, ceil(n / factor), width], and each vector depends on none later than its group's first, before the shift. */
function shortened(parameters: Parameters, x: Tensor, { factor, total }: HourglassLevel, run: Run): Tensor {
  const [batch, length, width] = x.shape as [number, number, number];
  const groups = Math.ceil(length / factor);
  // Shifted right by factor − 1. What falls out at the right would only be needed by positions that are not there.
  const shifted = slice(
    pad(x, [
      [0, 0],
      [factor - 1, 0],
      [0, 0],
    ]),
    [0, 0, 0],
    [batch, groups * factor, width],
  );
  const pool = (way: 'average' | 'linear', name: string, of: Tensor): Tensor =>
    way === 'average'
      ? mean(reshape(of, [batch, groups, factor, width]), 2)
      : project(parameters, name, reshape(of, [batch, groups, factor * width]));
  if (typeof run.shortening === 'string') return pool(run.shortening, 'dense', shifted);
  const keys = norm(parameters, 'norm', shifted, run);
  const queries = norm(parameters, 'pooled_norm', pool(run.shortening.attention, 'pool.dense', keys), run);
  // The tokens per key: those of the level above.
  const options = { ...run, factor, total: total / factor };
  return withFeedForward(parameters, add(queries, attendToMembers(parameters, 'attention', { queries, keys }, options)), run);
}

const lengthen = (parameters: Parameters, x: Tensor, above: Tensor, level: HourglassLevel, run: Run): Tensor =>
  part(parameters, [x, above], run, (own, [x, above], run) => lengthened(own, x, above, level, run));

/** [b, groups, width] → [b, n, width]; `above` is what the level above was before it was shortened. */
function lengthened(parameters: Parameters, x: Tensor, above: Tensor, { factor }: HourglassLevel, run: Run): Tensor {
  const [batch, groups, width] = x.shape as [number, number, number];
  const length = above.shape[1] as number;
  const spread = (way: 'repeat' | 'linear', name: string, of: Tensor): Tensor =>
    way === 'repeat' ? repeated(of, factor) : reshape(project(parameters, name, of), [batch, groups * factor, width]);
  const cut = (of: Tensor): Tensor => slice(of, [0, 0, 0], [batch, length, width]);
  if (typeof run.lengthening === 'string') return cut(spread(run.lengthening, 'dense', x));
  const keys = norm(parameters, 'norm', x, run);
  const whole = pad(above, [
    [0, 0],
    [0, groups * factor - length],
    [0, 0],
  ]);
  const queries = add(norm(parameters, 'pooled_norm', spread(run.lengthening.attention, 'pool.dense', keys), run), whole);
  return cut(
    withFeedForward(parameters, add(queries, attendToGroups(parameters, 'attention', { queries, keys }, { ...run, factor })), run),
  );
}

const repeated = (x: Tensor, factor: number): Tensor => {
  const [batch, groups, width] = x.shape as [number, number, number];
  return reshape(add(reshape(x, [batch, groups, 1, width]), zeros([1, 1, factor, width])), [batch, groups * factor, width]);
};

function valley(parameters: Parameters, x: Tensor, [level, ...deeper]: readonly HourglassLevel[], run: Run): Tensor {
  if (level === undefined) return x;
  const own = (name: string) => scoped(parameters, name);
  let short = stack(own('before'), shorten(own('shorten'), x, level, run), level.layers, level.total, run);
  if (deeper.length > 0) short = stack(own('after'), valley(own('valley'), short, deeper, run), level.layers, level.total, run);
  return add(x, norm(parameters, 'norm', lengthen(own('lengthen'), short, x, level, run), run));
}

/** The layers of an Hourglass over vectors [b, n, width]; parameters are those of `bodySpec`, checked before. */
export function runBody(
  parameters: Parameters,
  hidden: Tensor,
  plan: HourglassPlan & { readonly recompute: boolean | undefined },
  levels: readonly HourglassLevel[],
  [before, after]: readonly [number, number],
): Tensor {
  const biases = { context: parameter(parameters, 'context_bias', caller), location: parameter(parameters, 'location_bias', caller) };
  const run: Run = { ...plan, biases, recompute: recomputes(plan.recompute, hidden) };
  const first = stack(scoped(parameters, 'before'), hidden, before, 1, run);
  return stack(scoped(parameters, 'after'), valley(scoped(parameters, 'valley'), first, levels, run), after, 1, run);
}
