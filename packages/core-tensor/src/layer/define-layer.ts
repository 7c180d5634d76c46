import { type Tensor, type TensorContainer, tidy } from '@tensorflow/tfjs-core';
import type { RowWeights } from '../contracts/block-sparse-attention/rows-of-weights.ts';
import { ConfigError, isRecord, type OptionKind, requireCountOfNumbers, requireKind, requireKnown, show, stamped } from '../error/index.ts';
import { nearestNames } from '../error/nearest-names.ts';
import { isTensor } from '../error/require-kind.ts';
import { typeName } from '../error/type-name.ts';
import { interruptionPoint } from '../interrupt/interruptible.ts';
import { checkKind, requireFilled } from '../tensor/dims.ts';
import { sizesOfAxes } from '../tensor/features.ts';
import { type AskedRows, type AttentionRequest, type AttentionRows, askedRows, requireRows, rowsBelow } from './attention-request.ts';
import { checkParameters } from './check-parameters.ts';
import { checkNames, partContext } from './context.ts';
import type {
  ContextArgument,
  ContextOf,
  ContextOfAll,
  Layer,
  LayerContext,
  LayerOutput,
  LayerResult,
  LayerState,
  OutputOf,
  OutputOfAll,
  Parts,
  Scope,
} from './layer.ts';
import { type Lens, lens } from './lens.ts';
import { initialParameters, requireDraws, type Spec, specBelow, stampedSpec } from './spec.ts';

/**
 * A part with its parameters, as a function of x. The context is the layer's; what is said here is added to it. Gives the part's main
 * result; its state becomes the layer's by itself.
 */
export interface BoundPart<C extends LayerContext, Out extends LayerOutput> {
  (x: Tensor, context?: Partial<C>): Tensor;
  /** The same with all results. */
  all(x: Tensor, context?: Partial<C>): Out;
}

export type BoundParts<Ls extends Parts> = { readonly [Name in keyof Ls]: BoundPart<ContextOf<Ls[Name]>, OutputOf<Ls[Name]>> };

/** What a layer has of its own while it runs. */
export interface Own<Ls extends Parts> {
  /** Whom an error names. */
  readonly caller: string;
  /** The layer's parameters, those of its parts under their names. */
  readonly parameters: Lens<Tensor>;
  /** Its state of the last call. */
  readonly state: Lens<Tensor | number>;
  readonly parts: BoundParts<Ls>;
  /** Which rows of the softmax of its own attention it is asked for; nothing where it is not. */
  readonly asked: AttentionRequest | undefined;
  /** Gives them. */
  tell(rows: RowWeights): void;
}

export interface LayerDefinition<Ls extends Parts, C extends LayerContext, Out extends LayerOutput, Provided extends string = never> {
  /** The function that makes the layer, for errors. */
  readonly name: string;
  /** Parameters of its own, besides those of its parts. */
  readonly spec?: Spec | undefined;
  /** The layers that it is made of; their parameters and state stand under `name.rest`, each draws from a key of its own. */
  readonly parts?: Ls | undefined;
  /** The names of the context that it reads itself. */
  readonly reads?: readonly string[] | undefined;
  /** Names of the context that its parts read and that it gives them itself: nobody gives them to the layer. */
  readonly provides?: readonly Provided[] | undefined;
  /** The names of state of its own. One that ends in `.row` stands for a number or tensor of each batch row: `lengths.row` for lengths.0, … */
  readonly states?: readonly string[] | undefined;
  /** Those of its states that are choices: see `Layer.replays`. */
  readonly replays?: readonly string[] | undefined;
  /** [''] for an attention that tells the rows that it is asked for; names too of layers that `run` runs without `parts`. */
  readonly attentions?: readonly string[] | undefined;
  /** Throws where x or the context cannot be right. */
  readonly check?: ((caller: string, x: Tensor, context: NoInfer<C>) => void) | undefined;
  /** Throws where the context cannot be right, whatever x is. */
  readonly checkContext?: ((caller: string, context: NoInfer<C>) => void) | undefined;
  /** Runs in a tidy of its own. */
  run(own: Own<Ls>, x: Tensor, context: C): Out;
}

const definitionNames: Readonly<Record<keyof LayerDefinition<Parts, LayerContext, LayerOutput>, OptionKind>> = {
  name: 'text',
  spec: 'record',
  parts: 'record',
  reads: 'list',
  provides: 'list',
  states: 'list',
  replays: 'list',
  attentions: 'list',
  check: 'function',
  checkContext: 'function',
  run: 'function',
};

