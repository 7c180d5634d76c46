import {
  defineLayer,
  keyLengths,
  type Layer,
  type LayerOutput,
  type Lens,
  linear,
  mergeHeads,
  type RotaryOptions,
  rotaryTables,
  type ScoreTerm,
  type Spec,
  type StatefulResult,
} from '@longspan/core-tensor';
import { requireInteger, requireKnown } from '@longspan/core-tensor/error';
import { askedAttentionRows, attentionCall, rotaryContract, runAttention } from '@longspan/core-tensor/kernel';
import { attentionDropoutTerms, dropoutKey, lastPosition, requireContext, weightSpec } from '@longspan/core-tensor/layer';
import { remember } from '@longspan/core-tensor/memo';
import { cast, reshape, type Tensor } from '@tensorflow/tfjs-core';
import type { SparseAttentionOptions } from '../../attention/options.ts';
import { requireMask } from '../../mask/algebra/require-mask.ts';
import { everything, type Mask } from '../../mask/index.ts';
import { withinMask } from '../padding-mask.ts';
import { projectTogether, projectToHeads } from '../project-to-heads.ts';
import {
  type AttentionContext,
  type AttentionLengths,
  type CrossAttentionContext,
  type MultiHeadAttentionConfig,
  type SelfAttentionContext,
  type Settings,
  type Sizes,
  settingsOf,
  sizesOf,
} from './config.ts';
import { joined, pastOf } from './key-value-cache.ts';
import { alibiTerm, relativeBiasTerm, tableName } from './position-terms.ts';

/**
 * Multi-head attention over any mask: self-attention, or cross attention to the states of an encoder, of any length.
 *
 * With `cache: true` keys and values are state: a call goes on where the last one ended, and gives the rows that one call over the whole
 * sequence would give. What is kept follows from the mask: of a window only the window, and the global tokens. The mask must be causal.
 * Padded keys are masked; rows of padded queries hold numbers that mean nothing.
 * @shape x [b, n, width] -> [b, n, width], or [b, n, heads · headDim] with `output: false`; context.encoder.hidden [b, nk, keyWidth];
 *   state keys [b, keyHeads, kept, headDim], values the same, position a number
 * @returns a tensor; with a cache { hidden, state }
 * @throws ConfigError when the config contradicts itself; apply: ShapeError, ConfigError when x, the context or the state does not fit
 * @cost O(n · width²) for the linear layers, and 4 · headDim multiply-adds for each visible pair and head
 * @source Vaswani et al. 2017 (arXiv 1706.03762) §3.2; grouped heads: Ainslie et al. 2023 (arXiv 2305.13245)
 * @example
 * const layer = multiHeadAttention({ width: 8, heads: 4, keyHeads: 2, mask: slidingWindow({ left: 2, right: 0 }), cache: true });
 * const parameters = layer.init(createKey(1));
 * const { state } = layer.apply(parameters, ones([1, 5, 8]));
 * const { hidden } = layer.apply(parameters, ones([1, 1, 8]), { state });
 * [hidden.shape, state.keys.shape, state.position]; // => [[1, 1, 8], [1, 2, 2, 2], 5]
 */
export function multiHeadAttention(
  config: MultiHeadAttentionConfig & { readonly cross?: false | undefined; readonly cache?: false | undefined },
): Layer<SelfAttentionContext>;
export function multiHeadAttention(
  config: MultiHeadAttentionConfig & { readonly cross?: false | undefined; readonly cache: true },
): Layer<SelfAttentionContext, StatefulResult>;
export function multiHeadAttention(
  config: MultiHeadAttentionConfig & { readonly cross: true; readonly cache?: false | undefined },
): Layer<CrossAttentionContext>;
export function multiHeadAttention(
  config: MultiHeadAttentionConfig & { readonly cross: true; readonly cache: true },
): Layer<CrossAttentionContext, StatefulResult>;
export function multiHeadAttention(config: MultiHeadAttentionConfig): object {
  requireKnown('multiHeadAttention', config, {
    width: true,
    heads: true,
    keyHeads: true,
    headDim: true,
    mask: true,
    blockSize: true,
    bias: 'flag',
    output: 'flag',
    names: 'record',
    draw: 'record',
    scale: true,
    attentionDropout: true,
    rotary: true,
    relativeBias: true,
    alibi: 'flag',
    cross: 'flag',
    keyWidth: true,
    cache: 'flag',
  });
  return namedAttention('multiHeadAttention', config);
}

