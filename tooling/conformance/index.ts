import { blockSparseAttention } from './block-sparse-attention/suite.ts';
import { contractSuites } from './contracts.ts';
import type { ConformanceOptions, ConformanceSuite, Place } from './place.ts';

export { type Guards, guards } from './contract/guards.ts';
export { gelu as exactGelu } from './gelu/definition.ts';
export type { Place } from './place.ts';
export { references } from './references.ts';
export { describeStock, type StockPlace } from './stock/suite.ts';

/** The tests of every contract. */
const suites: readonly ConformanceSuite[] = [...contractSuites, blockSparseAttention];

export interface ConformanceChoice extends ConformanceOptions {
  /** Whether to test the contract of that name; all of them by default. */
  readonly isTested?: (contract: string) => boolean;
}

/** Declares that a kernel of each contract, in each of the places, gives what the contract's definition does. A new backend calls it once. */
export function describeConformance(places: readonly Place[], { isTested = () => true, ...options }: ConformanceChoice): void {
  for (const suite of suites.filter(({ name }) => isTested(name))) {
    for (const place of places) suite.describe(place, options);
  }
}
