/**
 * How the labels of tokens become entities: 'none' makes one of each token, its label as it is; 'simple' goes by each token's own label; the
 * others give all tokens of a word one.
 */
export type EntityStrategy = 'none' | 'simple' | 'first' | 'average' | 'max';

export const entityStrategies: readonly EntityStrategy[] = ['none', 'simple', 'first', 'average', 'max'];

/** A token, or a word, of a text with the probability of each label. */
export interface LabelledToken {
  readonly start: number;
  readonly end: number;
  readonly probabilities: ArrayLike<number>;
  /** Whether it goes on with the word of the token before it. */
  readonly isSubword: boolean;
}

/** Consecutive tokens, or words, of one label. */
export interface EntityGroup {
  /** Without B- or I-, unless the strategy is 'none'. */
  readonly label: string;
  readonly score: number;
  readonly start: number;
  readonly end: number;
}

interface Labelled {
  readonly label: string;
  readonly score: number;
  readonly start: number;
  readonly end: number;
}

/**
 * Groups tokens into entities. 'first' gives a word the label of its first token, 'average' that of the mean of its tokens' probabilities,
 * 'max' that of the token that is surest. Neighbours of one label are one entity, whatever stands between them, unless the later one begins
 * with B-; a label without B- or I- counts as I-. The score is the mean of the members'.
 * @cost O(tokens · labels)
 * @source TokenClassificationPipeline of Hugging Face transformers 4.57 (aggregate, group_entities)
 */
export function groupEntities(
  tokens: readonly LabelledToken[],
  {
    labels,
    strategy,
    ignored,
  }: { readonly labels: readonly string[]; readonly strategy: EntityStrategy; readonly ignored: readonly string[] },
): readonly EntityGroup[] {
  const labelled =
    strategy === 'simple' || strategy === 'none'
      ? tokens.map((token) => best(token, token.probabilities, labels))
      : wordsOf(tokens, labels, strategy);
  if (strategy === 'none') return labelled.filter(({ label }) => !ignored.includes(label));
  const groups: Labelled[][] = [];
  for (const each of labelled) {
    const last = groups.at(-1)?.at(-1);
    if (last !== undefined && tagOf(each.label) === tagOf(last.label) && !each.label.startsWith('B-')) groups.at(-1)?.push(each);
    else groups.push([each]);
  }
  return groups
    .map((group) => ({
      label: tagOf((group[0] as Labelled).label),
      score: group.reduce((sum, { score }) => sum + score, 0) / group.length,
      start: (group[0] as Labelled).start,
      end: (group.at(-1) as Labelled).end,
    }))
    .filter(({ label }) => !ignored.includes(label));
}

const tagOf = (label: string): string => label.replace(/^[BI]-/, '');

function best({ start, end }: Pick<LabelledToken, 'start' | 'end'>, probabilities: ArrayLike<number>, labels: readonly string[]): Labelled {
  const at = argMax(probabilities);
  return { label: labels[at] as string, score: probabilities[at] as number, start, end };
}

function argMax(values: ArrayLike<number>): number {
  let at = 0;
  for (let other = 1; other < values.length; other++) if ((values[other] as number) > (values[at] as number)) at = other;
  return at;
}

/** One label for each word. */
function wordsOf(
  tokens: readonly LabelledToken[],
  labels: readonly string[],
  strategy: Exclude<EntityStrategy, 'none' | 'simple'>,
): readonly Labelled[] {
  const words: LabelledToken[][] = [];
  for (const token of tokens) {
    if (token.isSubword && words.length > 0) words.at(-1)?.push(token);
    else words.push([token]);
  }
  return words.map((word) => {
    const place = { start: (word[0] as LabelledToken).start, end: (word.at(-1) as LabelledToken).end };
    if (strategy === 'first') return best(place, (word[0] as LabelledToken).probabilities, labels);
    if (strategy === 'average') {
      const mean = Array.from(
        labels,
        (_, label) => word.reduce((sum, { probabilities }) => sum + (probabilities[label] as number), 0) / word.length,
      );
      return best(place, mean, labels);
    }
    const surest = argMax(word.map(({ probabilities }) => probabilities[argMax(probabilities)] as number));
    return best(place, (word[surest] as LabelledToken).probabilities, labels);
  });
}