/** What is left of a context where a layer provides some names of it to its parts. */
export type Unprovided<C, Provided extends string> = [Provided] extends [never] ? C : Omit<C, Provided>;

/** What a definition's layer gives: what its function gives and, where it or a part of it has state, that state. */
export type DefinedOutput<Ls extends Parts, Out extends LayerOutput> = Out extends LayerResult
  ? Out & (OutputOfAll<Ls> extends LayerResult ? { readonly state: LayerState } : unknown)
  : OutputOfAll<Ls>;

/**
 * Makes a layer from its parameters, its parts and a function. `init`, all checks before the first operation, the folding of keys, the
 * threading of state and the tidy follow from them.
 * @throws ConfigError when names could collide, for an unknown name in the definition and for a draw of an unknown kind
 * @example
 * const scaled = (by: number) =>
 *   defineLayer({
 *     name: 'scaled',
 *     spec: { gain: { shape: [1], draw: { kind: 'ones' }, decay: false } },
 *     parts: { project: linear({ inFeatures: 2, outFeatures: 3 }) },
 *     run: ({ parts, parameters }, x) => mul(mul(parts.project(x), parameters.get('gain')), by),
 *   });
 * Object.keys(scaled(2).spec); // => ['gain', 'project.weight', 'project.bias']
 * scaled(2).apply(scaled(2).init(createKey(0)), ones([4, 2])).shape; // => [4, 3]
 */
export function defineLayer<
  C extends LayerContext = LayerContext,
  Out extends LayerOutput = Tensor,
  const Ls extends Parts = Record<never, never>,
  const Provided extends string = never,
>(definition: LayerDefinition<Ls, C, Out, Provided>): Layer<C & Unprovided<ContextOfAll<Ls>, Provided>, DefinedOutput<Ls, Out>> {
  type Context = C & Unprovided<ContextOfAll<Ls>, Provided>;
  type Output = DefinedOutput<Ls, Out>;
  requireKnown('defineLayer', definition, definitionNames);
  requireKind('defineLayer', 'name', definition.name, 'text');
  requireKind('defineLayer', 'run', definition.run, 'function');
  const { name, states = [], replays = [], provides = [], attentions = [], run } = definition;
  requireDraws(name, definition.spec ?? {});
  const isProvided = (of: string): boolean => (provides as readonly string[]).includes(of);
  const parts = Object.entries((definition.parts ?? {}) as Parts) as readonly (readonly [string, AnyLayer])[];
  for (const [part, layer] of parts) requireKind(name, part === '' ? "''" : part, layer, 'layer');
  checkPartNames(
    name,
    parts.map(([part]) => part),
    Object.keys(definition.spec ?? {}),
  );
  const namesBelow = (of: (layer: AnyLayer) => readonly string[]): readonly string[] =>
    parts.flatMap(([part, layer]) => of(layer).map((each) => `${part}.${each}`));
  const allStates = [...states, ...namesBelow((layer) => layer.states)];
  return madeLayer<Context, Output>({
    name,
    spec: { ...definition.spec, ...Object.assign({}, ...parts.map(([part, layer]): Spec => specBelow(part, layer.spec))) },
    reads: [...new Set([...(definition.reads ?? []), ...parts.flatMap(([, layer]) => layer.reads.filter((of) => !isProvided(of)))])],
    states: allStates,
    replays: [...replays, ...namesBelow((layer) => layer.replays)],
    attentions: [
      ...attentions,
      ...parts.flatMap(([part, layer]) => layer.attentions.map((each) => (each === '' ? part : `${part}.${each}`))),
    ],
    check: (caller, x, context) => definition.check?.(caller, x, context),
    checkContext(caller, context) {
      definition.checkContext?.(caller, context);
      for (const [, layer] of parts) layer.checkContext(caller, context);
    },
    run(scope, x, context) {
      const collected: Collected = { state: {}, rows: {} };
      const bound = Object.fromEntries(parts.map(([part, layer]) => [part, bind(layer, part, scope, context, collected)]));
      const asked = context.attentionWeights as AskedRows | undefined;
      const own: Own<Ls> = {
        caller: scope.parameters.caller,
        ...scope,
        parts: bound as object as BoundParts<Ls>,
        asked: asked?.layers.includes('') ? asked : undefined,
        tell(rows) {
          collected.rows[''] = rows;
        },
      };
      const result = withRows(run(own, x, context), collected.rows);
      requireResult(name, x, result, allStates); // a part that did not run may have its state handed on by its name
      const hasState = states.length > 0 || parts.some(([, layer]) => layer.states.length > 0);
      if (!hasState) return result as LayerOutput as Output;
      const { hidden, state, ...others } = isResult(result) ? result : { hidden: result as Tensor };
      return { ...others, hidden, state: { ...state, ...collected.state } } as LayerOutput as Output;
    },
  });
}

