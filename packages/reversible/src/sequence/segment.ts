import type { Parameters } from '@longspan/core-tensor';
import { defineOp, type Op } from '@longspan/core-tensor/kernel';
import { add, dispose, type Tensor, tidy } from '@tensorflow/tfjs-core';
import { type BoundBlock, type BoundBranch, couple, pullBlock, type Streams } from './coupling.ts';
import { packed, unpacked } from './decisions.ts';

interface SegmentAttributes {
  readonly blocks: readonly BoundBlock[];
  /** For each branch the places of its parameters among the op's. */
  readonly places: readonly (readonly number[])[];
  /** Filled in by the forward pass: the shapes of each branch's decisions. */
  readonly shapes: number[][][];
}

type Inputs = readonly [x1: Tensor, x2: Tensor, ...parameters: Tensor[]];
type Outputs = [y1: Tensor, y2: Tensor, decisions: Tensor];

const segment: Op<Inputs, Outputs, SegmentAttributes> = defineOp({
  name: 'LongspanReversible',
  forward([x1, x2, ...parameters]: Inputs, attributes: SegmentAttributes): Outputs {
    const decisions: Tensor[][] = [];
    let streams: Streams = { x1, x2 };
    withTensors(attributes, parameters).forEach((block, at) => {
      const before = streams;
      const { x1, x2, decided } = tidy(() => {
        const { streams, decisions } = couple(block, before);
        return { ...streams, decided: decisions.map((each) => [...each]) };
      });
      if (at > 0) dispose([before.x1, before.x2]);
      decisions.push(...decided);
      streams = { x1, x2 };
    });
    attributes.shapes.push(...decisions.map((ofBranch) => ofBranch.map(({ shape }) => [...shape])));
    return [streams.x1, streams.x2, packed(decisions)];
  },
  save: { inputs: 'all', outputs: [0, 1, 2] },
  gradient({ inputs: [, , ...parameters], outputs: [y1, y2, decisions] }, [dy1, dy2], attributes) {
    const decided = unpacked(decisions, attributes.shapes);
    const blocks = withTensors(attributes, parameters).map(({ f, g }, at) => ({
      f: { ...f, decided: decided[2 * at] ?? [] },
      g: { ...g, decided: decided[2 * at + 1] ?? [] },
    }));
    const sums = new Map<number, Tensor>();
    const gather = (places: readonly number[], gradients: readonly Tensor[]): void =>
      places.forEach((place, at) => {
        const [before, gradient] = [sums.get(place), gradients[at] as Tensor];
        sums.set(place, before === undefined ? gradient : add(before, gradient));
        if (before !== undefined) dispose([before, gradient]);
      });
    let [streams, cotangents]: [Streams, Streams] = [
      { x1: y1, x2: y2 },
      { x1: dy1, x2: dy2 },
    ];
    for (let at = blocks.length - 1; at >= 0; at--) {
      const [after, cotangentsAfter] = [streams, cotangents];
      const { f, g, ...next } = tidy(() => {
        const { streams, cotangents, f, g } = pullBlock(blocks[at] as BoundBlock, after, cotangentsAfter);
        return { x1: streams.x1, x2: streams.x2, d1: cotangents.x1, d2: cotangents.x2, f: [...f], g: [...g] };
      });
      if (at < blocks.length - 1) dispose([after.x1, after.x2, cotangentsAfter.x1, cotangentsAfter.x2]);
      gather(attributes.places[2 * at] as readonly number[], f);
      gather(attributes.places[2 * at + 1] as readonly number[], g);
      streams = { x1: next.x1, x2: next.x2 };
      cotangents = { x1: next.d1, x2: next.d2 };
    }
    return [cotangents.x1, cotangents.x2, ...parameters.map((_, place) => sums.get(place) ?? null)];
  },
});

/**
 * Blocks as one op that keeps their outputs and inverts them in the backward pass. A parameter that stands under several names is
 * passed once.
 */
export function runSegment(blocks: readonly BoundBlock[], { x1, x2 }: Streams): Streams {
  const branches = blocks.flatMap(({ f, g }) => [f, g]);
  const parameters = [...new Set(branches.flatMap((branch) => Object.values(branch.parameters)))];
  const places = branches.map((branch) => Object.values(branch.parameters).map((each) => parameters.indexOf(each)));
  const [y1, y2, decisions] = segment([x1, x2, ...parameters], { blocks, places, shapes: [] });
  decisions.dispose();
  return { x1: y1, x2: y2 };
}

/** The blocks with the tensors that tfjs hands over in the place of their parameters. */
function withTensors({ blocks, places }: SegmentAttributes, tensors: readonly Tensor[]): readonly BoundBlock[] {
  const given = (branch: BoundBranch, nth: number): BoundBranch => ({
    ...branch,
    parameters: Object.fromEntries(
      Object.keys(branch.parameters).map((name, at) => [name, tensors[places[nth]?.[at] as number] as Tensor]),
    ) satisfies Parameters,
  });
  return blocks.map(({ f, g }, at) => ({ f: given(f, 2 * at), g: given(g, 2 * at + 1) }));
}
