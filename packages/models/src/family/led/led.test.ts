import { createKey, disposeParameters, padding } from '@longspan/core-tensor';
import { expectClose, leaked, onFewerBackends, withBackend } from '@longspan/tooling/expect';
import { concat, grads, slice, sum, type Tensor, tensor2d, tidy } from '@tensorflow/tfjs-core';
import { beforeAll, describe, expect, it } from 'vitest';
import { lively } from '../../../test/language-models.ts';
import { beamSearch, generate } from '../../generation/index.ts';
import { led, ledConfig, ledForConditionalGeneration, ledModel } from './index.ts';

const config = ledConfig({
  vocabSize: 12,
  dModel: 8,
  encoderLayers: 2,
  decoderLayers: 2,
  encoderAttentionHeads: 2,
  decoderAttentionHeads: 4,
  encoderFfnDim: 12,
  decoderFfnDim: 12,
  attentionWindow: [4, 2],
  maxEncoderPositionEmbeddings: 32,
  maxDecoderPositionEmbeddings: 24,
  dropout: 0,
});
const model = ledForConditionalGeneration(config, { blockSize: 4 });
const close = { atol: 1e-4, rtol: 1e-4 };
const none = { tensors: 0, buffers: 0 };
const texts = [
  [0, 5, 7, 3, 9, 4, 4, 8, 10, 6, 2],
  [0, 8, 2],
  [0, 11, 3, 3, 6, 2],
];
const answers = [
  [2, 5, 9],
  [2, 3, 3],
  [2, 7, 1],
];
const filled = (rows: readonly (readonly number[])[]): number[][] => {
  const length = Math.max(...rows.map((row) => row.length));
  return rows.map((row) => [...row, ...Array.from({ length: length - row.length }, () => config.padTokenId)]);
};
const marks = (rows: readonly (readonly number[])[]) =>
  padding(filled(rows).map((row, at) => row.map((_, token) => (token < (rows[at] as number[]).length ? 1 : 0))));
const int = (rows: readonly (readonly number[])[]): Tensor => tensor2d(rows as number[][], undefined, 'int32');

onFewerBackends('LED', () => {
  it('padding changes nothing, of the text and of what is written', async () => {
    const parameters = lively(model);
    const whole = model.apply(parameters, int(filled(texts)), { padding: marks(texts), globals: [0], decoderIds: int(answers) });
    for (const [row, text] of texts.entries()) {
      const alone = model.apply(parameters, int([text]), { globals: [0], decoderIds: int([answers[row] as number[]]) });
      expectClose(await alone.hidden.data(), await slice(whole.hidden, [row, 0, 0], [1, 3, 12]).data(), close);
      const own = slice(whole.encoderHidden, [row, 0, 0], [1, text.length, 8]);
      expectClose(await alone.encoderHidden.data(), await own.data(), close);
    }
  });

  it('what is written depends on nothing after it, and on every token of the text that a global token has seen', async () => {
    const parameters = lively(model);
    const of = (text: readonly number[], written: readonly number[]) =>
      model.apply(parameters, int([text]), { globals: [0], decoderIds: int([written]) }).hidden;
    const first = (logits: Tensor) => slice(logits, [0, 0, 0], [1, 2, -1]).data();
    const text = texts[0] as number[];
    expectClose(await first(of(text, [2, 5, 9, 4])), await first(of(text, [2, 5, 3])), close);
    const changed = [...text.slice(0, -2), 3, 2];
    expect(await first(of(changed, [2, 5, 9]))).not.toEqual(await first(of(text, [2, 5, 9])));
  });

  it('token by token, with keys and values kept, gives what one call gives, of texts of several lengths', async () => {
    const parameters = lively(model);
    const written = [
      [2, 5, 9, 4, 11, 0, 3],
      [2, 3, 3, 8, 1, 1, 6],
      [2, 7, 1, 0, 9, 10, 4],
    ];
    const [ids, pads] = [int(filled(texts)), marks(texts)];
    const whole = model.apply(parameters, ids, { padding: pads, globals: [0], decoderIds: int(written) }).hidden;
    const { steps } = model;
    const logits = [steps.start(parameters, { ids, padding: pads, read: 0 }, { globals: [0] })];
    for (let at = 1; at < 7; at++) {
      const next = int(written.map((row) => [row[at] as number]));
      const { state } = logits[at - 1] as (typeof logits)[number];
      logits.push(steps.next(parameters, { ids: next, padding: pads, read: at }, state, {}));
    }
    const found = concat(
      logits.map((each) => each.logits.expandDims(1)),
      1,
    );
    expectClose(await found.data(), await whole.data(), close);
  });

  it('beams of texts of several lengths are those of each text alone, and leave no tensor behind', async () => {
    const parameters = lively(model);
    const options = { maxNewTokens: 8, context: { globals: [0] }, search: beamSearch({ beams: 3, returned: 2 }) };
    const together = await generate(model, parameters, texts, options).result();
    for (const [row, text] of texts.entries()) {
      const alone = await generate(model, parameters, [text], options).result();
      expect(alone.sequences[0]?.map(({ tokens }) => tokens)).toEqual(together.sequences[row]?.map(({ tokens }) => tokens));
    }
    expect(await leaked(async () => void (await generate(model, parameters, texts, options).result()) as never)).toEqual(none);
    disposeParameters(parameters);
  });

  it('leaves no tensor behind, forward, backward and when it throws', async () => {
    const parameters = lively(model);
    const [ids, labels] = [int(filled(texts)), int(answers)];
    const context = { padding: marks(texts), globals: [0] };
    const forward = () => {
      const { hidden, encoderHidden } = model.apply(parameters, ids, { ...context, decoderIds: labels });
      return { hidden, encoderHidden };
    };
    expect(await leaked(forward)).toEqual(none);
    const names = Object.keys(parameters).filter((name) => name !== 'final_logits_bias');
    const slope = (more: object) => () =>
      tidy(() =>
        grads((...tensors: Tensor[]) =>
          sum(
            model.loss.apply({ ...parameters, ...Object.fromEntries(names.map((name, at) => [name, tensors[at] as Tensor])) }, ids, {
              ...context,
              labels,
              ...more,
            }),
          ),
        )(names.map((name) => parameters[name] as Tensor)),
      );
    expect(await leaked(slope({}))).toEqual(none);
    expect(await leaked(slope({ labels: int([[2]]) }))).toEqual(none);
  });
});