type AnyLayer = Layer<LayerContext, LayerOutput>;

/** What the parts of a layer gave besides their main results. */
interface Collected {
  readonly state: Record<string, Tensor | number>;
  readonly rows: Record<string, RowWeights>;
}

/** A result with rows of attention, where there are some. */
function withRows<Out extends LayerOutput>(result: Out, rows: AttentionRows): Out {
  if (Object.keys(rows).length === 0) return result;
  const whole: LayerResult = isResult(result) ? result : { hidden: result as Tensor };
  return { ...whole, attentionWeights: { ...rows, ...whole.attentionWeights } } as LayerOutput as Out;
}

const isResult = (output: LayerOutput): output is LayerResult => isRecord(output);

/** The main result of a layer. */
export const hiddenOf = (output: LayerOutput): Tensor => (isResult(output) ? output.hidden : output);

/**
 * The rows of attention that an output holds, as a part of another output; nothing where it has none.
 * @param part what the layer that gave it is called there, for layers that run another by hand
 */
export function attentionOf(output: LayerOutput, part?: string): Pick<LayerResult, 'attentionWeights'> {
  if (!isResult(output) || output.attentionWeights === undefined) return {};
  return { attentionWeights: part === undefined ? output.attentionWeights : Object.fromEntries(rowsBelow(part, output.attentionWeights)) };
}

/** The new state of a layer; none where it has none. */
export const stateOf = (output: LayerOutput): LayerState => (isResult(output) ? (output.state ?? {}) : {});

function bind(
  layer: AnyLayer,
  part: string,
  { parameters, state }: Scope,
  context: LayerContext,
  collected: Collected,
): BoundPart<LayerContext, LayerOutput> {
  const scope = { parameters: parameters.below(part), state: state.below(part) };
  const all = (x: Tensor, more?: LayerContext): LayerOutput => {
    const output = layer.run(scope, x, partContext(more === undefined ? context : { ...context, ...more }, part));
    for (const [name, value] of Object.entries(stateOf(output))) collected.state[`${part}.${name}`] = value;
    for (const [name, rows] of Object.entries(attentionOf(output, part).attentionWeights ?? {})) collected.rows[name] = rows;
    return output;
  };
  return Object.assign((x: Tensor, more?: LayerContext) => hiddenOf(all(x, more)), { all });
}

/** A layer of what follows from nothing else: `init`, `apply` with its checks, and the tidy are added. */
function madeLayer<C extends LayerContext, Out extends LayerOutput>(given: Omit<Layer<C, Out>, 'init' | 'apply'>): Layer<C, Out> {
  const layer = { ...given, spec: stampedSpec(given.spec) };
  const run = (scope: Scope, x: Tensor, context: C): Out =>
    tidy(() => {
      interruptionPoint();
      const result = given.run(scope, x, context);
      requireResult(layer.name, x, result, layer.states);
      return result as TensorContainer;
    }) as Out;
  return stamped<Layer<C, Out>>({
    ...layer,
    run,
    init(key) {
      requireKind(layer.name, 'key', key, 'key');
      for (const { shape } of Object.values(layer.spec)) requireCountOfNumbers(layer.name, shape);
      return initialParameters(layer.spec, key);
    },
    apply(parameters, x, ...[given]: ContextArgument<C>) {
      const { name } = layer;
      const whole: LayerContext = given === undefined ? {} : given;
      checkNames(name, whole, layer);
      const { state = {}, attentionWeights, ...rest } = whole;
      const asked = attentionWeights === undefined ? undefined : askedRows(name, attentionWeights, layer.attentions);
      const context = (asked === undefined ? rest : { ...rest, attentionWeights: asked }) as LayerContext as C;
      checkParameters(name, layer.spec, parameters);
      checkState(name, state, layer.states);
      checkKind(name, 'x', x);
      requireFilled(name, sizesOfAxes('x', x));
      layer.checkContext(name, context);
      layer.check(name, x, context);
      const output = run({ parameters: lens(name, 'parameter', parameters), state: lens(name, 'state', state) }, x, context);
      if (asked !== undefined) requireRows(name, asked, attentionOf(output).attentionWeights);
      return output;
    },
  });
}

