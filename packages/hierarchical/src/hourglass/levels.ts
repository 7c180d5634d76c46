import { ConfigError, requireInteger } from '@longspan/core-tensor/error';
import { mostMembers } from '../groups/groups.ts';
import { requireLayers } from '../layers/require-layers.ts';

/** One level below the tokens: how many of the vectors above become one, how many tokens that is, and its layers. */
export interface HourglassLevel {
  /** Vectors of the level above that become one. */
  readonly factor: number;
  /** Tokens that become one. */
  readonly total: number;
  /** Layers of each stack of this level: before and after the next one, or the only one of the innermost. */
  readonly layers: number;
}

/**
 * Reads a palindrome of `layers@total` words, as in trax: '1@2 1@4 1@2' goes from tokens to pairs, to fours, to pairs, to tokens.
 * @throws ConfigError when it is not a palindrome, or a total is not a larger multiple of the one before
 */
export function hourglassLevels(caller: string, hierarchy: string): readonly HourglassLevel[] {
  const unfit = (problem: string) => unfitFor(caller, hierarchy, problem);
  const words = hierarchy.trim().split(/\s+/);
  const stages = words.map((word) => {
    const [, layers, total] = /^([1-9]\d*)@([1-9]\d*)$/.exec(word) ?? [];
    if (layers === undefined || total === undefined) throw unfit(`every word of the hierarchy must be layers@total: '${brief(word)}'.`);
    requireLayers(caller, { [`the number of layers of '${brief(word)}'`]: Number(layers) }, 1);
    const remedy = 'write how many tokens one vector of the level stands for.';
    requireInteger(caller, { [`the total of '${brief(word)}'`]: Number(total) }, 1, { atMost: mostMembers, remedy });
    return { layers: Number(layers), total: Number(total) };
  });
  if (words.length % 2 === 0 || words.some((word, at) => word !== words[words.length - 1 - at])) {
    throw unfit('the hierarchy must be a palindrome.');
  }
  return stages.slice(0, (words.length + 1) / 2).map(({ layers, total }, at) => {
    const above = at === 0 ? 1 : (stages[at - 1]?.total as number);
    if (total <= above || total % above !== 0)
      throw unfit(`each total must be a larger multiple of the one before: ${total} after ${above}.`);
    return { factor: total / above, total, layers };
  });
}

/** So much of a text that an error stays short. */
const brief = (text: string): string => (text.length > 40 ? `${text.slice(0, 40)}…` : text);

const unfitFor = (caller: string, hierarchy: string, problem: string) =>
  new ConfigError({
    caller,
    problem,
    expected: "layers@total words, as '2@3' or '1@2 1@4 1@2': down to the innermost level and up again",
    got: `'${brief(hierarchy)}'`,
    remedy: 'write how many tokens one vector of each level stands for; each total is a multiple of the one before.',
  });
