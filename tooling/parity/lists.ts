import { readFile } from 'node:fs/promises';
import { type Comparison, compare, missed } from './compare.ts';
import { Config } from './config.ts';
import { metricsBitsPerByte } from './families/metrics-bits-per-byte.ts';
import { metricsClassification } from './families/metrics-classification.ts';
import { metricsPerplexity } from './families/metrics-perplexity.ts';
import { metricsRanking } from './families/metrics-ranking.ts';
import { metricsSquad } from './families/metrics-squad.ts';

/** One case of a fixture of lists: what went in, and what the reference made of it. */
interface ListCase {
  readonly inputs: Config;
  readonly expected: Readonly<Record<string, unknown>>;
}

/** What a family makes of the inputs of a case, under the names of `expected`. */
type ListFamily = (inputs: Config) => Readonly<Record<string, unknown>>;

/** How each family is replayed whose fixtures are JSON: lists of the host, the same numbers on all backends. */
export const listFamilies: ReadonlyMap<string, ListFamily> = new Map([
  ['metrics.bits_per_byte', metricsBitsPerByte],
  ['metrics.classification', metricsClassification],
  ['metrics.perplexity', metricsPerplexity],
  ['metrics.ranking', metricsRanking],
  ['metrics.squad', metricsSquad],
]);

/** Both sides computed in float64, perhaps in another order. */
const tolerance = { atol: 1e-12, rtol: 1e-12 };

/** The cases of a file. Throws where it has none. */
export async function readLists(file: string): Promise<readonly ListCase[]> {
  const cases = new Config(JSON.parse(await readFile(file, 'utf8')), 'the fixture').list('cases');
  if (cases.length === 0) throw new Error('the fixture must have cases to compare with');
  return cases.map((each, at) => ({
    inputs: new Config(each.raw('inputs'), `cases[${at}].inputs`),
    expected: each.raw('expected') as ListCase['expected'],
  }));
}

/** Every value that the reference gave, of every case. */
export const replayLists = (family: ListFamily, cases: readonly ListCase[]): readonly Comparison[] =>
  cases.flatMap(({ inputs, expected }, at) => {
    const found = family(inputs);
    return Object.entries(expected).map(([name, value]) => compared(name, `case ${at}`, found[name], value));
  });

function compared(name: string, way: string, ours: unknown, reference: unknown): Comparison {
  if (typeof reference === 'string') {
    if (ours === reference) return { tensor: name, way, error: 0, tolerance, share: 0, problem: undefined };
    return missed(name, way, `is ${JSON.stringify(ours)}, expected ${JSON.stringify(reference)}`, tolerance);
  }
  if (ours === undefined) return missed(name, way, 'is not among the values of this family', tolerance);
  const [own, wanted] = [ours, reference].map((values) => [values].flat(2) as number[]) as [number[], number[]];
  return compare(name, way, { shape: [own.length], values: own }, { shape: [wanted.length], values: wanted }, tolerance);
}
