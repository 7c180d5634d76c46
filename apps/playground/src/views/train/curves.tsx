import { useCallback } from 'preact/hooks';
import { isDark } from '../../app/theme.ts';
import { Chart } from '../../chart/chart.tsx';
import { binned, bits, smoothed } from './curve.ts';
import type { Lane } from './lane.ts';
import { useThrottled } from './throttled.ts';

interface CurvesProps {
  readonly lanes: readonly Lane[];
  readonly names: readonly string[];
  readonly isText: boolean;
  readonly chance: number | undefined;
  readonly steps: number;
  /** Receives the drawn SVG of the losses. */
  readonly drawn: (svg: SVGSVGElement) => void;
}

/** The colours of the first and the second run, as `--mark-1` and `--mark-2` have them. */
const runInks = (): readonly [string, string] => (isDark() ? ['#9cc9f5', '#ffb454'] : ['#17324d', '#b4530a']);

/** Points of a line at the most: more than that no screen shows. */
const most = 300;

/** Steps up to which their losses are one line; those of longer runs jump, and have their moving average above them. */
const fewSteps = 80;

/** What is drawn smaller than its text can be read is drawn narrower, not smaller. */
const widthOf = (): number => (innerWidth < 640 ? 340 : 520);

/** How a run goes: its loss, and what it reaches on what it was not trained on. */
export function Curves({ lanes: now, names, isText, chance, steps, drawn }: CurvesProps) {
  const lanes = useThrottled(now, 200);
  const losses = lanes.map((lane) => lane.losses);
  const judged = lanes.map((lane) => lane.judged);
  const drawLosses = useCallback(
    (plot: typeof import('@observablehq/plot')) => ({
      width: widthOf(),
      height: 240,
      marginTop: 28,
      marginBottom: 40,
      marginLeft: 48,
      x: { label: 'step', domain: [0, steps] },
      y: {
        label: isText ? 'bits per byte of what is trained on' : 'loss, nats per answer',
        grid: true,
        zero: true,
        nice: true,
        ...(losses.some((each) => each.length > 0) ? {} : { domain: [0, isText ? 8 : 4] }),
      },
      marks: [
        plot.ruleY([0], { stroke: 'currentColor', strokeOpacity: 0.4 }),
        ...losses.flatMap((each, at) => {
          const values = isText ? each.map(bits) : each;
          const stroke = runInks()[at] as string;
          const isLong = values.length > fewSteps;
          return [
            plot.line(binned(values, most), {
              x: 'step',
              y: 'value',
              stroke,
              strokeWidth: isLong ? 1 : 2,
              strokeOpacity: isLong ? 0.35 : 1,
            }),
            ...(isLong
              ? [plot.line(binned(smoothed(values, values.length / 100), most), { x: 'step', y: 'value', stroke, strokeWidth: 2 })]
              : []),
          ];
        }),
      ],
    }),
    [...losses, losses.length, isText, steps],
  );
  const drawJudged = useCallback(
    (plot: typeof import('@observablehq/plot')) => ({
      width: widthOf(),
      height: 240,
      marginTop: 28,
      marginBottom: 40,
      marginLeft: 48,
      x: { label: 'step', domain: [0, steps] },
      y: isText
        ? {
            label: 'bits per character of what is not trained on',
            grid: true,
            zero: true,
            nice: true,
            ...(judged.some((each) => each.length > 0) ? {} : { domain: [0, 8] }),
          }
        : { label: 'right answers', grid: true, domain: [0, 1], tickFormat: '.0%' },
      marks: [
        plot.ruleY([0], { stroke: 'currentColor', strokeOpacity: 0.4 }),
        ...(chance === undefined
          ? []
          : [
              plot.ruleY([chance], { stroke: 'currentColor', strokeDasharray: '4 4' }),
              plot.text([`chance ${(100 * chance).toFixed(0)} %`], {
                x: steps,
                y: chance,
                textAnchor: 'end',
                dy: -8,
                fill: 'currentColor',
              }),
            ]),
        ...judged.flatMap((each, at) => {
          const stroke = runInks()[at] as string;
          return [
            plot.line(each, { x: 'step', y: 'value', stroke, strokeWidth: 2 }),
            plot.dot(each, { x: 'step', y: 'value', fill: stroke, r: 2.2 }),
          ];
        }),
      ],
    }),
    [...judged, judged.length, isText, chance, steps],
  );
  const told = lanes.map((lane, at) => saidOf(names[at] as string, lane, isText)).join(' ');
  return (
    <div class="stack">
      {lanes.length > 1 && (
        <p class="legend">
          {names.map((name, at) => (
            <span key={name} class={`key run-${at + 1}`}>
              {name}
            </span>
          ))}
        </p>
      )}
      <div class="curves">
        <Chart draw={drawLosses} label={`Loss by step. ${told}`} drawn={drawn} />
        <Chart draw={drawJudged} label={`${isText ? 'Bits per character' : 'Right answers'} by step. ${told}`} />
      </div>
    </div>
  );
}

function saidOf(name: string, { losses, judged }: Lane, isText: boolean): string {
  const [loss, last] = [losses.at(-1), judged.at(-1)];
  if (loss === undefined) return `${name}: not trained yet.`;
  const reached =
    last === undefined ? '' : isText ? `, ${last.value.toFixed(2)} bits per character` : `, ${(100 * last.value).toFixed(0)} % right`;
  return `${name}: step ${losses.length}, loss ${loss.toFixed(3)}${reached}.`;
}
