import { mainOfRow, oneAfterTheOther } from '../../wgsl/workgroup.ts';

export const threads = 256;

/** What becomes of each number of a parameter. */
export interface StepText {
  /** For a program's name: says all that `body` depends on. */
  readonly name: string;
  /** What a program is bound to for one parameter, all of its size. */
  readonly tensors: readonly { readonly name: string; readonly isWritten: boolean }[];
  /** Statements for the N at `at` of each tensor of the nth parameter, whose names end with n. */
  readonly body: (nth: number) => string;
}

/** Some parameters in one program. */
export const listText = (code: string, { body }: StepText, parameters: number): string => `${code}
${mainOfRow(threads)}
  ${oneAfterTheOther(parameters, threads, body)}
}`;
