import type { Operand } from './operand.ts';

/** One call that every kernel of a contract has to answer as the definition does. */
export interface ContractCall<Attributes> {
  /** Says all that there is to the call: equal labels are equal calls. */
  readonly label: string;
  readonly operands: () => readonly Operand[];
  readonly attributes: Attributes;
  /** For calls whose numbers are large, times the kernel's tolerance; 1 by default. */
  readonly looser?: number | undefined;
  /** By name, how large the numbers are where they are not about 1: `atol` is meant for 1. */
  readonly scales?: Readonly<Record<string, number>> | undefined;
  /** Whether `atol` grows with the largest number of each result: random calls have numbers of any size. */
  readonly growsWithLargest?: boolean | undefined;
}

/** What a call has to give, in float64. */
export interface Defined {
  readonly outputs: readonly Values[];
  /** Of each operand, by the cotangents of the outputs; null where there is none. */
  gradients(cotangents: readonly ArrayLike<number>[]): readonly (ArrayLike<number> | null)[];
}

/** Numbers of any precision in the place of an operand's. */
export interface Values {
  readonly shape: readonly number[];
  readonly values: ArrayLike<number>;
}

/** A contract as it is defined: plain loops over float64 numbers, sharing no code with any kernel. */
export type Define<Attributes> = (operands: readonly Values[], attributes: Attributes) => Defined;
