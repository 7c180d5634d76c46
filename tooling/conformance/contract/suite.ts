import type { Contract } from '@longspan/core-tensor/kernel';
import type { Tensor } from '@tensorflow/tfjs-core';
import fc, { type Arbitrary } from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { effort } from '../../expect/effort.ts';
import type { ConformanceOptions, ConformanceSuite, Place } from '../place.ts';
import { type Bound, type BoundCall, boundCall } from './bound-call.ts';
import type { ContractCall } from './call.ts';
import { addFaulty, type Fault } from './fault.ts';

/** What there is to know of a contract, to test any kernel of it. */
export interface ContractConformance<Inputs extends readonly Tensor[], Outputs extends readonly Tensor[], Attributes>
  extends Bound<Inputs, Outputs, Attributes> {
  readonly contract: Contract<Inputs, Outputs, Attributes>;
  /** Calls that go wrong first. */
  readonly hardCalls: readonly ContractCall<Attributes>[];
  /** Any call, of at most so many rows or classes. */
  readonly anyCall: (longest: number) => Arbitrary<ContractCall<Attributes>>;
  readonly faults: readonly Fault<Inputs, Outputs, Attributes>[];
}

/** The suite of a contract, and its calls for whoever else runs them. */
export interface ContractSuite extends ConformanceSuite {
  readonly isDifferentiable: boolean;
  readonly hardCalls: readonly BoundCall[];
  readonly anyCall: (longest: number) => Arbitrary<BoundCall>;
  readonly faults: readonly { readonly label: string; readonly shownBy: string; readonly add: () => () => void }[];
  /** The definition without a mistake, as those with one are put on the cpu backend. */
  readonly addFaultless: () => () => void;
}

const numRuns = effort(20, 40);
const seed = 20;

export function contractSuite<Inputs extends readonly Tensor[], Outputs extends readonly Tensor[], Attributes>(
  conformance: ContractConformance<Inputs, Outputs, Attributes>,
): ContractSuite {
  const { contract, hardCalls, anyCall, faults } = conformance;
  const bound = (call: ContractCall<Attributes>): BoundCall => boundCall(conformance, call);
  const suite: ContractSuite = {
    name: contract.name,
    isDifferentiable: conformance.names.isDifferentiable,
    hardCalls: hardCalls.map(bound),
    anyCall: (longest) => anyCall(longest).map(bound),
    faults: faults.map((fault) => ({ label: fault.label, shownBy: fault.shownBy, add: () => addFaulty(conformance, fault) })),
    addFaultless: () => addFaulty(conformance),
    describe: (place, options) => describeSuite(suite, place, options),
  };
  return suite;
}

function describeSuite(
  { name, hardCalls, anyCall }: ContractSuite,
  place: Place,
  { longest, isTried = () => true, randomCalls = numRuns, patience = 300_000 }: ConformanceOptions,
): void {
  describe(`${name}: ${place.label}`, () => {
    let leave = (): void => {};
    beforeAll(async () => {
      leave = await place.enter();
    });
    afterAll(() => leave());

    describe.each(hardCalls.filter(({ label }) => isTried(label)))('$label', (call) => {
      it('gives the results and the gradients of the definition, and writes nowhere else', () => call.check(place.kernel));

      it('leaves nothing behind, forward and backward', async () => {
        for (const left of await call.leaks(place.kernel)) expect(left).toEqual({ tensors: 0, buffers: 0 });
      });
    });

    it(
      `${randomCalls} random calls give the results and the gradients of the definition`,
      async () => {
        const holds = fc.asyncProperty(anyCall(longest), (call) => call.check(place.kernel));
        await fc.assert(holds, { numRuns: randomCalls, seed, includeErrorInReport: true });
      },
      patience,
    );
  });
}
