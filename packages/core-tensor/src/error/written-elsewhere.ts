import { nearestNames } from './nearest-names.ts';

/**
 * What other libraries call an option, and how it is written here: { 'lr learningrate': 'schedule: constantSchedule(0.001)' }. Names in lower
 * case without underscores, several with blanks between them.
 */
export type Elsewhere = Readonly<Record<string, string>>;

/** The same for every function that knows an option: by that option. */
const everywhere: Readonly<Record<string, Elsewhere>> = {
  mask: { 'causal iscausal': 'mask: causal()', 'window windowsize': 'mask: slidingWindow({ left, right })' },
  padding: { attentionmask: 'padding: padding(rows), rows being those of the mask: [[1, 1, 0]]' },
  tokenTypes: { tokentypeids: 'tokenTypes: a tensor of the same numbers' },
  positions: { positionids: 'positions: a tensor of the same numbers' },
};

/**
 * What somebody means who gives an unknown name: what another library calls one of those that are known, else the nearest of them.
 * @param known the names that there are, at least one
 * @param elsewhere what those names are called that this function alone knows
 * @cost no tensor operations
 */
export function meant(name: string, known: readonly string[], elsewhere: Elsewhere = {}): string {
  const plain = name.replaceAll('_', '').toLowerCase();
  const own = known.filter((option) => Object.hasOwn(everywhere, option)).map((option) => everywhere[option] as Elsewhere);
  const found = [elsewhere, ...own].flatMap((each) => Object.entries(each)).find(([names]) => names.split(' ').includes(plain));
  return found === undefined ? `did you mean ${nearestNames(name, known)[0]}?` : `write ${found[1]}.`;
}
