import { createKey, defineLayer, embedding, type Parameters, padding } from '@longspan/core-tensor';
import { expectClose, leaked, onFewerBackends, withBackend } from '@longspan/tooling/expect';
import { tensor2d } from '@tensorflow/tfjs-core';
import { beforeAll, describe, expect, it } from 'vitest';
import { cachedModel, lively, wholeModel } from '../../test/language-models.ts';
import {
  beamSearch,
  type Candidate,
  cachedSteps,
  type GenerateOptions,
  type GenerationModel,
  generate,
  greedy,
  noRepeatNgrams,
  type PromptIds,
  readGeneration,
  repetitionPenalty,
  type Search,
  sample,
  wholeSteps,
  writeGeneration,
} from './index.ts';

const close = { atol: 1e-4, rtol: 1e-4 };
const prompts = [[3, 1, 4, 1, 5, 9, 2], [7], [2, 6, 5]];

/** What a generation gave: its tokens, and the scores of every step. */
async function whole(model: GenerationModel, ids: PromptIds, options: GenerateOptions) {
  const parameters = lively(cachedModel);
  try {
    const generation = generate(model, parameters, ids, options);
    const scores: number[][] = [];
    for await (const step of generation) scores.push(step.scores.flatMap((row) => [...row]));
    const { sequences, isFinished } = await generation.result();
    return { tokens: sequences.map((each) => each.map(({ tokens }) => tokens)), sequences, scores, isFinished };
  } finally {
    for (const each of Object.values(parameters)) each.dispose();
  }
}

const searches: readonly (readonly [string, () => Search])[] = [
  ['greedy', greedy],
  ['sample', () => sample({ key: createKey(3), temperature: 1.5, topK: 8, topP: 0.95, returned: 2 })],
  ['beamSearch', () => beamSearch({ beams: 3, returned: 3, lengthPenalty: 0.7 })],
];
const options = { maxNewTokens: 9, endTokens: 10, processors: [repetitionPenalty(1.2), noRepeatNgrams(3)] } as const;

