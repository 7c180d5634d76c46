import type { LayerState, Lens, ScoreTerm } from '@longspan/core-tensor';
import { originalPositions } from '@longspan/core-tensor';
import { ConfigError, ShapeError } from '@longspan/core-tensor/error';
import { checkPadding, stateCount, stateTensor, stateTensors } from '@longspan/core-tensor/layer';
import { clone, concat, type Tensor, tensor3d } from '@tensorflow/tfjs-core';
import type { Mask, Span } from '../../mask/index.ts';
import { withoutPadding } from '../padding-mask.ts';
import type { AttentionContext, AttentionLengths, Settings, Sizes } from './config.ts';
import { keptBefore, lengthOf, requireCausal, tokensAt, withNext } from './kept-tokens.ts';
import { movedMask } from './moved-mask.ts';

/** What a call goes on from, where its keys stand, and what the next one goes on from. */
export interface Past {
  /** Of x's first token. */
  readonly position: number;
  readonly mask: Mask;
  readonly queryOffset: number;
  readonly score?: readonly ScoreTerm[] | undefined;
  /** Keys and values before those of x. */
  readonly keys?: Tensor | undefined;
  readonly values?: Tensor | undefined;
  /** Keys and values of an encoder that were made before. */
  readonly reused?: readonly [Tensor, Tensor] | undefined;
  next(keys: Tensor, values: Tensor): LayerState;
}

interface Call {
  readonly tokens: Sizes;
  readonly state: Pick<Lens<Tensor | number>, 'find' | 'caller'>;
  readonly context: AttentionContext;
}

type MaskOf = (lengths: AttentionLengths) => Mask;

export function pastOf(caller: string, settings: Settings, maskOf: MaskOf, call: Call): Past {
  if (settings.cross) return encoderPast(settings, maskOf, call);
  return settings.cache ? cachedPast(caller, settings, maskOf, call) : noPast(caller, maskOf, call);
}

function noPast(caller: string, maskOf: MaskOf, { tokens: { batch, length }, context: { padding, position = 0 } }: Call): Past {
  checkPadding(caller, padding, { batch, length });
  const end = position + length;
  const whole = maskOf({ queryLength: end, keyLength: end });
  const mask = position === 0 ? whole : movedMask(whole, [{ start: position, end }], position);
  return { position, mask: withoutPadding(mask, padding), queryOffset: 0, next: () => ({}) };
}

function encoderPast({ keyHeads, headDim }: Settings, maskOf: MaskOf, { tokens, state, context: { encoder } }: Call): Past {
  const kept = `${tokens.batch} ${keyHeads} ${tokens.keyLength} ${headDim}:float32`;
  const { keys, values } = stateTensors(state, { keys: kept, values: kept });
  const reused = keys === undefined || values === undefined ? undefined : ([keys, values] as const);
  const mask = maskOf({ queryLength: tokens.length, keyLength: tokens.keyLength });
  return {
    position: 0,
    mask: withoutPadding(mask, encoder?.padding),
    queryOffset: 0,
    reused,
    next: (keys, values) => (reused === undefined ? { keys, values } : { keys: clone(keys), values: clone(values) }),
  };
}

function cachedPast(caller: string, settings: Settings, maskOf: MaskOf, { tokens: { batch, length }, state, context }: Call): Past {
  const position = stateCount(state, 'position');
  const end = position + length;
  const whole = maskOf({ queryLength: end, keyLength: end });
  const kept = keptBefore(whole, position);
  const [keys, values] = [stateTensor(state, 'keys'), stateTensor(state, 'values')];
  requireCausal(caller, whole, { start: position, end });
  requireState(caller, { position, kept: lengthOf(kept), keys, values, batch, settings, given: context.position });
  checkPadding(caller, context.padding, { batch, length: end });
  const runs = withNext(kept, { start: position, end });
  const [first] = runs as readonly [Span];
  const queryShift = runs.length === 1 ? first.start : 0;
  const visible = withoutPadding(whole, context.padding);
  const byDistance = settings.alibi === true || settings.relativeBias !== undefined;
  return {
    position,
    mask: runs.length === 1 && first.start === 0 ? visible : movedMask(visible, runs, queryShift),
    queryOffset: position - queryShift,
    score: runs.length > 1 && byDistance ? [originalPositions({ query: places([{ start: position, end }]), key: places(runs) })] : [],
    keys,
    values,
    next(allKeys, allValues) {
      const wanted = keptBefore(whole, end);
      const [nextKeys, nextValues] = [tokensAt(allKeys, runs, wanted), tokensAt(allValues, runs, wanted)];
      return { position: end, ...(nextKeys === undefined || nextValues === undefined ? {} : { keys: nextKeys, values: nextValues }) };
    },
  };
}

export const joined = (before: Tensor | undefined, now: Tensor): Tensor => (before === undefined ? now : concat([before, now], 2));

/** @shape int32 [1, 1, tokens] */
const places = (runs: readonly Span[]): Tensor =>
  tensor3d(
    Int32Array.from(runs.flatMap(({ start, end }) => Array.from({ length: end - start }, (_, at) => start + at))),
    [1, 1, lengthOf(runs)],
    'int32',
  );

interface CacheState {
  readonly position: number;
  readonly kept: number;
  readonly keys: Tensor | undefined;
  readonly values: Tensor | undefined;
  readonly batch: number;
  readonly settings: Settings;
  readonly given: number | undefined;
}

function requireState(caller: string, { position, kept, keys, values, batch, settings, given }: CacheState): void {
  if (given !== undefined && given !== position) {
    throw new ConfigError({
      caller,
      problem: 'context.position must be where the cache ends.',
      expected: `${position} (tokens so far)`,
      got: String(given),
      remedy: 'pass the state of the last result, or leave position out.',
    });
  }
  const wanted = kept === 0 ? '' : `${batch},${settings.keyHeads},${kept},${settings.headDim}`;
  for (const [name, tensor] of Object.entries({ keys, values })) {
    if ((tensor?.shape.join() ?? '') === wanted) continue;
    throw new ShapeError({
      caller,
      problem: `state.${name} must be what this layer kept of the tokens before x.`,
      expected: kept === 0 ? 'no keys yet' : `[${wanted.split(',').join(', ')}]  (position ${position})`,
      got: tensor === undefined ? 'none' : `[${tensor.shape.join(', ')}]`,
      remedy: 'pass the state of the last result as it is, with as many batch rows.',
    });
  }
}
