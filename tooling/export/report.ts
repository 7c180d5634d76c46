import type { ExportCheck } from './check.ts';

/** The table of a check, in Markdown. */
export function reportOf({ torch, compared, wentOn }: ExportCheck, place: string): string {
  const rows = compared.map(
    ({ steps, what, count, equal, mostUlps, relative }) =>
      `| ${steps} | ${what} | ${count.toLocaleString('en')} | ${((100 * equal) / count).toFixed(2)} % | ${mostUlps.toFixed(1)} | ${relative.toExponential(1)} |`,
  );
  const [first, last] = [wentOn[0], wentOn.at(-1)];
  return [
    `PyTorch ${torch} on its CPU, ${place}.`,
    '',
    '| steps | what | numbers | equal bits | most ulps apart | largest difference beside the largest number |',
    '| --- | --- | --- | --- | --- | --- |',
    ...rows,
    '',
    `\`train()\` went on from the file that PyTorch wrote: steps ${first?.step} to ${last?.step}, loss ${first?.loss.toFixed(2)} to ${last?.loss.toFixed(2)}.`,
  ].join('\n');
}

/** Whether one step there and here gives the same weights, and the run goes on. */
export const isSame = ({ compared, wentOn }: ExportCheck): boolean =>
  compared.every(({ relative }) => relative < 1e-6) && wentOn.length > 0 && wentOn.every(({ loss }) => Number.isFinite(loss));
