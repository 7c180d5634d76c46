import { ConfigError, isList, requireInteger, requireKnown, show } from '@longspan/core-tensor/error';
import { type Losses, lossSum } from './loss-sum.ts';
import type { Metric } from './metric.ts';

/** Losses of tokens, and the text that they are the losses of: itself, or how many units it has. */
export type LossesOfText<Unit extends string> = Losses & {
  /** The text, or several; its units are counted. */
  readonly text?: string | readonly string[] | undefined;
} & { readonly [Name in Unit]?: number | undefined };

/** A metric of losses over units of the text that do not depend on how it was cut into tokens. */
export function lossPerUnit<const Unit extends string>(
  caller: string,
  unit: Unit,
  count: (text: string) => number,
  finish: (natsPerUnit: number) => number,
): Metric<LossesOfText<Unit>> {
  let nats = 0;
  let units = 0;
  const where = `${caller}.add`;
  return {
    add(batch) {
      requireKnown(where, batch, ['losses', 'mask', 'text', unit]);
      const given = batch as Losses & Readonly<Record<string, unknown>>;
      const more = unitsOf(where, unit, count, given['text'], given[unit]);
      nats += lossSum(where, given).nats;
      units += more;
    },
    value: () => finish(nats / units),
  };
}

function unitsOf(caller: string, unit: string, count: (text: string) => number, text: unknown, given: unknown): number {
  if ((text === undefined) === (given === undefined)) {
    throw new ConfigError({
      caller,
      problem: `either text or ${unit} must be given.`,
      expected: `{ losses, text }, or { losses, ${unit} }`,
      got: text === undefined ? 'neither' : 'both',
      remedy: `give the text that the losses are of, or how many ${unit} it has.`,
    });
  }
  if (text === undefined) {
    requireInteger(caller, { [unit]: given }, 0, { atMost: Number.MAX_SAFE_INTEGER });
    return given as number;
  }
  const texts = isList(text) ? Array.from(text) : [text];
  return texts.reduce((sum: number, each) => {
    if (typeof each === 'string') return sum + count(each);
    throw new ConfigError({
      caller,
      problem: 'text must be a string, or a list of strings.',
      expected: 'a string, or a list of them',
      got: show(text),
      remedy: `decode tokens first, or give ${unit}.`,
    });
  }, 0);
}
