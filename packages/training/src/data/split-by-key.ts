import { ConfigError, requireKind, show } from '@longspan/core-tensor/error';
import { type Key, randomUniform } from '@longspan/core-tensor/key';

/**
 * Says of each document to which part of the data it belongs, by its name and a key alone: parts are disjoint, and a document stays in its
 * part when others come or go, in every process. Give what must stay together (pages of one book) one name.
 * @param shares how much of the data each part gets; in sum 1
 * @returns a function of the document's name, an integer or a text, that gives the part's name
 * @throws ConfigError when the shares are not positive numbers of the sum 1; of the function, for a name that is neither
 * @cost about 2 µs per document
 * @example
 * const partOf = splitByKey(createKey(1), { train: 0.8, test: 0.2 });
 * ['a.txt', 'b.txt', 'c.txt', 'd.txt'].map(partOf); // => ['test', 'train', 'train', 'train']
 */
export function splitByKey<const Shares extends Readonly<Record<string, number>>>(
  key: Key,
  shares: Shares,
): (document: number | string) => keyof Shares & string {
  const caller = 'splitByKey';
  requireKind(caller, 'key', key, 'key');
  requireKind(caller, 'shares', shares, 'record');
  const parts = Object.entries(shares);
  for (const [name, share] of parts) requireKind(caller, `shares.${name}`, share, 'positive');
  const sum = parts.reduce((total, [, share]) => total + share, 0);
  if (Math.abs(sum - 1) > 1e-9) {
    throw new ConfigError({
      caller,
      problem: 'shares must have the sum 1.',
      expected: '{ train: 0.9, validation: 0.1 }, say',
      got: `${show(shares)}, in sum ${sum}`,
      remedy: 'name a part for what is left over.',
    });
  }
  return (document) => {
    requireName(caller, document);
    const [drawn = 0] = randomUniform(key.fold(document), 1);
    let below = 0;
    for (const [name, share] of parts) {
      below += share;
      if (drawn < below) return name;
    }
    return (parts.at(-1) as (typeof parts)[number])[0];
  };
}

function requireName(caller: string, document: number | string): void {
  if (typeof document === 'string' || Number.isSafeInteger(document)) return;
  throw new ConfigError({
    caller,
    problem: 'a document must be named by an integer or a text.',
    expected: 'a number or a path, say',
    got: show(document),
    remedy: 'give what names the document wherever it is read.',
  });
}
