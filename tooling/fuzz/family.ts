import type { Arbitrary } from 'fast-check';

/** Inputs of one kind, and what is done with each. */
export interface Family {
  readonly name: string;
  readonly inputs: Arbitrary<unknown>;
  /** Gives a result or throws; an error that is not one of ours is a finding. */
  run(input: never): unknown;
  /** Ends what a result holds. */
  release?(result: unknown): void;
  /** What one input may take; a gigabyte where it is left out. */
  readonly bytes?: number;
}

/** A family of inputs of that type. */
export const family = <Input>(
  name: string,
  inputs: Arbitrary<Input>,
  run: (input: Input) => unknown,
  more: Pick<Family, 'release' | 'bytes'> = {},
): Family => ({ name, inputs, run, ...more });
