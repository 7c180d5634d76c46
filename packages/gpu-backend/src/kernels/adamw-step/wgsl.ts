import { each } from '../../wgsl/program-text.ts';
import { mainOfRow } from '../../wgsl/workgroup.ts';

export const threads = 256;

/** What a program is bound to for one parameter. */
export const tensorsOfOne: readonly { readonly name: string; readonly isWritten: boolean }[] = [
  { name: 'parameter', isWritten: false },
  { name: 'gradient', isWritten: false },
  { name: 'firstMoment', isWritten: false },
  { name: 'secondMoment', isWritten: false },
  { name: 'newParameter', isWritten: true },
  { name: 'newFirstMoment', isWritten: true },
  { name: 'newSecondMoment', isWritten: true },
];

/** Some parameters, one after the other along the row of workgroups. @source Loshchilov & Hutter 2019 (arXiv 1711.05101), algorithm 2 */
export const stepText = (code: string, parameters: number): string => `${code}
${mainOfRow(threads)}
  var left = group;
  ${each(
    parameters,
    (nth) => `{
    let groupsOfOne = (u.count${nth} + ${threads - 1}u) / ${threads}u;
    if (left < groupsOfOne) {
      let at = left * ${threads}u + t;
      if (at >= u.count${nth}) { return; }
      let slope = gradient${nth}[at];
      let first = firstMoment${nth}[at] * u.beta1 + slope * u.share1;
      let second = secondMoment${nth}[at] * u.beta2 + slope * slope * u.share2;
      let deviation = sqrt(second) * u.correction + u.epsilon;
      newParameter${nth}[at] = parameter${nth}[at] * u.shrink - first / deviation * u.stepSize;
      newFirstMoment${nth}[at] = first;
      newSecondMoment${nth}[at] = second;
      return;
    }
    left -= groupsOfOne;
  }`,
  )}
}`;
