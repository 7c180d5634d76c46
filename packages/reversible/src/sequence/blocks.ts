import type { ContextOfAll, Layer, LayerContext, LayerOutput, OutputOfAll, Parts } from '@longspan/core-tensor';
import { ConfigError, requireKind } from '@longspan/core-tensor/error';

/**
 * A reversible block: a record of two layers that keep the shape of a stream, the first of which is F, the second G. Their names are
 * those of their parameters and state, `0.attention.…` and `0.feedForward.…` for `{ attention, feedForward }`.
 */
export type ReversibleBlock = Parts;

type BranchesOf<Blocks extends readonly ReversibleBlock[]> = {
  readonly branch: Blocks[number] extends infer Block ? (Block extends Parts ? Block[keyof Block] : never) : never;
};

/** The sum of what the branches read of their context. */
export type ContextOfBlocks<Blocks extends readonly ReversibleBlock[]> = ContextOfAll<BranchesOf<Blocks>>;

/** A tensor where no branch has state, else a tensor with the new state. */
export type OutputOfBlocks<Blocks extends readonly ReversibleBlock[]> = OutputOfAll<BranchesOf<Blocks>>;

export type BranchLayer = Layer<LayerContext, LayerOutput>;

/** One side of one block: its layer under its dotted name, `3.feedForward`. */
export interface Branch {
  readonly name: string;
  readonly layer: BranchLayer;
}

export interface Block {
  readonly f: Branch;
  readonly g: Branch;
}

/** The blocks with the names of their branches; throws unless there is one and each has two branches. */
export function namedBlocks(caller: string, blocks: readonly ReversibleBlock[]): readonly Block[] {
  requireKind(caller, 'blocks', blocks, 'list');
  blocks.forEach((block, at) => {
    requireKind(caller, `block ${at}`, block, 'record');
    for (const [name, layer] of Object.entries(block)) requireKind(caller, `${at}.${name}`, layer, 'layer');
  });
  const wrong = blocks.findIndex((block) => Object.keys(block).length !== 2);
  if (blocks.length === 0 || wrong >= 0) {
    throw new ConfigError({
      caller,
      problem: blocks.length === 0 ? 'there must be at least one block.' : 'every block must be a record of two layers.',
      expected: 'one or more records of two layers, F and G: { attention, feedForward }',
      got: blocks.length === 0 ? 'an empty list' : `{ ${Object.keys(blocks[wrong] ?? {}).join(', ')} } (block ${wrong})`,
      remedy: 'put the attention first and the feed-forward layer second.',
    });
  }
  return blocks.map((block, at) => {
    const branches = Object.entries(block) as object as readonly (readonly [string, BranchLayer])[];
    const [f, g] = branches.map(([name, layer]): Branch => ({ name: `${at}.${name}`, layer })) as [Branch, Branch];
    return { f, g };
  });
}

/** All branches as the parts of one layer. */
export const partsOf = (blocks: readonly Block[]): Readonly<Record<string, Layer>> =>
  Object.fromEntries(blocks.flatMap(({ f, g }) => [f, g]).map(({ name, layer }) => [name, layer as object as Layer]));

export const hasState = (blocks: readonly Block[]): boolean =>
  blocks.some(({ f, g }) => f.layer.states.length > 0 || g.layer.states.length > 0);
