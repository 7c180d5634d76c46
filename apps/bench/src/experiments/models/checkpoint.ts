import { existsSync, mkdirSync, readdirSync, renameSync, rmSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { createKey, disposeParameters } from '@longspan/core-tensor';
import { savePretrained } from '@longspan/models';
import { bert, bertModel } from '@longspan/models/bert';
import { longformer, longformerModel } from '@longspan/models/longformer';
import { roberta, robertaModel } from '@longspan/models/roberta';
import { toLong } from '@longspan/models/to-long';
import { nameOf } from './checkpoint-name.ts';
import type { Checkpoint } from './input.ts';

/** Larger than a model is drawn with before it is trained: scores differ as those of a trained one do, so a wrong mask shows. */
const initializerRange = 0.04;

/** Tokens of RoBERTa's table, as its checkpoints have them. */
const robertaTokens = 512;

/** The checkpoint's folder; it is made where it is not there. A tfjs backend has to be the current one. */
export async function savedCheckpoint(checkpoint: Checkpoint): Promise<string> {
  const { folder, seed } = checkpoint;
  const place = join(
    folder,
    `${nameOf(checkpoint)
      .replaceAll(/[^\w]+/g, '-')
      .toLowerCase()}-${seed}`,
  );
  if (existsSync(place)) return place;
  mkdirSync(folder, { recursive: true });
  const aside = `${place}.${process.pid}`;
  try {
    await save(checkpoint, aside);
    renameSync(aside, place);
  } finally {
    rmSync(aside, { recursive: true, force: true });
  }
  return place;
}

/** What its files take on the disk. */
export const bytesIn = (folder: string): number => readdirSync(folder).reduce((sum, name) => sum + statSync(join(folder, name)).size, 0);

async function save({ kind, size, maxTokens, window = 512, seed }: Checkpoint, folder: string): Promise<void> {
  const key = createKey(seed).fold('models');
  const sizes = {
    vocabSize: size.vocabulary,
    hiddenSize: size.width,
    numHiddenLayers: size.layers,
    numAttentionHeads: size.heads,
    intermediateSize: size.innerWidth,
    initializerRange,
  };
  if (kind === 'BERT') {
    const config = bert.config({ ...sizes, maxPositionEmbeddings: maxTokens });
    const parameters = bertModel(config).init(key);
    await savePretrained({ family: bert, head: 'model', config, parameters }, folder);
    disposeParameters(parameters);
    return;
  }
  const like = { ...sizes, typeVocabSize: 1, padTokenId: 1, layerNormEps: 1e-5 }; // positions begin at 2, as RoBERTa's
  if (kind === 'Longformer') {
    const config = longformer.config({ ...like, maxPositionEmbeddings: maxTokens + 2, attentionWindow: window });
    const parameters = longformerModel(config).init(key);
    await savePretrained({ family: longformer, head: 'model', config, parameters }, folder);
    disposeParameters(parameters);
    return;
  }
  const config = roberta.config({ ...like, maxPositionEmbeddings: robertaTokens + 2 });
  const short = { family: roberta, head: 'model', config, parameters: robertaModel(config).init(key) } as const;
  const long = toLong(short, { maxPositions: maxTokens, attentionWindow: window });
  await savePretrained({ family: longformer, head: long.head, config: long.config, parameters: long.parameters }, folder);
  long.dispose();
  disposeParameters(short.parameters);
}