onFewerBackends('generate', () => {
  it.each(searches)('with a cache gives what reading everything again gives, step by step: %s', async (_, search) => {
    const cached = await whole(cachedModel, prompts, { ...options, search: search() });
    const again = await whole(wholeModel, prompts, { ...options, search: search() });
    expect(cached.tokens).toEqual(again.tokens);
    expect(cached.isFinished).toBe(true);
    for (const [at, scores] of cached.scores.entries()) {
      const kept = (values: readonly number[]): number[] => values.map((each) => (each === Number.NEGATIVE_INFINITY ? -1e9 : each));
      expectClose(kept(scores), kept(again.scores[at] as number[]), close, `step ${at}`);
    }
  });

  it.each(searches.filter(([name]) => name !== 'sample'))('goes on with each prompt as if it stood alone: %s', async (_, search) => {
    for (const model of [cachedModel, wholeModel]) {
      const together = await whole(model, prompts, { ...options, search: search() });
      for (const [row, prompt] of prompts.entries()) {
        const alone = await whole(model, [prompt], { ...options, search: search() });
        expect(alone.tokens[0]).toEqual(together.tokens[row]);
        for (const [at, { score }] of (alone.sequences[0] ?? []).entries()) {
          expectClose([score], [together.sequences[row]?.[at]?.score as number], close);
        }
      }
    }
  });

  it('takes ids with padding on either side as it takes lists', async () => {
    const lists = await whole(cachedModel, prompts, options);
    const rows = prompts.map((row) => ({ row, fill: Array.from({ length: 7 - row.length }, () => 0) }));
    for (const side of ['left', 'right']) {
      const order = <T>(fill: readonly T[], row: readonly T[]): T[] => (side === 'left' ? [...fill, ...row] : [...row, ...fill]);
      const ids = tensor2d(
        rows.map(({ row, fill }) => order(fill, row)),
        [3, 7],
        'int32',
      );
      const marks = padding(
        rows.map(({ row, fill }) =>
          order(
            fill,
            row.map(() => 1),
          ),
        ),
      );
      const found = await whole(cachedModel, ids, { ...options, padding: marks });
      expect(found.tokens).toEqual(lists.tokens);
      ids.dispose();
    }
  });

  it('one beam that stops early is greedy search', async () => {
    // Of processors only such as forbid: the others change log-probabilities otherwise than logits.
    const forbidding = { ...options, processors: [noRepeatNgrams(2)] };
    const beam = await whole(cachedModel, prompts, { ...forbidding, search: beamSearch({ beams: 1, earlyStopping: true }) });
    expect(beam.tokens).toEqual((await whole(cachedModel, prompts, forbidding)).tokens);
  });

  it.each(searches)('resumed from any step gives what it gives undisturbed, from a file too: %s', async (_, search) => {
    const parameters = lively(cachedModel);
    const of = (more: Partial<GenerateOptions> = {}) =>
      generate(cachedModel, parameters, prompts, { ...options, search: search(), ...more });
    const { sequences } = await of().result();
    const files: Uint8Array[] = [];
    for await (const { state } of of()) files.push(await writeGeneration(state));
    expect(files.length).toBeGreaterThan(3);
    for (const file of files) {
      const resume = readGeneration(file);
      const rest = of({ resume });
      expect((await rest.result()).sequences).toEqual(sequences);
      for (const each of Object.values(resume.state)) if (typeof each !== 'number') each.dispose(); // was left alone
    }
    for (const each of Object.values(parameters)) each.dispose();
  });

  it.each(searches)('leaves no tensor behind, ended, broken off, aborted and thrown: %s', async (_, search) => {
    const parameters = lively(cachedModel);
    const of = (more: Partial<GenerateOptions> = {}) =>
      generate(cachedModel, parameters, prompts, { ...options, search: search(), ...more });
    const controller = new AbortController();
    const ways: readonly (() => Promise<unknown>)[] = [
      () => of().result(),
      async () => {
        for await (const { state } of of()) if (state.progress.newTokens === 2) break;
      },
      async () => {
        for await (const { state } of of({ signal: controller.signal })) if (state.progress.newTokens === 2) controller.abort();
      },
      async () => {
        for await (const { state } of of()) if (state.progress.newTokens === 2) throw new Error('enough');
      },
      () =>
        of({
          stop: () => {
            throw new Error('enough');
          },
        }).result(),
      () => generate(wholeModel, parameters, prompts, { ...options, search: search() }).result(),
    ];
    for (const way of ways) expect(await leaked(async () => void (await way()) as never)).toEqual({ tensors: 0, buffers: 0 });
    for (const each of Object.values(parameters)) each.dispose();
  });
});

