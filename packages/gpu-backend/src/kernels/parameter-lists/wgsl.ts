import { each } from '../../wgsl/program-text.ts';
import { mainOfRow } from '../../wgsl/workgroup.ts';

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

/** Some parameters, one after the other along the row of workgroups. */
export const listText = (code: string, { body }: StepText, parameters: number): string => `${code}
${mainOfRow(threads)}
  var left = group;
  ${each(
    parameters,
    (nth) => `{
    let groupsOfOne = (u.count${nth} + ${threads - 1}u) / ${threads}u;
    if (left < groupsOfOne) {
      let at = left * ${threads}u + t;
      if (at >= u.count${nth}) { return; }
      ${body(nth)}
      return;
    }
    left -= groupsOfOne;
  }`,
  )}
}`;
