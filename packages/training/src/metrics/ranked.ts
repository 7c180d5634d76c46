import { ConfigError, mostNumbers, requireInteger, requireKnown, show } from '@longspan/core-tensor/error';
import { requireList, requireSameLength } from './numbers.ts';

/** What a document is called. */
export type DocumentId = number | string;

/** The documents that were found for some queries, beside those that should have been. */
export interface RankedBatch {
  /** For each query the documents that were found, the best first, each once. */
  readonly rankings: readonly (readonly DocumentId[])[];
  /** For each query the documents that are relevant, in any order; may be none. */
  readonly relevant: readonly (readonly DocumentId[])[];
}

export interface FirstK {
  /** How many of the first documents count. */
  readonly k: number;
}

/** Throws unless k is a count. */
export function requireK(caller: string, k: number): void {
  requireInteger(caller, { k }, 1, { atMost: mostNumbers, remedy: 'give k as the number of first documents that count.' });
}

/** The queries of a batch, checked: for each its ranking, and the indices that its relevant documents have in their list. */
export function queriesOf(
  caller: string,
  batch: RankedBatch,
): readonly { readonly ranking: readonly DocumentId[]; readonly relevant: ReadonlyMap<DocumentId, number> }[] {
  requireKnown(caller, batch, ['rankings', 'relevant', 'gains']);
  const { rankings, relevant } = batch;
  requireList(caller, 'rankings', rankings);
  requireList(caller, 'relevant', relevant);
  requireSameLength(caller, ['rankings', rankings], ['relevant', relevant]);
  return rankings.map((ranking, at) => {
    const right = relevant[at] as readonly DocumentId[];
    requireIds(caller, `rankings[${at}]`, ranking);
    requireIds(caller, `relevant[${at}]`, right);
    return { ranking, relevant: new Map(Array.from(right, (id, index) => [id, index])) };
  });
}

function requireIds(caller: string, name: string, ids: unknown): void {
  requireList(caller, name, ids);
  const all = Array.from(ids);
  const wrong = all.find((id) => typeof id !== 'string' && !Number.isSafeInteger(id));
  if (wrong !== undefined || all.includes(undefined)) {
    throw new ConfigError({
      caller,
      problem: `${name} must hold names of documents.`,
      expected: 'integers or texts',
      got: show(wrong),
      remedy: 'name each document by an integer or a text, the same in both lists.',
    });
  }
  if (new Set(all).size === all.length) return;
  throw new ConfigError({
    caller,
    problem: `${name} must hold each document once.`,
    expected: 'names that differ',
    got: show(ids),
    remedy: 'keep the first of each document, its best rank.',
  });
}

/** The mean over queries of what each one scores. */
export function meanOverQueries<Batch>(scoresOf: (batch: Batch) => readonly number[]) {
  let sum = 0;
  let queries = 0;
  return {
    add(batch: Batch): void {
      for (const score of scoresOf(batch)) {
        sum += score;
        queries++;
      }
    },
    value: (): number => sum / queries,
  };
}
