/** A function's value and gradient somewhere. */
export interface Evaluated {
  readonly value: number;
  readonly gradient: Float64Array;
}

export interface Minimum {
  readonly at: Float64Array;
  readonly value: number;
  readonly iterations: number;
  /** Whether no component of the gradient is above the tolerance. */
  readonly converged: boolean;
}

/** Steps whose changes of place and gradient are remembered. */
const remembered = 10;
/** The part of the decrease that the slope promises which a step must have. */
const enough = 1e-4;

/**
 * Minimises a smooth convex function by L-BFGS with backtracking. Nothing is drawn: the same function gives the same minimum.
 * @source Liu & Nocedal 1989; Nocedal & Wright 2006, algorithms 7.4 and 3.1
 */
export async function minimized(
  evaluate: (at: Float64Array) => Promise<Evaluated>,
  start: Float64Array,
  { tolerance, maxIterations }: { readonly tolerance: number; readonly maxIterations: number },
): Promise<Minimum> {
  let at = start;
  let here = await evaluate(at);
  const steps: { readonly change: Float64Array; readonly bend: Float64Array; readonly curvature: number }[] = [];
  for (let iteration = 0; ; iteration++) {
    const converged = largest(here.gradient) <= tolerance;
    if (converged || iteration === maxIterations) return { at, value: here.value, iterations: iteration, converged };
    const direction = descent(here.gradient, steps);
    const slope = dot(direction, here.gradient);
    let size = steps.length === 0 ? Math.min(1, 1 / Math.sqrt(dot(here.gradient, here.gradient))) : 1;
    let next = at;
    let there = here;
    for (let halvings = 0; ; halvings++, size /= 2) {
      // Float32 can tell no difference any more: this is the minimum as far as it can be seen.
      if (halvings === 40) return { at, value: here.value, iterations: iteration, converged: false };
      next = at.map((value, index) => value + size * (direction[index] as number));
      there = await evaluate(next);
      if (there.value <= here.value + enough * size * slope) break;
    }
    const change = next.map((value, index) => value - (at[index] as number));
    const bend = there.gradient.map((value, index) => value - (here.gradient[index] as number));
    const curvature = dot(change, bend);
    if (curvature > 1e-12 * dot(bend, bend)) steps.push({ change, bend, curvature });
    if (steps.length > remembered) steps.shift();
    at = next;
    here = there;
  }
}

/** The negative gradient, bent by what the last steps showed of the curvature. */
function descent(
  gradient: Float64Array,
  steps: readonly { readonly change: Float64Array; readonly bend: Float64Array; readonly curvature: number }[],
): Float64Array {
  const direction = gradient.map((value) => -value);
  const parts = new Float64Array(steps.length);
  for (let index = steps.length - 1; index >= 0; index--) {
    const { change, bend, curvature } = steps[index] as (typeof steps)[number];
    parts[index] = dot(change, direction) / curvature;
    addTo(direction, bend, -(parts[index] as number));
  }
  const last = steps.at(-1);
  if (last !== undefined) {
    const scale = last.curvature / dot(last.bend, last.bend);
    for (let index = 0; index < direction.length; index++) direction[index] = (direction[index] as number) * scale;
  }
  for (const [index, { change, bend, curvature }] of steps.entries()) {
    addTo(direction, change, (parts[index] as number) - dot(bend, direction) / curvature);
  }
  return direction;
}

function addTo(sum: Float64Array, values: Float64Array, factor: number): void {
  for (let index = 0; index < sum.length; index++) sum[index] = (sum[index] as number) + factor * (values[index] as number);
}

function dot(one: Float64Array, other: Float64Array): number {
  let sum = 0;
  for (let index = 0; index < one.length; index++) sum += (one[index] as number) * (other[index] as number);
  return sum;
}

const largest = (values: Float64Array): number => values.reduce((most, value) => Math.max(most, Math.abs(value)), 0);
