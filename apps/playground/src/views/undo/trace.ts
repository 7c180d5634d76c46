/** How a stack keeps what its backward pass needs. */
export const ways = ['stored', 'recomputed', 'reversible'] as const;
export type Way = (typeof ways)[number];
export const titles: Readonly<Record<Way, string>> = { stored: 'Stored', recomputed: 'Recomputed', reversible: 'Reversible' };

/** What a piece of the stack is at some step: nothing there, kept since the forward pass, made again, or at work now. */
export type Held = 'absent' | 'kept' | 'again';

export interface Picture {
  /** The streams before each block, and those after the last one: layers + 1 of them. */
  readonly streams: readonly Held[];
  /** What is inside each block: its branches' activations. */
  readonly insides: readonly Held[];
  /** The block that works, or undefined. */
  readonly active: number | undefined;
  /** What is done in this step. */
  readonly says: string;
  /** How often a branch ran so far: two a block and pass. */
  readonly runs: number;
}

export interface Step {
  readonly title: string;
  readonly direction: 'forward' | 'backward' | 'none';
  readonly pictures: Readonly<Record<Way, Picture>>;
}

/** Activations of a block beside the streams: what the branches hold, in streams. */
const insideSize = 4;

/** How much a picture holds, in pairs of streams. */
export const heldIn = ({ streams, insides }: Pick<Picture, 'streams' | 'insides'>): number =>
  streams.filter((each) => each !== 'absent').length + insideSize * insides.filter((each) => each !== 'absent').length;

interface Stack {
  readonly streams: Held[];
  readonly insides: Held[];
  runs: number;
}

/** Forward through all blocks, then backward: for each block what has to be rebuilt or computed again, and then its gradients. */
export function traceOf(layers: number): readonly Step[] {
  const stacks: Record<Way, Stack> = { stored: empty(layers), recomputed: empty(layers), reversible: empty(layers) };
  const steps: Step[] = [];
  const record = (title: string, direction: Step['direction'], active: number | undefined, says: Readonly<Record<Way, string>>): void => {
    const picture = (way: Way): Picture => ({
      streams: [...stacks[way].streams],
      insides: [...stacks[way].insides],
      active,
      says: says[way],
      runs: stacks[way].runs,
    });
    steps.push({
      title,
      direction,
      pictures: { stored: picture('stored'), recomputed: picture('recomputed'), reversible: picture('reversible') },
    });
  };
  for (const way of ways) stacks[way].streams[0] = 'kept';
  record('The input is there', 'none', undefined, {
    stored: 'Two streams, x₁ and x₂.',
    recomputed: 'Two streams, x₁ and x₂.',
    reversible: 'Two streams, x₁ and x₂.',
  });
  for (let at = 0; at < layers; at++) {
    const { stored, recomputed, reversible } = stacks;
    for (const way of ways) {
      stacks[way].streams[at + 1] = 'kept';
      stacks[way].runs += 2;
    }
    stored.insides[at] = 'kept';
    void recomputed;
    reversible.streams[at] = 'absent';
    record(`Forward through block ${at + 1}`, 'forward', at, {
      stored: 'Keeps all that its branches made on the way.',
      recomputed: 'Keeps the streams before the block, and forgets what is inside.',
      reversible: 'Forgets what is inside, and the streams before the block too.',
    });
  }
  record('The loss', 'none', undefined, {
    stored: 'Everything is there.',
    recomputed: 'The streams between the blocks are there.',
    reversible: 'The last two streams are there, and nothing else.',
  });
  for (let at = layers - 1; at >= 0; at--) {
    const { stored, recomputed, reversible } = stacks;
    recomputed.insides[at] = 'again';
    recomputed.runs += 2;
    reversible.insides[at] = 'again';
    reversible.streams[at] = 'again';
    reversible.runs += 2;
    record(`Backward, block ${at + 1}: what was forgotten comes back`, 'backward', at, {
      stored: 'Has it all, and waits.',
      recomputed: 'Runs the block a second time, from the streams before it.',
      reversible: 'Rebuilds the streams before the block from those after it: x₂ = y₂ − G(y₁), then x₁ = y₁ − F(x₂).',
    });
    for (const way of ways) {
      stacks[way].insides[at] = 'absent';
      stacks[way].streams[at + 1] = 'absent';
    }
    void stored;
    record(`Backward, block ${at + 1}: gradients`, 'backward', at, {
      stored: 'Takes the gradients, and lets go of the block.',
      recomputed: 'Takes the gradients, and lets go of the block.',
      reversible: 'Takes the gradients, and lets go of the block and of the streams after it.',
    });
  }
  return steps;
}

const empty = (layers: number): Stack => ({
  streams: Array.from({ length: layers + 1 }, () => 'absent'),
  insides: Array.from({ length: layers }, () => 'absent'),
  runs: 0,
});