/**
 * The same layer with something around it: parameters, state, context and checks are the layer's own. For what a whole layer can be
 * put into: a residual sum, recomputation.
 * @param around runs the layer by `inner` and gives its output or another of that kind
 * @shape x and the result: as the layer
 * @cost that of the layer and of what is around it
 */
export function wrapLayer<C extends LayerContext, Out extends LayerOutput>(
  layer: Layer<C, Out>,
  around: (inner: (x: Tensor, scope?: Scope, context?: C) => Out, x: Tensor, scope: Scope, context: C) => Out,
): Layer<C, Out> {
  return madeLayer<C, Out>({
    ...layer,
    run: (scope, x, context) => around((given, within = scope, under = context) => layer.run(within, given, under), x, scope, context),
  });
}

/** Throws unless what `run` gave is a result: an author's forgotten return would end as an error of another layer, or as none. */
function requireResult(name: string, x: Tensor, result: LayerOutput, states: readonly string[]): void {
  if (x.isDisposed) {
    throw new ConfigError({
      caller: name,
      problem: "the layer's run must leave its input to the caller.",
      expected: 'x as it was given',
      got: 'x was disposed',
      remedy: 'leave disposing out: what run makes besides its result is let go when it ends.',
    });
  }
  const hidden = isRecord(result) ? (result as LayerResult).hidden : result;
  const wrong = (got: string, remedy: string): ConfigError =>
    new ConfigError({
      caller: name,
      problem: "the layer's run must give a tensor, or { hidden, … } with one.",
      expected: 'a tensor',
      got,
      remedy,
    });
  if (!isTensor(hidden)) {
    const remedy = typeName(result) === 'Promise' ? 'run computes at once: leave async and await out.' : 'return what was computed.';
    throw wrong(show(hidden), remedy);
  }
  if (hidden.isDisposed) throw wrong('a tensor that was disposed', 'leave disposing to the layer, which keeps its result alone.');
  const { state = {} } = isRecord(result) ? (result as LayerResult) : {};
  if (!isRecord(state)) throw wrong(`state: ${show(state)}`, 'write state: { … }, or leave it out.');
  const unknown = firstUnknown(state, states);
  if (unknown !== undefined)
    throw wrong(`state.${unknown}`, `name it in the layer's states: [${states.map(show).join(', ')}], or leave it out.`);
  for (const [at, value] of Object.entries(state)) {
    if (typeof value !== 'number' && !isTensor(value)) throw wrong(`state.${at}: ${show(value)}`, 'a state is a tensor or a number.');
  }
}

/** A name of a state that is none of the layer's. */
const firstUnknown = (state: LayerState, states: readonly string[]): string | undefined => {
  const known = new Set(states);
  return Object.keys(state).find((name) => !known.has(name.replace(/[.](0|[1-9]\d*)$/, '.row')) && !known.has(name));
};

function checkPartNames(caller: string, parts: readonly string[], own: readonly string[]): void {
  const names = [...parts, ...own];
  const wrong = parts.find(
    (name, at) => name === '' || names.some((other, where) => where !== at && (name === other || other.startsWith(`${name}.`))),
  );
  if (wrong === undefined) return;
  throw new ConfigError({
    caller,
    problem: 'the names of parts must be non-empty and unique up to a dot.',
    expected: 'names whose parameters cannot collide',
    got: names.map((name) => `'${name}'`).join(', '),
    remedy: wrong === '' ? 'name the layer.' : `rename ${wrong}, or put the other one within it.`,
  });
}

function checkState(caller: string, state: LayerState, states: readonly string[]): void {
  const wrong = firstUnknown(state, states);
  if (wrong === undefined) {
    for (const [name, value] of Object.entries(state)) {
      if (typeof value === 'number') requireKind(caller, `context.state.${name}`, value, 'finite');
      else checkKind(caller, `context.state.${name}`, value);
    }
    return;
  }
  const near = nearestNames(
    wrong,
    states.map((name) => name.replace(/[.]row$/, '.0')),
  );
  throw new ConfigError({
    caller,
    problem: 'the state must be one that this layer gave.',
    expected: states.length === 0 ? 'no state' : `${near.join(', ')}${states.length > near.length ? `, … (${states.length} names)` : ''}`,
    got: wrong,
    remedy: `${near.length === 0 ? '' : `did you mean ${near[0]}? Else `}pass the state of the last result as it is.`,
  });
}
