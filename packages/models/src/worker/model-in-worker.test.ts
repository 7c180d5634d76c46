import { causal } from '@longspan/attention-sparse';
import { createKey, padding } from '@longspan/core-tensor';
import { ShapeError } from '@longspan/core-tensor/error';
import { memory, tensor2d } from '@tensorflow/tfjs-core';
import { describe, expect, it } from 'vitest';
import { direct, ids, marks, opened, source, withWorkers } from '../../test/worker/opened-model.ts';
import { workerInThread } from '../../test/worker-in-thread.ts';
import { bert } from '../family/bert/index.ts';
import { modernbert } from '../family/modernbert/index.ts';
import { transformerXl } from '../family/transformer-xl/index.ts';
import { generate } from '../generation/index.ts';
import { fromPretrained } from '../pretrained/from-pretrained.ts';
import { pretrainedFiles } from '../pretrained/save-pretrained.ts';
import { type HostTensor, modelInWorker } from './index.ts';

withWorkers();

describe('a model in a worker', () => {
  it('gives what it gives without: ids and padding as rows, all results as numbers', async () => {
    const model = await opened(modelInWorker(() => workerInThread([bert]), source));
    const expected = await direct();
    const padded = { padding: marks };
    expect(await model.apply(ids, padded)).toEqual(expected);
    expect(await model.apply({ shape: [2, 4], values: Int32Array.from(ids.flat()) }, { padding: padding(marks) })).toEqual(expected);
    const asked = { hiddenStates: true, attentionWeights: { queries: [1, 3] } };
    expect(await model.apply(ids, { ...padded, ...asked })).toEqual(await direct(asked));
    const tokenTypes = marks;
    expect(await model.apply(ids, { ...padded, tokenTypes })).toEqual(
      await direct({ tokenTypes: tensor2d([...tokenTypes], [2, 4], 'int32') }),
    );
    expect([model.family, model.head, model.report.precision, model.report.missing]).toEqual(['bert', 'model', 'float32', []]);
    expect(model.config).toMatchObject({ hiddenSize: 8 });
    expect(await model.explain(4)).toEqual([]);
  });

  it('leaves no tensor behind in its worker, but the parameters', async () => {
    const model = await opened(modelInWorker(() => workerInThread([bert]), source));
    await model.apply(ids, { padding: marks });
    const before = memory().numTensors;
    await model.apply(ids, { padding: marks, hiddenStates: true, attentionWeights: { queries: [0] } });
    await expect(model.apply(ids, { padding: [[1, 1]] })).rejects.toThrow(ShapeError);
    expect(memory().numTensors).toBe(before);
  });

  it('takes masks, keys and what it gave as state', async () => {
    const config = modernbert.config({
      ...{ vocab_size: 20, hidden_size: 8, num_hidden_layers: 2, num_attention_heads: 2, intermediate_size: 12 },
      ...{ global_attn_every_n_layers: 2, local_attention: 4, pad_token_id: 0 },
    });
    const parameters = modernbert.models.model(config).init(createKey(4));
    const files = await pretrainedFiles({ family: modernbert, head: 'model', config, parameters });
    const masked = await opened(modelInWorker(() => workerInThread(), files));
    const [row, changed] = [
      [5, 6, 7, 8],
      [5, 6, 7, 9],
    ];
    const firstOf = ({ hidden }: { readonly hidden: HostTensor }) => hidden.values.slice(0, 8);
    const mask = causal();
    const causalRow = firstOf(await masked.apply([row as number[]], { mask }));
    expect(firstOf(await masked.apply([changed as number[]], { mask: mask.toJSON() }))).toEqual(causalRow);
    expect(firstOf(await masked.apply([changed as number[]]))).not.toEqual(firstOf(await masked.apply([row as number[]])));
  });

  it('tells of its load as fromPretrained does, and reads what the page holds in pieces', async () => {
    const events: unknown[] = [];
    const same: unknown[] = [];
    const { dispose } = await fromPretrained(source, { progress: (event) => same.push(event) });
    dispose();
    // What it gives stays with its caller, whatever it is.
    const progress = async (event: unknown) => {
      events.push(event);
      return () => event;
    };
    const model = await opened(modelInWorker(() => workerInThread([bert]), source, { progress }));
    await model.apply(ids);
    expect(events.length).toBeGreaterThan(5);
    expect(events).toEqual(same);
  });

  it('generates as without a worker, step by step', async () => {
    const config = transformerXl.config({
      ...{ vocab_size: 30, d_model: 8, d_embed: 8, n_head: 2, d_head: 4, d_inner: 12, n_layer: 2, mem_len: 8, cutoffs: [], div_val: 1 },
    });
    const parameters = transformerXl.models.causalLanguageModel(config).init(createKey(5));
    const files = await pretrainedFiles({ family: transformerXl, head: 'causalLanguageModel', config, parameters });
    const model = await opened(modelInWorker(() => workerInThread([transformerXl]), files, { head: 'causalLanguageModel' }));
    const prompts = [[3, 4, 5]];
    const expected = generate(transformerXl.models.causalLanguageModel(config), parameters, prompts, { maxNewTokens: 5 });
    const found = model.generate(prompts, { config: { max_new_tokens: 5 } });
    const before = memory().numTensors;
    const steps: (readonly number[])[] = [];
    for await (const { tokens } of found) steps.push(tokens);
    expect(memory().numTensors).toBe(before);
    const { sequences } = await expected.result();
    expect(steps.flat()).toEqual(sequences[0]?.[0]?.tokens.slice(3));
    expect(await found.result()).toEqual(await expected.result());

    const controller = new AbortController();
    const ended = model.generate(prompts, { config: { max_new_tokens: 5 }, signal: controller.signal });
    let taken = 0;
    for await (const _ of ended) if (++taken === 2) controller.abort();
    const { sequences: short, isFinished } = await ended.result();
    expect([taken, short[0]?.[0]?.tokens, isFinished]).toEqual([2, sequences[0]?.[0]?.tokens.slice(0, 5), false]);
  });
});