/** What a layer that is built on this one adds to it. */
export interface Additions<C extends AttentionContext> {
  /** Parameters of its own. */
  readonly spec?: Spec | undefined;
  /** Names of the context that it reads itself. */
  readonly reads?: readonly string[] | undefined;
  /** Throws where the context cannot be right. */
  readonly checkContext?: ((caller: string, context: C) => void) | undefined;
  /** Throws where x and the context do not fit. */
  readonly check?: ((caller: string, x: Tensor, context: C) => void) | undefined;
  /** Instead of the config's mask. */
  readonly mask?: ((context: C) => Mask) | undefined;
  readonly terms?: ((parameters: Lens<Tensor>) => readonly ScoreTerm[]) | undefined;
  /** Instead of the attention under a mask. */
  readonly attend?: ((caller: string, q: Tensor, k: Tensor, v: Tensor, options: SparseAttentionOptions, context: C) => Tensor) | undefined;
}

/** The same under another name and with additions, for layers that differ from it in a little. */
export function namedAttention<C extends AttentionContext>(
  name: string,
  config: MultiHeadAttentionConfig,
  additions: Additions<C> = {},
): Layer<C, LayerOutput> {
  const settings = settingsOf(name, config);
  const { heads, keyHeads, headDim, names, cross, cache, relativeBias, attentionDropout, scale, blockSize } = settings;
  const maskOf = maskFor(name, settings);
  const terms = termsOf(name, settings);
  const shared = relativeBias?.shared === true;
  const query = { name: names.query, heads, headDim };
  const keysAndValues = [names.key, names.value].map((name) => ({ name, heads: keyHeads, headDim }));
  const check = (caller: string, x: Tensor, context: C): Sizes => {
    additions.check?.(caller, x, context);
    // Not by the context alone: what is made of such layers gives them the table itself.
    if (shared) requireContext(caller, 'relativeBias', context.relativeBias, 'the table [buckets, heads]');
    return sizesOf(caller, settings, x, context);
  };
  return defineLayer<C, LayerOutput, Readonly<Record<string, Layer>>>({
    name,
    spec: { ...tableSpec(settings), ...additions.spec },
    parts: projections(settings),
    reads: [
      ...(cross ? ['encoder'] : ['padding', 'position']),
      ...(cross || cache ? [] : ['lengths', 'mask']),
      ...(shared ? ['relativeBias'] : []),
      ...(additions.reads ?? []),
    ],
    states: cache ? ['keys', 'values', ...(cross ? [] : ['position'])] : [],
    attentions: additions.attend === undefined ? [''] : [],
    checkContext(caller, context) {
      dropoutKey(caller, attentionDropout, context);
      if (cross) requireContext(caller, 'encoder', context.encoder, 'hidden states [b, nk, keyWidth], and their padding');
      else if (context.position !== undefined) requireInteger(caller, { position: context.position }, 0, { atMost: lastPosition });
      if (context.mask !== undefined) requireMask(caller, 'context.mask', context.mask);
      additions.checkContext?.(caller, context);
    },
    check: (caller, x, context) => void check(caller, x, context),
    run({ caller, parameters, parts, state, asked, tell }, x, context) {
      const tokens = check(caller, x, context);
      const ownMask = additions.mask?.(context);
      const visible = (lengths: AttentionLengths): Mask => withinMask(ownMask ?? maskOf(lengths), context.mask);
      const past = pastOf(caller, settings, visible, { tokens, state, context });
      // In a decoder the context of the self-attention holds the encoder's states too: they are for another layer.
      const encoder = cross ? context.encoder : undefined;
      const isTogether = encoder === undefined && past.reused === undefined;
      const wanted = isTogether ? [query, ...keysAndValues] : [query];
      const [q, ...own] = (
        names.together === undefined ? projectToHeads(parameters, x, wanted) : projectTogether(parameters, x, names.together, wanted)
      ) as [Tensor, ...Tensor[]];
      const [k, v] = past.reused ?? (isTogether ? own : projectToHeads(parameters, encoder?.hidden ?? x, keysAndValues));
      const [queries, ownKeys] = turned([q, k as Tensor], past.position, settings.rotary);
      const keys = joined(past.keys, ownKeys);
      const values = joined(past.values, v as Tensor);
      const table = shared ? context.relativeBias : parameters.find(relativeBias === undefined ? '' : tableName(relativeBias));
      const score = [
        ...(past.score ?? []),
        ...(context.lengths === undefined ? [] : [keyLengths(cast(reshape(context.lengths, [-1]), 'int32'))]),
        ...terms(table, past.position + tokens.length),
        ...(additions.terms?.(parameters) ?? []),
        ...attentionDropoutTerms(caller, attentionDropout, context),
      ];
      const options: SparseAttentionOptions = { mask: past.mask, queryOffset: past.queryOffset, score, scale, blockSize };
      const attend = (): Tensor => {
        const call = attentionCall(caller, queries, keys, values, options);
        const { out, logSumExp } = runAttention(call);
        if (asked !== undefined) tell(askedAttentionRows(caller, call, { logSumExp, ...asked }));
        return out;
      };
      const attended = additions.attend === undefined ? attend() : additions.attend(caller, queries, keys, values, options, context);
      const merged = mergeHeads(attended);
      const hidden = settings.output ? (parts[names.output] as (x: Tensor) => Tensor)(merged) : merged;
      return cache ? { hidden, state: past.next(keys, values) } : hidden;
    },
  }) as Layer<C, LayerOutput>;
}