describe('generate', () => {
  beforeAll(() => withBackend('cpu'));

  /** A language of four tokens, whose next one depends on the last alone: its logits are the rows of a table. */
  const states = 4;
  const markov = defineLayer({
    name: 'markov',
    parts: { table: embedding({ vocabulary: states, width: states }) },
    run: ({ parts }, ids) => parts.table(ids),
  });
  const rows = [
    [0.3, 1.2, -0.5, 0.1],
    [2, 0, 0.4, -1],
    [0.2, 0.1, 0.3, 0.9],
    [-0.3, 0.8, 1.1, 0.6],
  ];
  let table: Parameters;
  beforeAll(() => {
    table = { 'table.weight': tensor2d(rows) };
  });

  it('the signal ends it after the step at work, and the result says what there is', async () => {
    const controller = new AbortController();
    const generation = generate(markov, table, [[1]], { maxNewTokens: 50, signal: controller.signal });
    let steps = 0;
    for await (const { tokens } of generation) {
      expect(tokens.length).toBe(1);
      if (++steps === 3) controller.abort();
    }
    const { sequences, isFinished } = await generation.result();
    expect([steps, isFinished, sequences[0]?.[0]?.tokens.length]).toEqual([3, false, 4]);
    const none = generate(markov, table, [[1]], { maxNewTokens: 5, signal: AbortSignal.abort() });
    expect(await none.result()).toEqual({ sequences: [[{ tokens: [1], score: 0, isEnded: false }]], isFinished: false, starts: [[1]] });
  });

  it('an end token ends a sequence, and so does stop; the others go on', async () => {
    const ended = await generate(markov, table, [[0], [2]], { maxNewTokens: 8, endTokens: [1] }).result();
    expect(ended.sequences.map(([first]) => first?.tokens)).toEqual([
      [0, 1],
      [2, 3, 2, 3, 2, 3, 2, 3, 2],
    ]);
    const stopped = await generate(markov, table, [[2]], { maxNewTokens: 8, stop: (tokens) => tokens.length === 4 }).result();
    expect(stopped.sequences[0]?.[0]?.tokens.length).toBe(4);
    const long = await generate(markov, table, [[2, 3]], { maxLength: 5 }).result();
    expect(long.sequences[0]?.[0]?.tokens.length).toBe(5);
  });

  it.each([
    ['temperature', { temperature: 0.6 }],
    ['top-k', { topK: 2 }],
    ['top-p', { topP: 0.7 }],
    ['all of them', { temperature: 1.7, topK: 3, topP: 0.8 }],
  ])('draws sequences as often as the definition says: %s', async (_, settings) => {
    const draws = 6000;
    const search = sample({ key: createKey('draws'), ...settings, returned: draws });
    const { sequences } = await generate(markov, table, [[1]], { maxNewTokens: 2, search }).result();
    const counts = new Map<string, number>();
    for (const { tokens } of sequences[0] ?? []) counts.set(tokens.slice(1).join(), (counts.get(tokens.slice(1).join()) ?? 0) + 1);
    let total = 0;
    for (let first = 0; first < states; first++) {
      for (let second = 0; second < states; second++) {
        const p =
          (byDefinition(rows[1] as number[], settings)[first] as number) *
          (byDefinition(rows[first] as number[], settings)[second] as number);
        const count = counts.get(`${first},${second}`) ?? 0;
        // Five standard deviations of a binomial, and never a sequence of probability 0.
        expect(Math.abs(count - p * draws)).toBeLessThanOrEqual(5 * Math.sqrt(draws * p * (1 - p)));
        total += count;
      }
    }
    expect(total).toBe(draws);
  });

  it('the same key draws the same, another key something else', async () => {
    const of = async (seed: number) =>
      (await whole(cachedModel, prompts, { maxNewTokens: 12, search: sample({ key: createKey(seed) }) })).tokens;
    expect(await of(1)).toEqual(await of(1));
    expect(await of(1)).not.toEqual(await of(2));
  });

  it('beams as many as there are sequences find the likeliest of all', async () => {
    const length = 3;
    for (const lengthPenalty of [0, 1, 2]) {
      const search = beamSearch({ beams: states ** length, lengthPenalty, earlyStopping: 'never', returned: 5 });
      const { sequences } = await generate(markov, table, [[2]], { maxNewTokens: length, endTokens: 0, search }).result();
      const all = everySequence(rows, 2, length).map(({ tokens, sum }) => ({
        tokens: [2, ...tokens].join(),
        score: sum / tokens.length ** lengthPenalty,
      }));
      const best = all.map(({ score }) => score).sort((a, b) => b - a);
      const found = sequences[0] ?? [];
      expect(new Set(found.map(({ tokens }) => tokens.join())).size).toBe(5);
      expectClose(
        found.map(({ score }) => score),
        best.slice(0, 5),
        close,
      );
      for (const { tokens, score } of found) {
        expectClose([score], [all.find((each) => each.tokens === tokens.join())?.score as number], close);
      }
    }
  });

  it('scores are the sums of the log-probabilities of the new tokens', async () => {
    const { sequences } = await generate(markov, table, [[2, 1]], { maxNewTokens: 3 }).result();
    const { tokens, score } = (sequences[0] as readonly Candidate[])[0] as Candidate;
    const sum = tokens
      .slice(2)
      .reduce((total, token, at) => total + Math.log(byDefinition(rows[tokens[at + 1] as number] as number[], {})[token] as number), 0);
    expectClose([score], [sum], close);
  });

  it('more sequences than a tiny vocabulary has still end', async () => {
    const search = beamSearch({ beams: 6, returned: 6 });
    const { sequences, isFinished } = await generate(markov, table, [[2]], { maxNewTokens: 1, search }).result();
    expect([isFinished, sequences[0]?.length]).toEqual([true, states]);
  });

  it('says how options of Hugging Face are written', () => {
    const refused = (more: object) => () => generate(markov, table, [[1]], { maxNewTokens: 1, ...more });
    expect(refused({ num_beams: 4 })).toThrow('  remedy    write search: beamSearch({ beams }). Else leave num_beams out.');
    expect(refused({ topP: 0.9 })).toThrow('  remedy    write search: sample({ key, temperature, topK, topP }). Else leave topP out.');
    expect(refused({ max_new_tokens: 4 })).toThrow('  remedy    did you mean maxNewTokens? Else leave max_new_tokens out.');
  });

  it('says what cannot be, before anything is computed', async () => {
    const of =
      (ids: unknown, more: object = {}) =>
      () =>
        generate(markov, table, ids as never, { maxNewTokens: 3, ...more } as never);
    expect(of([[1], []])).toThrow('every prompt must hold at least one token');
    expect(of([])).toThrow('every prompt must hold at least one token');
    expect(of([[1, -1]])).toThrow('ids[0] must hold ids of tokens');
    expect(of([[1]], { maxNewToken: 3 })).toThrow('every option must be one of those that generate knows');
    expect(of([[1]], { maxNewTokens: undefined })).toThrow('maxNewTokens or maxLength must be given');
    expect(of([[1]], { signal: 'now' })).toThrow('signal must be an AbortSignal');
    expect(of([[1]], { padding: padding([[1]]) })).toThrow('padding must be left out where each prompt is a list of its tokens');
    await expect(of([[1], [2, 3]])().result()).rejects.toThrow('prompts must be of one length for a model that takes no padding');
    await expect(of([[1, 2]], { maxLength: 2 })().result()).rejects.toThrow(
      'maxLength must be more than the tokens that sequences begin with',
    );
    await expect(of([[9]])().result()).rejects.toThrow('all logits must be finite numbers');
    const forbid = { processors: [(scores: Float64Array) => scores.map(() => Number.NEGATIVE_INFINITY)] };
    await expect(of([[1]], forbid)().result()).rejects.toThrow('the processors must leave at least one token that may follow');
    const other = { resume: { progress: { newTokens: 1, prompts: [] }, state: {} } };
    await expect(of([[1]], other)().result()).rejects.toThrow('resume must be the state of a generation with the same prompts');
    expect(() => beamSearch({ beams: 2, returned: 3 })).toThrow('returned must be at most beams');
    expect(() => beamSearch({ beams: 2, earlyStopping: 'always' as never })).toThrow("earlyStopping must be true, false or 'never'");
  });

  it('layers are read with their state where they keep keys, else as a whole; a caller may choose', async () => {
    const chosen = await whole(wholeSteps(wholeModel), prompts, options);
    expect((await whole(cachedSteps(cachedModel), prompts, options)).tokens).toEqual(chosen.tokens);
  });
});

