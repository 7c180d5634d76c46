import { createKey } from '@longspan/core-tensor';
import type { Tensor } from '@tensorflow/tfjs-core';
import { type Accepted, type Calls, type Row, row } from '../row.ts';

interface Made {
  readonly init: (key: unknown) => Readonly<Record<string, Tensor>>;
}

/** x of a layer that acts on the last axis, whatever is before it. */
export const anyRank: Accepted = { '1': ['rank'] };

/**
 * A function that makes a layer, and the layer itself.
 * @param x what the first call's layer is applied to
 * @param contexts one for each way to apply it
 */
export function layerRow(
  calls: Calls,
  x: () => Tensor,
  {
    contexts = [() => ({})],
    accepts,
    applied,
    name,
  }: {
    readonly contexts?: readonly (() => object)[];
    readonly accepts?: Accepted;
    readonly applied?: Accepted;
    /** What its layer is called in errors, where that is not the export's name. */
    readonly name?: string;
  } = {},
): Row {
  return row(calls, accepts, {
    methods: {
      init: { calls: [() => [createKey(1)]], caller: name },
      apply: {
        calls: contexts.map((context) => (made: unknown) => [
          (made as Made).init(createKey(1)),
          x(),
          { training: false, key: createKey(2), ...context() },
        ]),
        accepts: applied,
        caller: name,
      },
    },
  });
}