/** Queries and keys of the same tokens, from that position on, by one table. */
function turned([q, k]: readonly [Tensor, Tensor], first: number, options: RotaryOptions | undefined): readonly [Tensor, Tensor] {
  if (options === undefined) return [q, k];
  const [, , length, headDim] = q.shape as [number, number, number, number];
  const positions = Array.from({ length }, (_, at) => first + at);
  const { cosines, sines, ...attributes } = rotaryTables(positions, headDim, options);
  return rotaryContract.run([q, cosines, sines, k], attributes) as readonly Tensor[] as readonly [Tensor, Tensor];
}

function projections({ width, heads, keyHeads, headDim, keyWidth, bias, draw, names, output }: Settings): Readonly<Record<string, Layer>> {
  const inner = heads * headDim;
  const keys = linear({ inFeatures: keyWidth, outFeatures: keyHeads * headDim, bias, draw });
  return {
    ...(names.together === undefined
      ? { [names.query]: linear({ inFeatures: width, outFeatures: inner, bias, draw }), [names.key]: keys, [names.value]: keys }
      : { [names.together]: linear({ inFeatures: width, outFeatures: inner + 2 * keyHeads * headDim, bias, draw }) }),
    ...(output ? { [names.output]: linear({ inFeatures: inner, outFeatures: width, bias, draw }) } : {}),
  };
}

function tableSpec({ relativeBias, heads, width, draw }: Settings): Spec {
  if (relativeBias === undefined || relativeBias.shared) return {};
  const start = draw ?? { kind: 'normal', standardDeviation: width ** -0.5 };
  return { [tableName(relativeBias)]: weightSpec([relativeBias.buckets, heads], start) };
}

function maskFor(caller: string, { mask = everything() }: Settings): (lengths: AttentionLengths) => Mask {
  if (typeof mask !== 'function') return () => mask;
  const masks = remember<Mask>(`${caller} masks`);
  return (lengths) => masks(`${lengths.queryLength},${lengths.keyLength}`, () => mask(lengths));
}

function termsOf(
  caller: string,
  { alibi, heads, relativeBias }: Settings,
): (table: Tensor | undefined, farthest: number) => readonly ScoreTerm[] {
  const biasOf = relativeBias === undefined ? undefined : relativeBiasTerm(caller, relativeBias);
  return (table, farthest) => [
    ...(alibi === true ? [alibiTerm(heads)] : []),
    ...(biasOf === undefined || table === undefined ? [] : [biasOf(table, farthest)]),
  ];
}
