import type { LayerContext, LayerState, Parameters, Scope } from '@longspan/core-tensor';
import { defineOp, type Op } from '@longspan/core-tensor/kernel';
import { lens, parameterNames, tensorsOfContext, withContextTensors } from '@longspan/core-tensor/layer';
import { add, dispose, type Tensor, type TensorContainerObject, tidy, zerosLike } from '@tensorflow/tfjs-core';
import { withoutInnerGradients } from '../recompute/inner-gradients.ts';
import type { Block, Branch } from './blocks.ts';
import { type ChoiceShapes, choicesOf, packed, unpacked } from './choices.ts';
import { type BranchVjp, blockVjp, type Coupled, couple, type Surroundings } from './coupling.ts';
import { joinStreams, type Streams, splitStreams } from './streams.ts';

/** What the branches of a segment run by, as records. */
interface Records {
  readonly parameters: Parameters;
  readonly state: LayerState;
  readonly context: LayerContext;
}

interface SegmentAttributes {
  readonly caller: string;
  readonly blocks: readonly Block[];
  /** The records, whose tensors are replaced by those that tfjs hands over. */
  readonly records: Records;
  /** For each tensor of the records its place among the op's. */
  readonly places: readonly number[];
  /** Filled in by the forward pass. */
  readonly found: { state: LayerState; choices: ChoiceShapes };
}

type Inputs = readonly [x: Tensor, ...tensors: Tensor[]];
type Outputs = [y: Tensor, choices: Tensor, ...state: Tensor[]];

const segment: Op<Inputs, Outputs, SegmentAttributes> = defineOp({
  name: 'LongspanReversible',
  forward([x, ...tensors]: Inputs, attributes: SegmentAttributes): Outputs {
    const { blocks, found } = attributes;
    const by = surroundings(attributes.caller, given(attributes, tensors));
    const state: Record<string, Tensor | number> = {};
    let streams = splitStreams(x);
    for (const block of blocks) {
      const before = streams;
      const after = tidy(() => {
        const { streams, state } = withoutInnerGradients(attributes.caller, () => couple(block, before, by));
        return { streams, state } as object as TensorContainerObject; // rows of attention are for plain sequences to give
      }) as object as Pick<Coupled, 'streams' | 'state'>;
      dispose([before.x1, before.x2]);
      Object.assign(state, after.state);
      streams = after.streams;
    }
    const choices = choicesOf(blocks, state);
    found.state = state;
    found.choices = choices.map(([name, { shape }]) => [name, [...shape]]);
    return [joinStreams(streams), packed(choices), ...tensorsOfContext(state)];
  },
  save: { inputs: 'all', outputs: [0, 1] },
  gradient({ inputs: [, ...tensors], outputs: [y, choices] }, [dy, , ...ofState], attributes) {
    const { caller, blocks, found } = attributes;
    const records = given(attributes, tensors);
    // The state is that of the first run, and the choices of that run are replayed.
    const by = surroundings(caller, { ...records, state: { ...records.state, ...unpacked(choices, found.choices) } });
    const cotangentsOfState = withContextTensors(found.state, ofState);
    const of = ({ name }: Branch): BranchVjp => ({
      xs: [
        ...new Set(
          tensorsOfContext([below(name, records.parameters), below(name, records.state), records.context]).filter(
            ({ dtype }) => dtype === 'float32',
          ),
        ),
      ],
      ofState: tensorsOfContext(below(name, cotangentsOfState)),
    });
    const sums = new Map<Tensor, Tensor>();
    const gather = ({ xs }: BranchVjp, gradients: readonly (Tensor | null)[]): void =>
      xs.forEach((x, at) => {
        const [before, gradient] = [sums.get(x), gradients[at] ?? null];
        if (gradient === null) return;
        sums.set(x, before === undefined ? gradient : add(before, gradient));
        if (before !== undefined) dispose([before, gradient]);
      });
    let [streams, cotangents] = [splitStreams(y), splitStreams(dy)];
    for (const block of [...blocks].reverse()) {
      const [after, cotangentsAfter] = [streams, cotangents];
      const branches = { f: of(block.f), g: of(block.g) };
      const back = tidy(() => {
        const { streams, cotangents, f, g } = blockVjp(block, after, cotangentsAfter, by, branches);
        return { x1: streams.x1, x2: streams.x2, d1: cotangents.x1, d2: cotangents.x2, f: [...f], g: [...g] } as TensorContainerObject;
      }) as object as { x1: Tensor; x2: Tensor; d1: Tensor; d2: Tensor; f: (Tensor | null)[]; g: (Tensor | null)[] };
      dispose([after.x1, after.x2, cotangentsAfter.x1, cotangentsAfter.x2]);
      gather(branches.f, back.f);
      gather(branches.g, back.g);
      streams = { x1: back.x1, x2: back.x2 } satisfies Streams;
      cotangents = { x1: back.d1, x2: back.d2 };
    }
    const noGradient = (tensor: Tensor): Tensor | null => (tensor.dtype === 'float32' ? zerosLike(tensor) : null);
    return [joinStreams(cotangents), ...tensors.map((tensor) => sums.get(tensor) ?? noGradient(tensor))];
  },
});

/**
 * Blocks as one op that keeps their outputs and inverts them in the backward pass. A tensor that stands under several names is passed
 * once.
 */
export function runSegment(
  caller: string,
  blocks: readonly Block[],
  x: Tensor,
  scope: Scope,
  context: LayerContext,
): { readonly y: Tensor; readonly state: LayerState } {
  const records = recordsOf(blocks, scope, context);
  const all = tensorsOfContext(records);
  const placeOf = new Map<Tensor, number>();
  for (const tensor of all) if (!placeOf.has(tensor)) placeOf.set(tensor, placeOf.size);
  const found: SegmentAttributes['found'] = { state: {}, choices: [] };
  const places = all.map((tensor) => placeOf.get(tensor) as number);
  const [y, choices, ...ofState] = segment([x, ...placeOf.keys()], { caller, blocks, records, places, found });
  choices.dispose();
  return { y, state: withContextTensors(found.state, ofState) };
}

/** The parameters and the state of these blocks alone. */
function recordsOf(blocks: readonly Block[], { parameters, state }: Scope, context: LayerContext): Records {
  const branches = blocks.flatMap(({ f, g }) => [f, g]);
  const names = branches.flatMap(({ name, layer }) => parameterNames(layer.spec, parameters.below(name)).map((own) => `${name}.${own}`));
  return {
    parameters: Object.fromEntries(names.map((name) => [name, parameters.get(name)])),
    state: Object.assign({}, ...branches.map(({ name }) => below(name, state.record()))) as LayerState,
    context,
  };
}

const below = <Value>(name: string, record: Readonly<Record<string, Value>>): Readonly<Record<string, Value>> =>
  Object.fromEntries(Object.entries(record).filter(([each]) => each.startsWith(`${name}.`)));

const given = ({ records, places }: SegmentAttributes, tensors: readonly Tensor[]): Records =>
  withContextTensors(
    records,
    places.map((place) => tensors[place] as Tensor),
  );

const surroundings = (caller: string, { parameters, state, context }: Records): Surroundings => ({
  parameters: lens(caller, 'parameter', parameters),
  state: lens(caller, 'state', state),
  context,
});
