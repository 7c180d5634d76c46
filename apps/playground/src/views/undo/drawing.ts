import type { Picture, Shape } from '../../picture/shapes.ts';
import { type Held, heldIn, type Step, titles, ways } from './trace.ts';

const [stackWidth, gap, top, streamHigh, blockHigh] = [220, 28, 58, 22, 32] as const;
const [half, number] = [92, 26] as const;

/** The stacks at one step as they stand on the page: what each keeps, what it makes again, and how much it holds. */
export function undoDrawing(steps: readonly Step[], at: number): Picture {
  const step = steps[at] as Step;
  const layers = step.pictures.stored.insides.length;
  const blocksHigh = (layers + 1) * (streamHigh + 4) + layers * (blockHigh + 4);
  const height = top + blocksHigh + 104;
  const width = ways.length * (stackWidth + gap) + gap;
  const shapes: Shape[] = [{ kind: 'words', x: gap, y: 24, text: step.title, ink: 'ink', bold: true }];
  for (const [nth, way] of ways.entries()) {
    const picture = step.pictures[way];
    const left = gap + nth * (stackWidth + gap);
    shapes.push({ kind: 'words', x: left, y: top - 10, text: titles[way], ink: 'ink', bold: true });
    let y: number = top;
    const pair = (held: Held, high: number, names: readonly [string, string]): void => {
      for (const [side, name] of names.entries()) shapes.push(...cell({ x: left + number + side * (half + 6), y, high, held, name }));
      y += high + 4;
    };
    pair(picture.streams[0] as Held, streamHigh, ['x₁', 'x₂']);
    for (let block = 0; block < layers; block++) {
      const isActive = block === picture.active;
      shapes.push({
        kind: 'words',
        x: left + number - 8,
        y: y + blockHigh / 2 + 4,
        text: String(block + 1),
        ink: isActive ? 'second' : 'soft',
        anchor: 'end',
        ...(isActive ? { bold: true } : {}),
      });
      pair(picture.insides[block] as Held, blockHigh, ['F', 'G']);
      pair(picture.streams[block + 1] as Held, streamHigh, block === layers - 1 ? ['y₁', 'y₂'] : ['', '']);
    }
    const course = steps.map(({ pictures }) => heldIn(pictures[way]));
    const most = Math.max(...steps.map(({ pictures }) => heldIn(pictures.stored)));
    shapes.push(...courseOf(course, at, most, left, y + 10));
    const peak = Math.max(...course.slice(0, at + 1));
    shapes.push({ kind: 'words', x: left, y: y + 76, text: `Holds ${course[at]}, at most ${peak} so far.`, ink: 'soft' });
    shapes.push({ kind: 'words', x: left, y: y + 92, text: `Branches ran ${picture.runs} times.`, ink: 'soft' });
  }
  return { width, height, shapes };
}

interface Cell {
  readonly x: number;
  readonly y: number;
  readonly high: number;
  readonly held: Held;
  readonly name: string;
}

function cell({ x, y, high, held, name }: Cell): readonly Shape[] {
  const box = { kind: 'box', x, y, width: half, height: high } as const;
  const isThere = held !== 'absent';
  return [
    isThere ? { ...box, ink: held === 'kept' ? 'first' : 'second' } : { ...box, ink: 'faint', hollow: true },
    { kind: 'words', x: x + half / 2, y: y + high / 2 + 4, text: name, ink: isThere ? 'ground' : 'soft', anchor: 'middle' },
  ];
}

/** What is held at each step, as a line; up to the step that is shown it is strong. */
function courseOf(course: readonly number[], at: number, most: number, left: number, top: number): readonly Shape[] {
  const [width, high] = [stackWidth - 8, 46];
  const point = (step: number): readonly [number, number] => [
    left + (course.length < 2 ? 0 : (step / (course.length - 1)) * width),
    top + high - ((course[step] as number) / most) * (high - 4),
  ];
  const lines = course
    .slice(1)
    .map((_, step): Shape => ({ kind: 'line', from: point(step), to: point(step + 1), ink: step < at ? 'second' : 'soft' }));
  const [x, y] = point(at);
  return [...lines, { kind: 'box', x: x - 3, y: y - 3, width: 6, height: 6, ink: 'second' }];
}
