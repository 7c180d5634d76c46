import { join } from 'node:path';
import type { Pace } from '../../figures/alternate.ts';
import { count } from '../../report/wording.ts';
import type { ExperimentOptions } from '../../run/experiment.ts';
import { workspaceRoot } from '../../run/source-hash.ts';
import { buildOf } from '../kernels/build.ts';
import type { Target } from '../kernels/target.ts';
import type { PeerName } from '../peers/input.ts';
import { interpreterOf } from '../peers/interpreter.ts';
import { ownPython } from '../peers/torch-peer.ts';
import { nameOf } from './checkpoint-name.ts';
import type { Batch, Checkpoint, EncoderSize, LongformerInput, ModelsInput, PreparingInput, Python } from './input.ts';
import { sizesOf } from './sizes.ts';

/** One work: a point, and what it must show. */
export interface Row {
  readonly name: string;
  readonly input: Exclude<ModelsInput, PreparingInput>;
  readonly preparing?: PreparingInput;
  /** Of its time beside the other side's. */
  readonly target?: Target;
  /** Resident bytes at most. */
  readonly mostBytes?: number;
  readonly weight: number;
}

/** The share of frames that may be missed. */
export const mostMissed = 0.05;

/** How time may grow with the length: to this power of it. */
export const mostGrowth = 1.1;

/** int8 beside float32, products of a layer. */
export const productsTarget: Target = { bound: 'at least', value: 2 };

const installed: string = join(workspaceRoot, 'apps/bench/.peers');
const ofBench = (file: string): string => join(workspaceRoot, 'apps/bench/src/experiments/models', file);

const sizeInWords = ({ layers, width }: EncoderSize): string => `${layers} layers of ${width}`;
const batchInWords = ({ texts, tokens }: Batch): string =>
  texts === 1 ? `one text of ${count(tokens)} tokens` : `${texts} texts of ${count(tokens)} tokens`;

export const longformerName = (size: EncoderSize, tokens: number, precision: string): string =>
  `Longformer of ${sizeInWords(size)}, ${count(tokens)} tokens, ${precision}`;
export const bookName = (tokens: number): string => `book of ${count(tokens)} tokens in slabs`;
export const productsName = 'products in int8';
export const readingName = 'a page reads while it animates';
const encoderName = (size: EncoderSize, where: string, batch: Batch): string =>
  `encoder of ${sizeInWords(size)} in ${where}, ${batchInWords(batch)}`;

export const preparingName = ({ checkpoint, peers }: PreparingInput): string =>
  `preparing ${nameOf(checkpoint)}${peers.length === 0 ? '' : `, beside ${peers.join(' and ')}`}`;

/** The rows in the order of the issue's table. */
export function rowsOf(options: ExperimentOptions): readonly Row[] {
  const { seed, full, flags } = options;
  const sizes = sizesOf(options);
  const build = buildOf(options);
  const common = { seed, ...(build && { instructions: build }) };
  const pace: Pace = full ? { rounds: 7, budgetSeconds: 240, turnSeconds: 1 } : { rounds: 5, budgetSeconds: 5, turnSeconds: 0.1 };
  const given = interpreterOf(flags['python']);
  const torch = (script: string): Python => ({ python: given ?? ownPython(installed), script: ofBench(script) });
  const withTorch = (...peers: readonly PeerName[]): readonly PeerName[] => (given === undefined ? [...peers, 'PyTorch'] : peers);
  const saved = (rest: Omit<Checkpoint, 'seed' | 'folder'>): Checkpoint => ({ ...rest, seed, folder: join(installed, 'checkpoints') });
  const preparing = (checkpoint: Checkpoint, peers: readonly PeerName[]): PreparingInput => ({
    kind: 'preparing',
    checkpoint,
    peers,
    installed,
  });

  const [ownLength, longLength] = sizes.lengths;
  const { longformer: size, window } = sizes;
  const own = saved({ kind: 'Longformer', size, maxTokens: ownLength, window });
  const long = saved({ kind: 'RoBERTa by toLong', size, maxTokens: longLength, window });
  const longformerRow = (tokens: number, precision: LongformerInput['precision'], rest: Pick<Row, 'target' | 'mostBytes'>): Row => {
    const checkpoint = tokens === ownLength ? own : long;
    return {
      name: longformerName(size, tokens, precision),
      input: { ...common, kind: 'longformer', checkpoint, tokens, precision, pace, torch: torch('torch_encoder.py') },
      preparing: preparing(checkpoint, withTorch()),
      weight: tokens / ownLength,
      ...rest,
    };
  };
  const slabs = { checkpoint: own, slabLength: sizes.slabLength };
  const bert = saved({ kind: 'BERT', size: sizes.encoder, maxTokens: Math.max(...sizes.batches.map(({ tokens }) => tokens)) });
  const encoderRow = (where: 'Node' | 'Chromium', batch: Batch, target?: Target): Row => {
    const peer = where === 'Node' ? 'onnxruntime-node' : 'onnxruntime-web';
    return {
      name: encoderName(sizes.encoder, where, batch),
      input: { ...common, kind: 'encoder', where, checkpoint: bert, batch, pace, peer, installed, torch: torch('export_encoder.py') },
      preparing: preparing(bert, withTorch(peer)),
      weight: 1,
      ...(target && { target }),
    };
  };
  const [many, one] = sizes.batches;
  const atMost = (value: number): Target => ({ bound: 'at most', value });
  const atLeast = (value: number): Target => ({ bound: 'at least', value });
  return [
    longformerRow(ownLength, 'float32', { target: atMost(1) }),
    longformerRow(longLength, 'float32', { target: atMost(1) }),
    longformerRow(ownLength, 'int8', { target: atMost(0.6) }),
    longformerRow(longLength, 'int8', { target: atMost(0.6) }),
    longformerRow(ownLength, 'float16', { mostBytes: 2 * 2 ** 30 }),
    ...sizes.book.map(
      (tokens): Row => ({
        name: bookName(tokens),
        input: { ...common, ...slabs, kind: 'book', tokens },
        preparing: preparing(own, []),
        weight: tokens / ownLength / 4,
        mostBytes: 3.5e9,
      }),
    ),
    encoderRow('Chromium', many, atLeast(1.3)),
    encoderRow('Chromium', one, atLeast(3)),
    encoderRow('Node', many),
    encoderRow('Node', one, atLeast(1)),
    { name: productsName, input: { ...common, kind: 'products', size, tokens: sizes.products, pace }, weight: 1 },
    {
      name: readingName,
      input: { ...common, ...slabs, kind: 'reading', tokens: sizes.reading },
      preparing: preparing(own, []),
      weight: sizes.reading / ownLength / 4,
    },
  ];
}
