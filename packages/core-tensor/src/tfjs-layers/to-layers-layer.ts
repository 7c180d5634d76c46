import { cast, serialization, type Tensor, tidy } from '@tensorflow/tfjs-core';
import { initializers, type LayerVariable, layers, type Shape } from '@tensorflow/tfjs-layers';
import {
  ConfigError,
  inNameOf,
  isList,
  type OptionKind,
  owned,
  requireGiven,
  requireKind,
  requireKnown,
  ShapeError,
  show,
} from '../error/index.ts';
import { createKey, type Key } from '../key/index.ts';
import type { Layer } from '../layer/layer.ts';
import { disposeParameters } from '../layer/parameters.ts';

export interface LayersLayerDefinition<Options extends object> {
  /** Names the class in saved models; unique in the process: 'LongspanLinear'. */
  readonly className: string;
  /** Makes the layer from options that are plain JSON, such as `linear`. */
  readonly create: (options: Options) => Layer<never>;
  /** The shape that goes out; that of the input by default. The batch axis, and any that is not known, is null. */
  readonly outputShape?: ((inputShape: Shape, options: Options) => Shape) | undefined;
  /** 'int32' for a layer that takes ids, because tf.layers makes its inputs float32; 'float32' by default. */
  readonly inputs?: 'float32' | 'int32' | undefined;
  /**
   * The names in the context of further inputs, in their order; none by default. With ['lengths'] an attention layer is called with
   * [x, lengths] and masks what is padding: it takes the lengths as a tensor, for tf.layers knows of no other data.
   */
  readonly contextInputs?: readonly string[] | undefined;
}

const definitionNames: Readonly<Record<keyof LayersLayerDefinition<object>, true | OptionKind>> = {
  className: 'text',
  create: 'function',
  outputShape: 'function',
  inputs: true,
  contextInputs: 'list',
};

/** How one layer of a tf.layers model is made; apart from `options` and `seed` as for any layer of tf.layers. */
export interface LayersLayerConfig<Options extends object> {
  readonly options: Options;
  /** What weights and dropout are drawn from, together with the layer's name; 0 by default. */
  readonly seed?: number | string | undefined;
  readonly name?: string | undefined;
  readonly trainable?: boolean | undefined;
  /** Without the batch axis; for the first layer of a sequential model. */
  readonly inputShape?: Shape | undefined;
  readonly batchInputShape?: Shape | undefined;
}

/** Of each name what it must be; besides ours those that every layer of tf.layers takes. */
const configNames: Readonly<Record<string, true | OptionKind>> = {
  options: 'record',
  seed: true,
  name: 'text',
  trainable: 'flag',
  inputShape: true,
  batchInputShape: true,
  batchSize: true,
  dtype: true,
  weights: true,
  inputDType: true,
  customObjects: true, // tf.layers adds it where it loads a model
};

/** Throws where tf.layers would go on with what is no layer's config. */
function requireConfig<Options extends object>(caller: string, config: LayersLayerConfig<Options>): void {
  requireKnown<object>(caller, config, configNames);
  requireGiven(caller, 'options', config.options, 'a record of plain JSON for the function that makes the layer');
  inNameOf(caller, () => createKey(config.seed ?? 0));
  for (const [name, shape] of Object.entries({ inputShape: config.inputShape, batchInputShape: config.batchInputShape })) {
    if (shape === undefined || (isList(shape) && Array.from(shape as Shape).every(isSize))) continue;
    throw new ConfigError({
      caller,
      problem: `${name} must be a list of sizes.`,
      expected: 'integers of at least 0, and null for an axis of any size',
      got: show(shape),
      remedy: `write ${name}: ${name === 'inputShape' ? '[7, 3], without the batch axis' : '[null, 7, 3], with the batch axis'}.`,
    });
  }
}

/** Marks the classes that are made here, by any copy of the module. */
const ofToLayersLayer = Symbol.for('@longspan/core-tensor toLayersLayer');

/** Throws where tf.layers has another class under a name: models that were saved with that one would be loaded by ours. */
function requireFreeName(className: string): void {
  const { classNameMap } = serialization.SerializationMap.getMap();
  const known = Object.hasOwn(classNameMap, className) ? classNameMap[className] : undefined;
  if (known === undefined || ofToLayersLayer in known[0]) return; // one of ours takes the place of another: a page reloads its modules
  throw new ConfigError({
    caller: 'toLayersLayer',
    problem: 'className must be a name that no class of tf.layers has.',
    expected: 'a name of your own, such as the package and the layer',
    got: show(className),
    remedy: `write className: 'My${className}'.`,
  });
}

const isSize = (size: unknown): boolean => size === null || (Number.isSafeInteger(size) && (size as number) >= 0);

function requireNoState(caller: string, { states }: Layer): void {
  if (states.length === 0) return;
  throw new ConfigError({
    caller,
    problem: 'a layer of a tf.layers model must be stateless.',
    expected: 'a layer whose `states` are empty',
    got: states.join(', '),
    remedy:
      'tf.layers hands nothing from one call to the next: make it without (multiHeadAttention without `cache`), or call its apply yourself and hand the state on.',
  });
}

