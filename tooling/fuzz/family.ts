import type { Arbitrary } from 'fast-check';

/** Inputs of one kind, and what is done with each. */
export interface Family {
  readonly name: string;
  readonly inputs: Arbitrary<unknown>;
  /** Gives a result or throws; an error that is not one of ours is a finding. */
  run(input: never): unknown;
  /** Ends what a result holds. */
  release?(result: unknown): void;
}

/** A family of inputs of that type. */
export const family = <Input>(
  name: string,
  inputs: Arbitrary<Input>,
  run: (input: Input) => unknown,
  release?: (result: unknown) => void,
): Family => ({ name, inputs, run, ...(release === undefined ? {} : { release }) });
