import {
  bigBird,
  blockDiagonal,
  blockWindow,
  causal,
  dilatedWindow,
  documents,
  everything,
  fixed,
  globalTokens,
  grid,
  keyPadding,
  keysAt,
  nothing,
  perBatch,
  perHead,
  prefix,
  queriesAt,
  randomBlocks,
  segments,
  slidingWindow,
  strided,
} from '@longspan/attention-sparse/mask';
import { createKey } from '@longspan/core-tensor/key';

/** A name of the expression language: a function of the published packages. */
export interface Word {
  readonly call: (...values: never[]) => unknown;
  /** What a completion puts in; `#{…}` are the places to fill. */
  readonly snippet: string;
  /** The call with its units. */
  readonly signature: string;
  readonly says: string;
  readonly source?: { readonly title: string; readonly href: string };
}

const arxiv = (number: string): string => `https://arxiv.org/abs/${number}`;

/** All that may be called in an expression. Nothing else is: an expression is read, not run as code. */
export const words: Readonly<Record<string, Word>> = {
  causal: { call: causal, snippet: 'causal()', signature: 'causal()', says: 'A query sees itself and what stands before it.' },
  slidingWindow: {
    call: slidingWindow,
    snippet: 'slidingWindow({ left: #{256}, right: #{0} })',
    signature: 'slidingWindow({ left, right }), in tokens',
    says: 'A query sees so many tokens to either side, and itself.',
    source: { title: 'Longformer §3.1', href: arxiv('2004.05150') },
  },
  dilatedWindow: {
    call: dilatedWindow,
    snippet: 'dilatedWindow({ left: #{64}, right: #{0}, dilation: #{4} })',
    signature: 'dilatedWindow({ left, right, dilation }), tokens to either side, one in each dilation',
    says: 'A window with gaps: wider for the same cost. A list of dilations gives each head its own.',
    source: { title: 'Longformer §3.1', href: arxiv('2004.05150') },
  },
  globalTokens: {
    call: globalTokens,
    snippet: 'globalTokens([#{0}])',
    signature: 'globalTokens([positions])',
    says: 'These tokens see all, and all see them.',
    source: { title: 'Longformer §3.1', href: arxiv('2004.05150') },
  },
  keysAt: {
    call: keysAt,
    snippet: 'keysAt([#{0}])',
    signature: 'keysAt([positions])',
    says: 'Every query sees the keys at these positions.',
  },
  queriesAt: {
    call: queriesAt,
    snippet: 'queriesAt([#{0}])',
    signature: 'queriesAt([positions])',
    says: 'The queries at these positions see every key.',
  },
  strided: {
    call: strided,
    snippet: 'strided({ stride: #{128} })',
    signature: 'strided({ stride }), in tokens',
    says: 'A query sees every stride-th token, counted from itself.',
    source: { title: 'Sparse Transformer §4.2', href: arxiv('1904.10509') },
  },
  fixed: {
    call: fixed,
    snippet: 'fixed({ stride: #{128}, summary: #{8} })',
    signature: 'fixed({ stride, summary }), in tokens',
    says: 'Cells of stride tokens; a query sees its own cell and the last summary tokens of every cell.',
    source: { title: 'Sparse Transformer §4.2', href: arxiv('1904.10509') },
  },
  blockDiagonal: {
    call: blockDiagonal,
    snippet: 'blockDiagonal({ blockSize: #{128} })',
    signature: 'blockDiagonal({ blockSize }), in tokens',
    says: 'A query sees the block in which it stands.',
  },
  blockWindow: {
    call: blockWindow,
    snippet: 'blockWindow({ blockSize: #{64}, left: #{1}, right: #{1} })',
    signature: 'blockWindow({ blockSize, left, right }), tokens; blocks to either side',
    says: 'A query sees its own block and so many whole blocks to either side.',
  },
  bigBird: {
    call: bigBird,
    snippet:
      'bigBird({ blockSize: #{64}, windowBlocks: 1, globalBlocks: [0], randomBlocks: randomBlocks(createKey(#{1}), { queryBlocks: 64, perQueryBlock: 3 }) })',
    signature: 'bigBird({ blockSize, windowBlocks, globalBlocks, randomBlocks })',
    says: 'Blocks: some near, some that all see, some at random.',
    source: { title: 'BigBird §2', href: arxiv('2007.14062') },
  },
  randomBlocks: {
    call: randomBlocks,
    snippet: 'randomBlocks(createKey(#{1}), { queryBlocks: #{64}, perQueryBlock: #{3} })',
    signature: 'randomBlocks(key, { queryBlocks, perQueryBlock, heads })',
    says: 'The random blocks of bigBird, drawn from a key: the same key gives the same blocks.',
    source: { title: 'BigBird §2', href: arxiv('2007.14062') },
  },
  prefix: {
    call: prefix,
    snippet: 'prefix({ length: #{64} })',
    signature: 'prefix({ length }), in tokens',
    says: 'Every query sees the first tokens.',
  },
  documents: {
    call: documents,
    snippet: 'documents([#{0, 0, 0, 1, 1}])',
    signature: 'documents([a number for each token])',
    says: 'Several texts in one sequence: a query sees its own alone.',
  },
  keyPadding: {
    call: keyPadding,
    snippet: 'keyPadding({ lengths: #{1000} })',
    signature: 'keyPadding({ lengths }), in tokens',
    says: 'Keys from there on are padding, which nobody sees.',
  },
  grid: {
    call: grid,
    snippet: 'grid([#{32}, #{32}]).neighbourhood({ radius: #{3} })',
    signature:
      'grid([height, width]) or grid([depth, height, width]), then .neighbourhood({ radius }), .tiles({ size }) or .shiftedWindows({ window, shift })',
    says: 'Positions of an image or a video, row by row.',
    source: { title: 'Swin §3.2', href: arxiv('2103.14030') },
  },
  segments: {
    call: segments,
    snippet: "segments({ text: #{64}, image: #{256} }).between('text', 'image')",
    signature: "segments({ name: length }).between('from', 'to', inside)",
    says: 'Named parts of a sequence: those who look from one part into another.',
  },
  perHead: {
    call: perHead,
    snippet: 'perHead([#{slidingWindow({ left: 64 }), strided({ stride: 64 })}])',
    signature: 'perHead([masks])',
    says: 'Each head has its own pattern.',
  },
  perBatch: {
    call: perBatch,
    snippet: 'perBatch([#{causal()}])',
    signature: 'perBatch([masks])',
    says: 'Each row of the batch has its own pattern.',
  },
  everything: { call: everything, snippet: 'everything()', signature: 'everything()', says: 'Full attention: every query sees every key.' },
  nothing: { call: nothing, snippet: 'nothing()', signature: 'nothing()', says: 'No query sees any key.' },
  createKey: {
    call: createKey,
    snippet: 'createKey(#{1})',
    signature: 'createKey(seed)',
    says: 'A key for random numbers: the same seed gives the same ones.',
  },
};

/** What follows a dot. */
export const methods: Readonly<Record<string, { readonly snippet: string; readonly says: string }>> = {
  and: { snippet: 'and(#{causal()})', says: 'Visible where both are.' },
  or: { snippet: 'or(#{globalTokens([0])})', says: 'Visible where one of them is.' },
  not: { snippet: 'not()', says: 'Visible where it was not.' },
  neighbourhood: { snippet: 'neighbourhood({ radius: #{3} })', says: 'Of a grid: the box of radius cells to each side.' },
  tiles: { snippet: 'tiles({ size: #{8} })', says: 'Of a grid: a query sees its own tile.' },
  shiftedWindows: { snippet: 'shiftedWindows({ window: #{8}, shift: #{4} })', says: 'Of a grid: Swin’s windows, shifted.' },
  between: { snippet: "between('#{text}', '#{image}')", says: 'Of segments: those who look from one part into another.' },
};
