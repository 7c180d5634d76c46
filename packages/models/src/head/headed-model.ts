import {
  type BoundPart,
  defineLayer,
  type Layer,
  type LayerContext,
  type LayerOutput,
  type LayerResult,
  type Lens,
  type Padding,
  type Spec,
} from '@longspan/core-tensor';
import { inNameOf, requireKind, stamped } from '@longspan/core-tensor/error';
import { requireContext } from '@longspan/core-tensor/layer';
import type { Tensor } from '@tensorflow/tfjs-core';
import type { EncoderOutput } from '../encoder/encoder-model.ts';
import { giving, keptTokens, logitsToKeepName, type NextTokenContext, requireLogitsToKeep } from './next-tokens.ts';

/** What a model with a head gives: `hidden` are its logits. */
export interface HeadOutput extends LayerResult {
  readonly hidden: Tensor;
  readonly hiddenStates?: readonly Tensor[];
}

/** A model with a head, and the same model up to its loss. */
export interface HeadedModel<C extends LayerContext, L extends LayerContext, Out extends HeadOutput = HeadOutput> extends Layer<C, Out> {
  /** The loss, a scalar. */
  readonly loss: Layer<C & L>;
}

/** A model of next tokens: `generate` asks it for the logits of the last one. */
export interface NextTokenModel<C extends LayerContext, L extends LayerContext, Out extends HeadOutput = HeadOutput>
  extends Layer<C & NextTokenContext, Out> {
  /** The loss, a scalar. */
  readonly loss: Layer<C & L>;
}

/** The parts of a head while it runs. */
export interface HeadScope {
  /** int32 [b, n] */
  readonly ids: Tensor;
  readonly parameters: Lens<Tensor>;
  readonly part: (name: string) => BoundPart<LayerContext, LayerOutput>;
  /** What the body was told of padding. */
  readonly padding: Padding | undefined;
}

export interface HeadedModelConfig<L extends LayerContext, Body extends EncoderOutput> {
  readonly name: string;
  /** The body, and its name in the checkpoint: `bert`. */
  readonly body: { readonly name: string; readonly layer: Layer<never, Body> };
  readonly spec?: Spec | undefined;
  readonly parts: Readonly<Record<string, Layer>>;
  /** What the head makes of the body's results. */
  readonly logits: (scope: HeadScope, body: Body) => Tensor;
  /** What the loss reads of the context, and what it is there: `{ labels: 'int32 [b, n]' }`. */
  readonly labels: Readonly<Record<Exclude<keyof L, keyof LayerContext> & string, string>>;
  readonly loss: (caller: string, logits: Tensor, context: L) => Tensor;
  /** The same loss of the body's results, where it can be had without all logits at one time; undefined where it cannot. */
  readonly lossOfBody?: ((scope: HeadScope, body: Body, context: L) => Tensor | undefined) | undefined;
  /** What it gives, in words, where that is no logits of next tokens; undefined where it is. */
  readonly gives: string | undefined;
  /** What the body can do without and this head cannot: names of the context, and what each is there. */
  readonly needs?: Readonly<Record<string, string>> | undefined;
  /** More results, made of the logits. */
  readonly also?: ((logits: Tensor) => Readonly<Record<string, Tensor>>) | undefined;
}

/**
 * A body with a head: logits, and the loss as a layer of its own.
 * @shape ids int32 [b, n] -> hidden: the logits
 */
export function headedModel<C extends LayerContext, L extends LayerContext, Out extends HeadOutput = HeadOutput>(
  config: HeadedModelConfig<L, EncoderOutput>,
): HeadedModel<C, L, Out> {
  const { name, body, labels, gives, needs = {} } = config;
  const optional = gives === undefined ? [logitsToKeepName] : [];
  const parts: Readonly<Record<string, Layer>> = { [body.name]: body.layer as object as Layer, ...config.parts };
  const made = <Result extends LayerOutput>(
    caller: string,
    { required, optional = [] }: { readonly required: readonly string[]; readonly optional?: readonly string[] },
    finish: (logits: () => Tensor, scope: HeadScope, output: EncoderOutput, context: L) => Result,
  ): Layer<C, Result> =>
    defineLayer<L, Result, typeof parts>({
      name: caller,
      spec: config.spec,
      parts,
      reads: [...required, ...optional],
      check: (whom, ids, context) => body.layer.check(whom, ids, context as never),
      checkContext(whom, context) {
        for (const [need, what] of Object.entries(needs)) requireContext(whom, need, Reflect.get(context, need) as unknown, what);
        requireLogitsToKeep(whom, context);
        for (const label of required) {
          requireContext(whom, label, context[label as keyof L], (labels as Readonly<Record<string, string>>)[label] as string);
          requireKind(whom, label, context[label as keyof L], 'tensor');
        }
      },
      run({ parts: bound, parameters }, ids, context) {
        const part = (of: string) => bound[of] as BoundPart<LayerContext, LayerOutput>;
        const output = part(body.name).all(ids) as EncoderOutput;
        const { padding } = context as { readonly padding?: Padding | undefined };
        const scope: HeadScope = { ids, parameters, part, padding };
        return finish(() => config.logits(scope, { ...output, hidden: keptTokens(output.hidden, context) }), scope, output, context);
      },
    }) as object as Layer<C, Result>;
  const model = made(name, { required: [], optional }, (logits, _, { hiddenStates }) => {
    const hidden = logits();
    return { hidden, ...config.also?.(hidden), ...(hiddenStates === undefined ? {} : { hiddenStates }) };
  });
  const loss = made(`${name}.loss`, { required: Object.keys(labels) }, (logits, scope, output, context) =>
    inNameOf(`${name}.loss`, () => config.lossOfBody?.(scope, output, context) ?? config.loss(`${name}.loss`, logits(), context)),
  );
  const headed = { ...model, loss } as object as HeadedModel<C, L, Out>;
  return gives === undefined ? stamped(headed) : giving(gives, headed);
}
