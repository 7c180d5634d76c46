import { ConfigError, isList, show, stamped } from '@longspan/core-tensor/error';
import { copied } from './copied.ts';
import { type Combination, commonCount, type Mask, varied } from './mask.ts';
import type { MaskNode } from './mask-node.ts';
import { requireMask } from './require-mask.ts';

/**
 * Gives each head its own mask, in the order of the heads.
 * @throws ConfigError when the list is empty or one of the masks already differs per head
 * @example
 * const mask = perHead([causal(), slidingWindow({ left: 1, right: 1 })]);
 * [mask.heads, mask.select({ head: 0 }).allows(4, 0), mask.select({ head: 1 }).allows(4, 0)]; // => [2, true, false]
 */
export const perHead = (masks: readonly Mask[]): Mask => along('perHead', masks);

/**
 * Gives each batch row its own mask, in the order of the rows.
 * @throws ConfigError when the list is empty or one of the masks already differs per batch row
 * @example
 * const mask = perBatch([prefix({ length: 2 }), prefix({ length: 4 })]);
 * [mask.batch, mask.select({ batch: 1 }).allows(0, 3)]; // => [2, true]
 */
export const perBatch = (masks: readonly Mask[]): Mask => along('perBatch', masks);

/** Masks in one list, for heads or for batch rows: as many as a layout may have. SECURITY.md states it. */
const mostMasks = 2 ** 16;

/** A leaf that was given a list, with a value for each head or batch row. */
interface ListedLeaf {
  readonly name: () => string;
  readonly json: MaskNode;
  readonly count: number;
  /** The mask of one value: made when it is asked for. */
  readonly maskAt: (index: number) => Mask;
}

/** A leaf that was given one value per head: its masks under its own name and JSON. */
export const perHeadOf = (caller: string, leaf: ListedLeaf): Mask => listed('perHead', caller, leaf);

/** A leaf that was given one value per batch row: its masks under its own name and JSON. */
export const perBatchOf = (caller: string, leaf: ListedLeaf): Mask => listed('perBatch', caller, leaf);

function requireCount(caller: string, count: number): void {
  if (count <= mostMasks) return;
  throw new ConfigError({
    caller,
    problem: `a list must hold at most ${mostMasks} masks for heads or batch rows.`,
    expected: `at most ${mostMasks}`,
    got: String(count),
    remedy: 'run fewer batch rows at a time, or share the mask among heads or rows.',
  });
}

function along(by: 'perHead' | 'perBatch', masks: readonly Mask[]): Mask {
  const [axis, other] = by === 'perHead' ? (['heads', 'batch'] as const) : (['batch', 'heads'] as const);
  const list = isList(masks) ? masks : [];
  requireCount(by, list.length);
  for (const one of list) requireMask(by, 'each of masks', one);
  const [only] = list;
  const nested = list.find((one) => one[axis] !== 1);
  if (only === undefined || nested !== undefined) {
    throw new ConfigError({
      caller: by,
      problem: nested === undefined ? 'the list must hold at least one mask.' : `every mask of the list must be shared along ${axis}.`,
      expected: `one mask or more, each shared along ${axis}`,
      got: nested === undefined ? show(masks) : `${nested[axis]} (${nested.name})`,
      remedy: nested === undefined ? 'give one mask for each.' : 'select one of its masks first.',
    });
  }
  if (masks.length === 1) return only;
  const of = [...masks];
  const common = commonCount(by, other, of);
  return varied({
    name: () => `${by}([${of.map((one) => one.name).join(', ')}])`,
    heads: by === 'perHead' ? of.length : common,
    batch: by === 'perBatch' ? of.length : common,
    serialisable: of.every((one) => one.serialisable),
    combination: stamped<Combination>({ by, of }),
    toJSON: () => ({ kind: by, of: of.map((one) => one.toJSON()) }),
    at: ({ head, batch }) => {
      const [index, elsewhere] = by === 'perHead' ? [head, { batch }] : [batch, { head }];
      return index === undefined
        ? along(
            by,
            of.map((one) => one.select(elsewhere)),
          )
        : (of[index] as Mask).select(elsewhere);
    },
  });
}

function listed(by: 'perHead' | 'perBatch', caller: string, { name, json, count, maskAt }: ListedLeaf): Mask {
  if (count === 0) return along(by, []); // throws
  if (count === 1) return maskAt(0);
  requireCount(caller, count);
  const made: Mask[] = [];
  const kept = copied(json);
  return varied({
    name,
    heads: by === 'perHead' ? count : 1,
    batch: by === 'perBatch' ? count : 1,
    serialisable: true,
    combination: undefined,
    toJSON: () => copied(kept),
    at: ({ head, batch }) => {
      const index = (by === 'perHead' ? head : batch) ?? 0;
      made[index] ??= maskAt(index);
      return made[index];
    },
  });
}
