/** What a model of the tasks attends by, and what can be said of it before it is trained. */
interface About {
  /** The first place that one layer of it sees from a place, where that is not everything before. */
  readonly firstSeen?: (place: number, length: number) => number;
  /** It sees later tokens as well. */
  readonly isTwoSided?: true;
}

const window = (left: number) => (place: number) => place - left;
const thisBucketAndTheLast = (place: number): number => place - (place % 4) - 4;

/** Their layers stand in `task-layers.ts`, by the same names: this list needs no tfjs. */
export const aboutMechanisms = {
  'causal, all tokens': {},
  'sliding window of 8': { firstSeen: window(7) },
  'sliding window of 4': { firstSeen: window(3) },
  'dilated window': {},
  'Sparse Transformer, strided': {},
  'Sparse Transformer, fixed': {},
  // Of its two global tokens the first has nothing before it to tell, and the last hears everything.
  'Longformer pattern': { firstSeen: (place, length) => (place === length - 1 ? 0 : place - 3) },
  'BigBird pattern': {},
  'a mask for each head': {},
  'Longformer layer': { isTwoSided: true, firstSeen: window(6) },
  'BigBird layer': { isTwoSided: true },
  'adaptive span': {},
  'local, buckets of 4': { firstSeen: thisBucketAndTheLast },
  LSH: {},
  'Reformer local': { firstSeen: thisBucketAndTheLast },
  routing: {},
  'top-k keys': {},
  'top-k blocks': {},
  MoBA: {},
  NSA: {},
  'Transformer-XL, one segment': {},
  'Transformer-XL, segments and memory': {},
  Hourglass: {},
  HAT: { isTwoSided: true },
  'reversible, causal': {},
} as const satisfies Readonly<Record<string, About>>;

export type MechanismName = keyof typeof aboutMechanisms;
export const mechanismNames = Object.keys(aboutMechanisms) as readonly MechanismName[];
export const aboutOf = (name: MechanismName): About => aboutMechanisms[name];