/**
 * Makes a class of tf.layers of any layer without state: it trains, saves and loads inside models of tf.layers. The class is registered with
 * tf.serialization under its name, so a model can be loaded once this has run. A training step draws a new key for dropout.
 * @returns a function that makes one layer, with weights named as its parameters are
 * @throws ConfigError for an unknown name in the definition, and when a layer with state is made
 * @throws ShapeError when the layer is called with another number of inputs than 1 and those of `contextInputs`
 * @cost that of the layer
 * @example
 * const linearLayer = toLayersLayer({
 *   className: 'ExampleLinear',
 *   create: linear,
 *   outputShape: (shape, { outFeatures }) => [...shape.slice(0, -1), outFeatures],
 * });
 * linearLayer({ options: { inFeatures: 3, outFeatures: 2 } }).computeOutputShape([null, 7, 3]); // => [null, 7, 2]
 */
export function toLayersLayer<Options extends object>(
  given: LayersLayerDefinition<Options>,
): (config: LayersLayerConfig<Options>) => layers.Layer {
  requireKnown('toLayersLayer', given, definitionNames);
  const definition = owned(given);
  const { className, create, inputs: dtype = 'float32', contextInputs = [] } = definition;
  requireGiven('toLayersLayer', 'className', className, 'the name of the class in saved models');
  requireGiven('toLayersLayer', 'create', create, 'a function that makes the layer, such as linear');
  if (dtype !== 'float32' && dtype !== 'int32') throw invalidInputs(dtype);
  if (className === '') requireGiven('toLayersLayer', 'className', undefined, 'the name of the class in saved models');
  requireFreeName(className);
  for (const name of contextInputs) requireKind('toLayersLayer', 'each of contextInputs', name, 'text');
  class AdaptedLayer extends layers.Layer {
    static readonly className: string = definition.className;
    static readonly [ofToLayersLayer] = true;
    readonly #options: Options;
    readonly #seed: number | string;
    readonly #layer: Layer;
    readonly #parameters = new Map<string, LayerVariable>();
    #steps = 0;

    constructor(config: LayersLayerConfig<Options>) {
      requireConfig(definition.className, config);
      const { options, seed = 0, ...args } = owned(config);
      super(args as ConstructorParameters<typeof layers.Layer>[0]);
      this.#options = options;
      this.#seed = seed;
      this.#layer = definition.create(options) as object as Layer;
      requireKind(definition.className, 'what create gives', this.#layer, 'layer');
      requireNoState(definition.className, this.#layer);
    }

    get #key(): Key {
      return createKey(this.#seed).fold(this.name);
    }

    override build(inputShape: Shape | Shape[]): void {
      const drawn = this.#layer.init(this.#key);
      for (const [name, value] of Object.entries(drawn)) {
        const weight = this.addWeight(name, value.shape, value.dtype, initializers.zeros());
        weight.write(value);
        this.#parameters.set(name, weight);
      }
      disposeParameters(drawn);
      super.build(inputShape);
    }

    override call(inputs: Tensor | Tensor[], { training = false }: { readonly training?: boolean | undefined }): Tensor {
      const { input, further } = namedInputs(definition, inputs);
      const parameters = Object.fromEntries([...this.#parameters].map(([name, weight]) => [name, weight.read()]));
      const context = { ...further, ...(training ? { training, key: this.#key.fold('dropout').fold(this.#steps++) } : {}) };
      return tidy(() => this.#layer.apply(parameters, input.dtype === dtype ? input : cast(input, dtype), context));
    }

    override computeOutputShape(inputShape: Shape | Shape[]): Shape {
      const shape = (Array.isArray(inputShape[0]) ? inputShape[0] : inputShape) as Shape;
      if (definition.outputShape === undefined) return shape;
      const given = definition.outputShape(shape, this.#options);
      requireKind(definition.className, 'what outputShape gives', given, 'list');
      return given;
    }

    override getConfig(): serialization.ConfigDict {
      return { ...super.getConfig(), options: { ...this.#options } as object as serialization.ConfigDict, seed: this.#seed };
    }
  }
  serialization.registerClass(AdaptedLayer as object as serialization.SerializableConstructor<AdaptedLayer>);
  return (config) => new AdaptedLayer(config);
}

function namedInputs(
  { className, contextInputs = [] }: { readonly className: string; readonly contextInputs?: readonly string[] | undefined },
  inputs: Tensor | Tensor[],
): { readonly input: Tensor; readonly further: Readonly<Record<string, Tensor>> } {
  const [input, ...others] = Array.isArray(inputs) ? inputs : [inputs];
  if (input !== undefined && others.length === contextInputs.length) {
    for (const [at, each] of [input, ...others].entries()) requireKind(className, ['x', ...contextInputs][at] as string, each, 'tensor');
    return { input, further: Object.fromEntries(contextInputs.map((name, at) => [name, others[at] as Tensor])) };
  }
  throw new ShapeError({
    caller: className,
    problem: contextInputs.length === 0 ? 'the inputs must be x alone.' : `the inputs must be x and ${contextInputs.join(', ')}.`,
    expected: contextInputs.length === 0 ? 'one tensor' : `[x, ${contextInputs.join(', ')}]`,
    got: `${others.length + 1} tensors`,
    remedy: 'join them first, or name them in contextInputs if the layer reads them from its context.',
  });
}

const invalidInputs = (inputs: unknown): ConfigError =>
  new ConfigError({
    caller: 'toLayersLayer',
    problem: "inputs must be 'float32' or 'int32'.",
    expected: "'float32' or 'int32'",
    got: show(inputs),
    remedy: "use 'int32' for a layer that takes ids, else leave it out.",
  });
