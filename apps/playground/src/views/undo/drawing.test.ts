import { expect, it } from 'vitest';
import { undoDrawing } from './drawing.ts';
import { heldIn, traceOf, ways } from './trace.ts';

const layers = 3;
const steps = traceOf(layers);

it('at every step as many cells are filled as are held, and each way says how much', () => {
  for (const [at, step] of steps.entries()) {
    const { shapes, width, height } = undoDrawing(steps, at);
    const cells = shapes.filter((each) => each.kind === 'box' && each.width > 6);
    const filled = cells.filter((each) => each.kind === 'box' && each.hollow !== true);
    const held = ways.flatMap((way) => [...step.pictures[way].streams, ...step.pictures[way].insides]).filter((each) => each !== 'absent');
    expect([cells.length, filled.length]).toEqual([ways.length * 2 * (2 * layers + 1), 2 * held.length]);
    for (const way of ways) {
      const told = shapes.filter((each) => each.kind === 'words' && each.text.startsWith(`Holds ${heldIn(step.pictures[way])},`));
      expect(told.length).toBeGreaterThan(0);
    }
    for (const shape of shapes) {
      if (shape.kind === 'box') expect(shape.x + shape.width <= width && shape.y + shape.height <= height).toBe(true);
    }
  }
});
