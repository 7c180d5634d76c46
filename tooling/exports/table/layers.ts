import { createKey } from '@longspan/core-tensor';
import { keep, type Tensor } from '@tensorflow/tfjs-core';
import { type Accepted, type Calls, type Row, row } from '../row.ts';

type Parameters = Readonly<Record<string, Tensor>>;

interface Made {
  readonly init: (key: unknown) => Parameters;
}

const drawn = new WeakMap<object, Parameters>();

/** The parameters of a layer, drawn once: each mistake is made in a call of its own. */
function parametersOf(made: Made): Parameters {
  const known = drawn.get(made) ?? made.init(createKey(1));
  if (!drawn.has(made)) {
    drawn.set(made, known);
    Object.values(known).forEach(keep);
  }
  return known;
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
          parametersOf(made as Made),
          x(),
          { training: false, key: createKey(2), ...context() },
        ]),
        accepts: applied,
        caller: name,
      },
    },
  });
}
