import { type BigBirdContext, bigBirdAttention, multiHeadAttention } from '@longspan/attention-sparse';
import { causal, type RandomBlocks } from '@longspan/attention-sparse/mask';
import { createKey, type Key, type Layer } from '@longspan/core-tensor';
import { oneOf } from '../../encoder/one-of.ts';
import { warnOnce } from '../../encoder/warn-once.ts';
import { type BigBirdConfig, longestFull } from './config.ts';

/** Random key blocks of each layer, [layers][heads][blocks − 2][…] for one length, or a key that they are drawn from for every length. */
export type BigBirdRandomBlocks = Key | readonly (readonly RandomBlocks[])[];

/**
 * The attention of one layer. Short texts are attended to in full. Random blocks, unless they are given, are Hugging Face's: block 0
 * again and again in evaluation, drawn anew for each layer, always the same ones, in training.
 * @shape x [b, n, width] -> the same
 */
export function attentionOf(
  config: BigBirdConfig,
  at: number,
  { randomBlocks, blockSize }: { readonly randomBlocks: BigBirdRandomBlocks | undefined; readonly blockSize: number | undefined },
): Layer<BigBirdContext> {
  const { hiddenSize: width, numAttentionHeads: heads, numRandomBlocks: perQueryBlock, useBias: bias, isDecoder } = config;
  const draw = { kind: 'normal', standardDeviation: config.initializerRange } as const;
  const full = multiHeadAttention({
    width,
    heads,
    output: false,
    bias,
    draw,
    attentionDropout: config.attentionProbsDropoutProb,
    mask: isDecoder ? causal() : undefined,
    blockSize,
  });
  if (config.attentionType === 'original_full') return full;
  const sparse = (blocks: Parameters<typeof bigBirdAttention>[0]['randomBlocks']): Layer<BigBirdContext> =>
    bigBirdAttention({
      width,
      heads,
      blockSize: config.blockSize,
      randomBlocks: blocks,
      countRepeats: true,
      causal: isDecoder,
      bias,
      draw,
    });
  const drawn = (key: Key) => sparse({ key: key.fold(at), perQueryBlock });
  const long = randomBlocks === undefined ? undefined : isKey(randomBlocks) ? drawn(randomBlocks) : sparse(randomBlocks[at] ?? []);
  const evaluated = long ?? sparse((blocks) => firstBlock(blocks, heads, perQueryBlock));
  const trained = long ?? drawn(createKey('bigBird'));
  const most = longestFull(config);
  return oneOf<BigBirdContext, ReturnType<typeof evaluated.run>>(evaluated, (x, { training }) => {
    if ((x.shape[1] as number) > most) return training === true ? trained : evaluated;
    warnOnce(shortTexts(config));
    return full;
  });
}

const isKey = (given: BigBirdRandomBlocks): given is Key => !Array.isArray(given);

/** What Hugging Face has for random blocks where it draws none. */
const firstBlock = (blocks: number, heads: number, perQueryBlock: number): readonly RandomBlocks[] => {
  const rows = Array.from({ length: Math.max(0, blocks - 2) }, () => new Array<number>(perQueryBlock).fill(0));
  return Array.from({ length: heads }, () => rows);
};

/** What is said of the switch. */
export const shortTexts = (config: BigBirdConfig): string =>
  `BigBird attends in full to texts of up to ${longestFull(config)} tokens ((5 + 2 · num_random_blocks) · block_size), padding included, and in blocks to longer ones, as in Hugging Face; here each call is judged by its own length.`;
