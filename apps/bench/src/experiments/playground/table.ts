import { cells } from '../../report/cells.ts';
import type { TitledTable } from '../../report/table.ts';
import { bytes } from '../../report/wording.ts';
import { type Findings, figuresOf, whyNot } from '../../run/experiment.ts';
import { type PlaygroundFigures, views } from './input.ts';

/** What the page promises of its first view, and of every view: ms, bytes, ms, frames. */
const promised = { shown: 2000, bytes: 350_000, longestTask: 100, framesPerSecond: 60 } as const;

const milliseconds = (value: number): string => `${Math.round(value)} ms`;

const wording = ({ shown, bytes: loaded, longestTask, framesPerSecond }: PlaygroundFigures): readonly string[] => [
  milliseconds(shown),
  bytes(loaded),
  longestTask === 0 ? 'none over 50 ms' : milliseconds(longestTask),
  framesPerSecond === null ? '–' : framesPerSecond.toFixed(0),
];

export function playgroundTables(findings: Findings<PlaygroundFigures>): readonly TitledTable[] {
  const browser = views.map((view) => figuresOf(findings, view)?.browser).find((each) => each !== undefined);
  return [
    {
      title: 'The playground in a browser',
      note: `The built page, served from this machine to ${browser ?? 'a headless Chromium'}, each visit with an empty cache, two seconds after its window was opened: the browser has pages of its own to load. Shown: from the request until the view stands. Loaded: scripts, styles and texts until then, compressed as hosts do it. The longest task of the main thread is that of the five seconds after, in which the view computes what it shows without a click, Ask after one. Frames: while the picture of 65,536 tokens is dragged. Promised: the first view within ${promised.shown / 1000} s and ${bytes(promised.bytes)}, no task over ${promised.longestTask} ms, ${promised.framesPerSecond} frames a second.`,
      head: ['view', 'shown', 'loaded', 'longest task', 'frames a second'],
      rows: views.map((view) => [view, ...cells(figuresOf(findings, view), whyNot(findings, view), 4, wording)]),
    },
  ];
}

/** The promises that were not kept, and the first view's figures. */
export function playgroundHeadline(findings: Findings<PlaygroundFigures>): readonly string[] {
  const first = figuresOf(findings, views[0]);
  const known = views.flatMap((view) => {
    const figures = figuresOf(findings, view);
    return figures === undefined ? [] : [{ view, figures }];
  });
  const slow = known.filter(({ figures }) => figures.longestTask > promised.longestTask);
  return [
    ...(first === undefined ? [] : [`The first view stands after ${milliseconds(first.shown)} and ${bytes(first.bytes)}.`]),
    ...slow.map(({ view, figures }) => `Missed: ${view} has a task of ${milliseconds(figures.longestTask)} on the main thread.`),
  ];
}
