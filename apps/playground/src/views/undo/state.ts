import { choice, integer, number } from '../../state/field.ts';
import { urlState } from '../../state/url-state.ts';
import { branchKinds } from './branch-kinds.ts';

/** Depths that are measured. */
export const depths = [1, 2, 4, 8, 12, 16] as const;
export const deepest = depths.at(-1) as number;

export const undo = urlState('undo', {
  /** Blocks of the diagram, and its step: at first that of the loss, between forward and backward. */
  layers: integer(4, { from: 1, to: 8 }),
  step: integer(5, { from: 0, to: 200 }),
  /** Sizes of what is measured. */
  n: integer(512, { from: 64, to: 8192 }),
  width: integer(32, { from: 8, to: 256 }),
  /** 0: only the last streams are kept. */
  keepEvery: integer(0, { from: 0, to: 16 }),
  kind: choice('transformer', branchKinds),
  /** What the branches of the last chart are multiplied by. */
  gain: number(1, { from: 0.1, to: 1000 }),
});
