import {
  bigBird,
  causal,
  dilatedWindow,
  fixed,
  globalTokens,
  type Mask,
  randomBlocks,
  slidingWindow,
  strided,
} from '@longspan/attention-sparse/mask';
import { createKey } from '@longspan/core-tensor/key';

export const mechanismIds = ['window', 'global', 'dilated', 'strided', 'fixed', 'bigbird', 'lsh', 'topk'] as const;
export type MechanismId = (typeof mechanismIds)[number];

/** How a mechanism is called, and what it does, in a sentence. */
export interface About {
  readonly title: string;
  readonly does: string;
  readonly source: { readonly title: string; readonly href: string };
}

const arxiv = (title: string, number: string): About['source'] => ({ title, href: `https://arxiv.org/abs/${number}` });

export const about: Readonly<Record<MechanismId, About>> = {
  window: { title: 'Window', does: 'The bytes just before.', source: arxiv('Longformer, Beltagy 2020', '2004.05150') },
  global: {
    title: 'Window and global tokens',
    does: 'Fewer bytes just before, and the first bytes of what was read.',
    source: arxiv('Longformer, Beltagy 2020', '2004.05150'),
  },
  dilated: {
    title: 'Dilated window',
    does: 'Every fourth byte, four times as far.',
    source: arxiv('Longformer, Beltagy 2020', '2004.05150'),
  },
  strided: {
    title: 'Strided',
    does: 'A window, and beyond it one byte of each stride.',
    source: arxiv('Sparse Transformer, Child 2019', '1904.10509'),
  },
  fixed: {
    title: 'Fixed',
    does: 'The own stretch of text, and the last bytes of each stretch before.',
    source: arxiv('Sparse Transformer, Child 2019', '1904.10509'),
  },
  bigbird: {
    title: 'BigBird',
    does: 'Blocks: those around, the first one, and some drawn at random.',
    source: arxiv('BigBird, Zaheer 2020', '2007.14062'),
  },
  lsh: {
    title: 'LSH',
    does: 'The bytes whose keys hash to the bucket of the query, in one of two rounds.',
    source: arxiv('Reformer, Kitaev 2020', '2001.04451'),
  },
  topk: {
    title: 'Top-k',
    does: 'The bytes of the highest scores: no mechanism with as many keys keeps more, and all pairs are scored to find them.',
    source: arxiv('Top-k attention, Gupta 2021', '2106.06899'),
  },
};

/** Half of the budget for the stretch, half for what stands for others; never so short that those are more. */
const strideFor = (budget: number, length: number): number => Math.max(1, Math.floor(budget / 2), Math.round(Math.sqrt(length)));

/** Tokens along a side of BigBird's blocks. */
const blockSize = 16;

/**
 * The mask of a mechanism that gives each query about so many keys; undefined for those that choose keys by what they hold.
 * @param length bytes that are read
 */
export function maskOf(id: MechanismId, budget: number, length: number): Mask | undefined {
  switch (id) {
    case 'window':
      return slidingWindow({ left: budget - 1 }).and(causal());
    case 'global': {
      const global = Math.max(1, Math.floor(budget / 8));
      const first = Array.from({ length: global }, (_, at) => at);
      return slidingWindow({ left: budget - global - 1 })
        .or(globalTokens(first))
        .and(causal());
    }
    case 'dilated':
      return dilatedWindow({ left: budget - 1, dilation: 4 }).and(causal());
    case 'strided':
      return strided({ stride: strideFor(budget, length) });
    case 'fixed': {
      const stride = strideFor(budget, length);
      return fixed({ stride, summary: Math.min(stride, Math.max(1, Math.round((budget * stride) / (2 * length)))) });
    }
    case 'bigbird': {
      const blocks = Math.ceil(length / blockSize);
      const own = Math.max(1, Math.floor(budget / blockSize));
      const windowBlocks = Math.floor(own / 2);
      const globalBlocks = [0];
      const drawn = randomBlocks(createKey(1), {
        queryBlocks: blocks,
        perQueryBlock: Math.max(1, Math.floor(own / 2)),
        windowBlocks,
        globalBlocks,
      });
      return bigBird({ blockSize, windowBlocks, globalBlocks, randomBlocks: drawn }).and(causal());
    }
    default:
      return undefined;
  }
}

/** Rounds of hashing. */
export const rounds = 2;

/** Buckets of each round, so that those of a query hold about as many keys as the budget. */
export const bucketsFor = (budget: number, length: number): number => Math.max(2, 2 * Math.round((length * rounds) / budget / 2));
