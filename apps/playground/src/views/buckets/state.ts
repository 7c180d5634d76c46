import { choice, choices, type Field, integer } from '../../state/field.ts';
import { urlState } from '../../state/url-state.ts';
import { type Turned, turnedVectors } from './turned.ts';
import { grounds } from './vectors.ts';

/** The steps of one attention, in their order. */
export const stages = ['vectors', 'rotations', 'buckets', 'sort', 'chunks', 'meet', 'rounds'] as const;
export type Stage = (typeof stages)[number];

/** Whether something is shown that comes with that step. */
export const hasCome = (stage: Stage, wanted: Stage): boolean => stages.indexOf(stage) >= stages.indexOf(wanted);

export const vectorCounts = [16, 24, 32, 48] as const;
export const bucketCounts = [2, 4, 6, 8, 12, 16] as const;
export const chunkLengths = [2, 4, 8] as const;
/** Of the measurement. */
export const measuredCounts = ['2', '4', '8', '16', '32', '64', '128'] as const;
export const measuredLengths = [128, 256, 512, 1024] as const;
export const measuredSizes = [2, 4, 8, 16, 32, 64] as const;
export const measuredChunks = [8, 16, 32, 64] as const;
const kinds = ['clusters', 'uniform'] as const;

const oneOf = (initial: number, values: readonly number[]): Field<number> => ({
  initial,
  read: (value) => values.find((each) => String(each) === value),
  write: String,
  rule: `one of ${values.join(', ')}`,
});

const turned: Field<Turned> = { initial: new Map(), ...turnedVectors };

export const buckets = urlState('buckets', {
  stage: choice('vectors', stages),
  on: choice('circle', grounds),
  n: oneOf(24, vectorCounts),
  buckets: oneOf(8, bucketCounts),
  chunk: oneOf(4, chunkLengths),
  rounds: integer(3, { from: 1, to: 8 }),
  /** The round that is shown, from 1 on. */
  round: integer(1, { from: 1, to: 8 }),
  /** The vector whose neighbours are looked at. */
  of: integer(0, { from: 0, to: 47 }),
  near: integer(6, { from: 1, to: 12 }),
  /** How long the vectors are as queries: the longer, the more weight the nearest get. */
  length: integer(12, { from: 1, to: 64 }),
  causal: choice('all', ['all', 'past']),
  /** Seeds of the vectors and of the rotations. */
  seed: integer(1, { from: 0, to: 999_999 }),
  hash: integer(1, { from: 0, to: 999_999 }),
  /** Vectors that were turned by hand. */
  turned,
  /** How the sphere is looked at, degrees. */
  yaw: integer(25, { from: -360, to: 360 }),
  pitch: integer(20, { from: -90, to: 90 }),
  /** The measurement of recall over many vectors. */
  many: oneOf(512, measuredLengths),
  size: oneOf(32, measuredSizes),
  chunks: oneOf(32, measuredChunks),
  nearest: integer(16, { from: 1, to: 64 }),
  strength: integer(8, { from: 1, to: 64 }),
  kind: choice('clusters', kinds),
  counts: choices(['4', '16', '64'], measuredCounts),
});
