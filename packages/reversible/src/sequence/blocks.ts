import { contextOf, dims, type Key, type LayerContext, type Parameters, prefixed, scoped } from '@longspan/core-tensor';
import { ConfigError, ShapeError } from '@longspan/core-tensor/error';
import type { Branch } from './branch.ts';
import type { BoundBlock, BoundBranch, Streams } from './coupling.ts';

/**
 * A reversible block: a record of two branches, the first of which is F, the second G. Their names are those of their parameters,
 * `0.attention.…` and `0.feedForward.…` for `{ attention, feedForward }`.
 */
export type ReversibleBlock = Readonly<Record<string, Branch>>;

/** Throws unless there is a block and each one has two branches. */
export function checkBlocks(caller: string, blocks: readonly ReversibleBlock[]): void {
  const wrong = blocks.findIndex((block) => Object.keys(block).length !== 2);
  if (blocks.length > 0 && wrong < 0) return;
  throw new ConfigError({
    caller,
    problem: blocks.length === 0 ? 'there are no blocks.' : `block ${wrong} is not a pair of branches.`,
    expected: 'one or more records of two layers, F and G: { attention, feedForward }',
    got: blocks.length === 0 ? 'an empty list' : `{ ${Object.keys(blocks[wrong] ?? {}).join(', ')} }`,
    remedy: 'put the attention first and the feed-forward layer second.',
  });
}

export function checkStreams(caller: string, { x1, x2 }: Streams): void {
  dims(caller, { x1: [x1, '...:float32'], x2: [x2, '...:float32'] });
  if (x1.shape.join() === x2.shape.join()) return;
  throw new ShapeError({
    caller,
    problem: 'the streams are not of one shape.',
    expected: `x2 [${x1.shape.join(', ')}]  (set by x1)`,
    got: `[${x2.shape.join(', ')}]`,
    remedy: 'start both from the same tensor, or from two halves of the features.',
  });
}

/** New parameters of all blocks; each branch draws from a key of its own. */
export function initialised(blocks: readonly ReversibleBlock[], key: Key): Parameters {
  return Object.assign(
    {},
    ...blocks.flatMap((block, at) =>
      Object.entries(block).map(([name, branch]) => prefixed(`${at}.${name}`, branch.init(key.fold(`${at}`).fold(name)))),
    ),
  );
}

/** The blocks with their parameters and keys. */
export function bound(
  blocks: readonly ReversibleBlock[],
  parameters: Parameters,
  context: LayerContext | undefined,
): readonly BoundBlock[] {
  return blocks.map((block, at) => {
    const branches = Object.entries(block).map(
      ([name, branch]): BoundBranch => ({
        name: `${at}.${name}`,
        branch,
        parameters: scoped(parameters, `${at}.${name}`),
        context: contextOf(contextOf(context, `${at}`), name),
      }),
    );
    const [f, g] = branches as [BoundBranch, BoundBranch];
    return { f, g };
  });
}