/** Softmax over what temperature, top-k and top-p leave. */
function byDefinition(
  logits: readonly number[],
  { temperature = 1, topK = 99, topP = 1 }: { temperature?: number; topK?: number; topP?: number },
) {
  const order = logits.map((_, at) => at).sort((a, b) => (logits[b] as number) - (logits[a] as number));
  const kept = order.slice(0, topK);
  const weight = (token: number): number => Math.exp((logits[token] as number) / temperature);
  const sum = (tokens: readonly number[]): number => tokens.reduce((total, token) => total + weight(token), 0);
  let nucleus = 1;
  while (sum(kept.slice(0, nucleus)) / sum(kept) < topP - 1e-12 && nucleus < kept.length) nucleus++;
  const left = kept.slice(0, nucleus);
  return logits.map((_, token) => (left.includes(token) ? weight(token) / sum(left) : 0));
}

/** Every sequence that ends with token 0 or has that many tokens, with the sum of its log-probabilities. */
function everySequence(rows: readonly (readonly number[])[], last: number, length: number): { tokens: number[]; sum: number }[] {
  const probabilities = byDefinition(rows[last] as number[], {});
  return probabilities.flatMap((p, token) => {
    const rest = token === 0 || length === 1 ? [{ tokens: [], sum: 0 }] : everySequence(rows, token, length - 1);
    return rest.map(({ tokens, sum }) => ({ tokens: [token, ...tokens], sum: sum + Math.log(p) }));
  });
}
