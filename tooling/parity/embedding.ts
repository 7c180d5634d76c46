import { readFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { padding, toTensor } from '@longspan/core-tensor';
import { isRecord } from '@longspan/core-tensor/error';
import { fromPretrained, type Pretrained } from '@longspan/models';
import { documentTokenizer, embedTexts, type TextModel, type TextTokenizer } from '@longspan/models/documents';
import { poolingConfig, sentenceLayer } from '@longspan/models/pooling';
import { readTokenizer } from '@longspan/models/text';
import { type Tensor, tidy } from '@tensorflow/tfjs-core';
import { type Comparison, compare, type Values } from './compare.ts';
import { Config } from './config.ts';
import { rowsOf } from './families/rows.ts';
import { type Fixture, readFixture, stored, toleranceIn, valuesOf } from './fixture.ts';

/** Whether a family is of vectors that a checkpoint makes of texts, whatever it calls them. */
export const isEmbedding = (family: string): boolean => family.startsWith('embedding.');

/** Replays a case of vectors: of rows of ids, or of texts by the checkpoint's own tokenizer. */
export async function replayEmbedding(file: string): Promise<readonly Comparison[]> {
  if (file.endsWith('.json')) return ofJson(new Config(JSON.parse(await readFile(file, 'utf8')), 'the fixture'), dirname(file));
  const fixture = await readFixture(file);
  const expected = valuesOf(stored(fixture, 'out.embedding'));
  const { config, tolerance } = fixture;
  const texts = config.raw('texts') as readonly string[] | undefined; // whoever embeds them checks them
  return withCheckpoint(config, dirname(file), async (pretrained, folder) => {
    const found = texts === undefined ? await ofIds(pretrained, fixture) : await ofTexts(pretrained, folder, config, texts);
    return [compare('out.embedding', '', found, expected, tolerance)];
  });
}

async function ofJson(fixture: Config, place: string): Promise<readonly Comparison[]> {
  const rows = fixture.list('texts');
  const expected = rows.map((row) => row.numbers('embedding'));
  const shape = [rows.length, expected[0]?.length ?? 0];
  const texts = rows.map((row) => row.text('text'));
  return withCheckpoint(fixture, place, async (pretrained, folder) => {
    const found = await ofTexts(pretrained, folder, fixture, texts);
    return [compare('embedding', '', found, { shape, values: expected.flat() }, toleranceIn(fixture.part('tolerance')))];
  });
}

async function withCheckpoint(
  config: Config,
  place: string,
  work: (pretrained: Pretrained, folder: string) => Promise<readonly Comparison[]>,
): Promise<readonly Comparison[]> {
  const folder = join(place, config.text('checkpoint'));
  const pretrained = await fromPretrained(folder, { head: 'model' });
  try {
    return await work(pretrained, folder);
  } finally {
    pretrained.dispose();
  }
}

/** What the case asks for, where it does not leave it to the checkpoint. */
function asked(config: Config) {
  const pooling = config.raw('pooling');
  const modes = pooling === undefined ? undefined : poolingConfig(isRecord(pooling) ? pooling : { pooling_mode: pooling }).modes;
  const isLeft = modes === undefined && config.raw('normalize') === undefined;
  return { modes, normalise: isLeft ? undefined : config.flag('normalize') };
}

async function ofTexts(pretrained: Pretrained, folder: string, config: Config, texts: readonly string[]): Promise<Values> {
  const tokenizer = documentTokenizer(await readTokenizer(folder));
  const model = { ...pretrained, tokenizer: cutting(tokenizer, pretrained.sentence) } as object as TextModel;
  const { vectors } = await embedTexts(texts, model, asked(config));
  return { shape: [vectors.length, vectors[0]?.length ?? 0], values: vectors.flatMap((vector) => [...vector]) };
}

/** Texts as the reference reads them: cut where the checkpoint says so. We cut nothing. */
function cutting(tokenizer: TextTokenizer, sentence: Pretrained['sentence']): TextTokenizer {
  const { before, after } = tokenizer.template.single;
  const most = Math.min(sentence?.maxSeqLength ?? Number.POSITIVE_INFINITY, sentence?.truncation ?? Number.POSITIVE_INFINITY);
  const own = most - before.length - after.length;
  return {
    ...tokenizer,
    encode: async (text) => {
      const { ids, offsets } = await tokenizer.encode(text);
      return { ids: ids.subarray(0, own), offsets: offsets.subarray(0, 2 * own) };
    },
  };
}

async function ofIds({ model, parameters, sentence }: Pretrained, fixture: Fixture): Promise<Values> {
  const tensor = (name: string): Tensor | undefined => {
    const entry = fixture.tensors.get(name);
    return entry === undefined ? undefined : toTensor(entry);
  };
  const { modes, normalise } = asked(fixture.config);
  const marks = fixture.tensors.has('in.attention_mask') ? padding(rowsOf(stored(fixture, 'in.attention_mask'))) : undefined;
  const found = tidy(() => {
    const [ids, tokenTypes] = [toTensor(stored(fixture, 'in.input_ids')), tensor('in.token_type_ids')];
    const { hidden } = model.apply(parameters, ids, { padding: marks, ...(tokenTypes === undefined ? {} : { tokenTypes }) });
    const width = hidden.shape[2] as number;
    const layer =
      modes === undefined && sentence !== undefined && normalise === undefined
        ? sentence.layer
        : sentenceLayer({
            width,
            modes: modes ?? sentence?.pooling.modes ?? ['mean'],
            normalize: normalise ?? false,
            dense: modes === undefined ? (sentence?.dense ?? []) : [],
          });
    return layer.apply(sentence?.parameters ?? {}, hidden, { padding: marks });
  });
  const values = { shape: found.shape, values: await found.data() };
  found.dispose();
  return values;
}
