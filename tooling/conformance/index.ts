import { blockSparseAttention } from './block-sparse-attention/suite.ts';
import { contractSuites } from './contracts.ts';
import type { ConformanceOptions, ConformanceSuite, Place } from './place.ts';

export { gelu as exactGelu } from './gelu/definition.ts';
export type { Place } from './place.ts';
export { references } from './references.ts';

/** The tests of every contract. */
const suites: readonly ConformanceSuite[] = [...contractSuites, blockSparseAttention];

export interface ConformanceChoice extends ConformanceOptions {
  /** The contracts to test, by name; all when left out. */
  readonly contracts?: readonly string[];
}

/** Declares that a kernel of each contract, in each of the places, gives what the contract's definition does. A new backend calls it once. */
export function describeConformance(
  places: readonly Place[],
  { contracts = suites.map(({ name }) => name), ...options }: ConformanceChoice,
): void {
  const unknown = contracts.filter((contract) => !suites.some(({ name }) => name === contract));
  if (unknown.length > 0) throw new Error(`no conformance suite of ${unknown.join(', ')}`);
  for (const suite of suites) {
    if (contracts.includes(suite.name)) for (const place of places) suite.describe(place, options);
  }
}