describe('LED', () => {
  beforeAll(() => withBackend('cpu'));

  it('the decoder reads the labels shifted right, −100 as padding, and the loss is that of the labels that count', async () => {
    const parameters = lively(model);
    const ids = int([texts[0] as number[]]);
    const labels = int([[5, 9, -100, -100]]);
    const decoderIds = int([[config.decoderStartTokenId, 5, 9, config.padTokenId]]);
    const loss = await model.loss.apply(parameters, ids, { globals: [0], labels }).data();
    const logits = (await model.apply(parameters, ids, { globals: [0], decoderIds }).hidden.array()) as number[][][];
    const nats = [5, 9].map((label, at) => {
      const row = logits[0]?.[at] as number[];
      return Math.log(row.reduce((total, each) => total + Math.exp(each), 0)) - (row[label] as number);
    });
    expectClose(loss, [((nats[0] as number) + (nats[1] as number)) / 2], close);
    const body = ledModel(config);
    const bodyParameters = lively(body);
    const shifted = body.apply(bodyParameters, ids, { globals: [0] });
    const said = body.apply(bodyParameters, ids, { globals: [0], decoderIds: int([[2, ...(texts[0] as number[]).slice(0, -1)]]) });
    expect(await shifted.hidden.data()).toEqual(await said.hidden.data());
  });

  it('names of a checkpoint that stand for the same table are one parameter', () => {
    expect(Object.keys(model.spec).filter((name) => /embed_tokens|lm_head|shared/.test(name))).toEqual(['led.shared.weight']);
    const untied = ledForConditionalGeneration({ ...config, tieWordEmbeddings: false });
    expect(Object.keys(untied.spec).filter((name) => /embed_tokens|lm_head|shared/.test(name))).toEqual([
      'lm_head.weight',
      'led.shared.weight',
    ]);
    expect(led.weights.tied?.(config as never)).toMatchObject({ 'led.decoder.embed_tokens.weight': 'led.shared.weight' });
  });

  it('says what cannot be', () => {
    const parameters = lively(model);
    const long = int([Array.from({ length: 33 }, () => 3)]);
    expect(() => model.apply(parameters, long, {})).toThrow('every token must have a position.');
    expect(() => model.loss.apply(parameters, int(answers), {} as never)).toThrow('the context must hold labels.');
    expect(() => ledConfig({ attention_window: [4, 3], encoder_layers: 2 })).toThrow('attention_window must be even and at least 2');
    expect(() => ledConfig({ attention_window: [4], encoder_layers: 2 })).toThrow('attention_window must be even and at least 2');
    const dropping = ledForConditionalGeneration({ ...config, activationDropout: 0.1 });
    expect(() => dropping.apply(parameters, int(answers), { training: true, key: createKey(0) })).toThrow(
      'activationDropout, encoderLayerdrop and decoderLayerdrop must be 0 for training.',
    );
    expect(() => dropping.apply(parameters, int(answers))).not.toThrow();
  });
});
