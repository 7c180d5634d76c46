/** What a model of the tasks attends by, and what can be said of it before it is trained. */
interface About {
  /** Tokens back that two layers of it reach, where that is not everything before. */
  readonly reach?: number;
  /** It sees later tokens as well. */
  readonly isTwoSided?: true;
}

/** Their layers stand in `mechanisms/`, by the same names: this list needs no tfjs. */
export const aboutMechanisms = {
  'causal, all tokens': {},
  'sliding window of 8': { reach: 14 },
  'sliding window of 4': { reach: 6 },
  'dilated window': {},
  'Sparse Transformer, strided': {},
  'Sparse Transformer, fixed': {},
  'Longformer pattern': {},
  'BigBird pattern': {},
  'a mask for each head': {},
  'Longformer layer': { isTwoSided: true, reach: 12 },
  'BigBird layer': { isTwoSided: true },
  'adaptive span': {},
  'local, buckets of 4': {},
  LSH: {},
  'Reformer local': {},
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
