import { disposeState, type LayerState, readSafetensors, writeSafetensors } from '@longspan/core-tensor';
import { effort, leaked, onFewerBackends, withBackend } from '@longspan/tooling/expect';
import { dispose, fill, memory, ones, type Tensor, type TensorContainer, zeros } from '@tensorflow/tfjs-core';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { ids, smallModel, smallSizes, someTokens } from '../../test/small-model.ts';
import { disposeStream, evaluateStream, readStream, type SegmentScorer, type StreamState, writeStream, zeroMemory } from '../index.ts';

const [tokens] = someTokens(1, 103) as [number[]];

/** Cuts a list at random places; some pieces are empty. */
const piecesOf = <Piece extends string | readonly number[]>(whole: Piece) =>
  fc.array(fc.nat(whole.length), { maxLength: 9 }).map((cuts) => {
    const ends = [...cuts.sort((a, b) => a - b), whole.length];
    return ends.map((end, at) => whole.slice(at === 0 ? 0 : ends[at - 1], end) as Piece);
  });

async function* later<Piece>(pieces: readonly Piece[]): AsyncGenerator<Piece> {
  for (const piece of pieces) {
    await Promise.resolve();
    yield piece;
  }
}

const numbersOf = async (state: LayerState): Promise<unknown> =>
  Object.fromEntries(
    await Promise.all(
      Object.entries(state).map(async ([name, value]) => [name, typeof value === 'number' ? value : Array.from(await value.data())]),
    ),
  );
const memoryOf = ({ state }: StreamState): Promise<unknown> => numbersOf(state);

onFewerBackends('a stream', () => {
  it('gives the same bits however it is cut, and those of the model called segment by segment', async () => {
    const { model, parameters } = smallModel();
    const score: SegmentScorer = (segment, context) => model.apply(parameters, segment, context);
    const segmentLength = 8;
    let nats = 0;
    let state: LayerState = {};
    for (let start = 0; start + 1 < tokens.length; start += segmentLength) {
      const inputs = ids([tokens.slice(start, Math.min(start + segmentLength, tokens.length - 1))]);
      const scored = model.apply(parameters, inputs, { targets: tokens.slice(start + 1, start + 1 + inputs.size), state });
      for (const loss of await scored.hidden.data()) nats += loss;
      dispose([inputs, scored.hidden]);
      disposeState(state);
      state = scored.state;
    }
    const expected = await numbersOf(state);
    await fc.assert(
      fc.asyncProperty(piecesOf(tokens), fc.boolean(), async (pieces, isAsync) => {
        const { state: found, finished, bitsPerToken } = await evaluateStream(score, isAsync ? later(pieces) : pieces, { segmentLength });
        expect(finished).toBe(true);
        expect(found.predicted).toBe(tokens.length - 1);
        expect(found.nats).toBe(nats);
        expect(bitsPerToken).toBe(nats / Math.LN2 / (tokens.length - 1));
        expect(await memoryOf(found)).toEqual(expected);
        disposeStream(found);
      }),
      { numRuns: 8 },
    );
    disposeState(state);
    dispose(parameters);
  });

  it('goes on from a saved state with the same bits as without the break, wherever that was', async () => {
    const { model, parameters } = smallModel();
    const score: SegmentScorer = (segment, context) => model.apply(parameters, segment, context);
    const saved: { readonly predicted: number; readonly bytes: Uint8Array }[] = [];
    const onSegment = async (state: StreamState): Promise<void> => {
      saved.push({ predicted: state.predicted, bytes: await writeStream(state) });
    };
    const whole = await evaluateStream(score, [tokens], { segmentLength: 9, onSegment });
    const expected = await memoryOf(whole.state);
    expect(saved.map(({ predicted }) => predicted)).toEqual([9, 18, 27, 36, 45, 54, 63, 72, 81, 90, 99, 102]);
    for (const { predicted, bytes } of [saved[0], saved[4], saved[10]] as typeof saved) {
      const state = readStream(bytes);
      for (const sourceStart of [0, predicted - 3, predicted]) {
        const rest = await evaluateStream(score, later([tokens.slice(sourceStart, 60), tokens.slice(Math.max(60, sourceStart))]), {
          segmentLength: 9,
          state,
          sourceStart,
        });
        expect(rest.state.nats).toBe(whole.state.nats);
        expect(rest.state.predicted).toBe(102);
        expect(await memoryOf(rest.state)).toEqual(expected);
        disposeStream(rest.state);
      }
      disposeStream(state);
    }
    disposeStream(whole.state);
    dispose(parameters);
  });

  it('keeps one memory and one segment alive, however long the text is, and leaves nothing behind', async () => {
    const { model, parameters } = smallModel();
    const score: SegmentScorer = (segment, context) => model.apply(parameters, segment, context);
    const counts: number[] = [];
    const onSegment = (): void => {
      counts.push(memory().numTensors);
    };
    const run = async (): Promise<TensorContainer> => {
      const { state } = await evaluateStream(score, later(Array.from({ length: 9 }, () => tokens)), { segmentLength: 9, onSegment });
      disposeStream(state);
      return {};
    };
    expect(await leaked(run)).toEqual({ tensors: 0, buffers: 0 });
    expect(counts.length).toBe(103);
    expect(new Set(counts).size).toBe(1);
    dispose(parameters);
  });

  it('ends at an abort with where it stands, from which it goes on to the same end', async () => {
    const { model, parameters } = smallModel();
    const score: SegmentScorer = (segment, context) => model.apply(parameters, segment, context);
    const whole = await evaluateStream(score, [tokens], { segmentLength: 9 });
    const abort = new AbortController();
    const onSegment = ({ predicted }: StreamState): void => {
      if (predicted === 27) abort.abort();
    };
    const half = await evaluateStream(score, [tokens], { segmentLength: 9, signal: abort.signal, onSegment });
    expect([half.finished, half.state.predicted]).toEqual([false, 27]);
    const rest = await evaluateStream(score, [tokens], { segmentLength: 9, state: half.state });
    expect([rest.finished, rest.state.nats]).toEqual([true, whole.state.nats]);
    for (const { state } of [whole, half, rest]) disposeStream(state);
    dispose(parameters);
  });

  it('ends at an abort although the source never answers', async () => {
    const { model, parameters } = smallModel();
    const abort = new AbortController();
    let isClosed = false;
    const silent = {
      [Symbol.asyncIterator]: () => ({
        next: () => new Promise<never>(() => {}),
        return: async () => ({ done: true as const, value: undefined }),
      }),
    };
    const closing = (async function* (): AsyncGenerator<readonly number[]> {
      try {
        for (;;) yield tokens;
      } finally {
        isClosed = true;
      }
    })();
    setTimeout(() => abort.abort(), 5);
    const result = await evaluateStream((segment, context) => model.apply(parameters, segment, context), silent, {
      segmentLength: 9,
      signal: abort.signal,
    });
    expect([result.finished, result.state.predicted, Number.isNaN(result.bitsPerToken)]).toEqual([false, 0, true]);
    // An endless source is closed, and timers get their turn although its pieces come at once.
    const second = new AbortController();
    setTimeout(() => second.abort(), 5);
    const endless = await evaluateStream((segment, context) => model.apply(parameters, segment, context), closing, {
      segmentLength: 9,
      signal: second.signal,
    });
    expect(endless.finished).toBe(false);
    await new Promise((resolve) => setTimeout(resolve, 0));
    expect(isClosed).toBe(true);
    disposeStream(endless.state);
    dispose(parameters);
  });

  it('leaves nothing behind when the model, the listener or the source throws', async () => {
    const { model, parameters } = smallModel();
    const score: SegmentScorer = (segment, context) => model.apply(parameters, segment, context);
    const boom = new Error('boom');
    const none = { tensors: 0, buffers: 0 };
    const state = { predicted: 0, nats: 0, state: zeroMemory(model, { batch: 1, length: 6, width: smallSizes.width }) };
    for (const attempt of [
      () =>
        evaluateStream(score, [tokens], {
          segmentLength: 9,
          state,
          onSegment: ({ predicted }) => {
            if (predicted === 18) throw boom;
          },
        }),
      () =>
        evaluateStream(
          score,
          (async function* () {
            yield tokens;
            throw boom;
          })(),
          { segmentLength: 9 },
        ),
      () => evaluateStream(score, [tokens.slice(0, 40), [1.5]], { segmentLength: 9 }),
      () => evaluateStream(score, [tokens.slice(0, 40), [99]], { segmentLength: 9 }),
    ]) {
      expect(
        await leaked(async () => {
          await attempt();
          return {};
        }),
      ).toEqual(none);
      await expect(attempt()).rejects.toThrow();
    }
    const kept = Object.values(state.state).filter((value) => typeof value !== 'number');
    expect(kept.map(({ isDisposed }) => isDisposed)).toEqual([false, false]); // the caller's
    dispose([parameters, ...kept]);
  });
});

describe('a text source', () => {
  it('is read as UTF-8, a character that is cut in two as one', async () => {
    const text = 'Ahab’s 🐋 — naïve, 鯨 \ud83d.';
    const read: number[] = [];
    const score: SegmentScorer = (inputs, { targets }) => {
      read.push(...Array.from(targets));
      return { hidden: inputs.toFloat(), state: {} };
    };
    const expected = Array.from(new TextEncoder().encode(text)).slice(1);
    await fc.assert(
      fc.asyncProperty(piecesOf(text), async (pieces) => {
        read.length = 0;
        await evaluateStream(score, pieces, { segmentLength: 5 });
        expect(read).toEqual(expected);
      }),
      { numRuns: effort(60, 200) },
    );
  });
});

describe('evaluateStream and its state', () => {
  const score: SegmentScorer = () => {
    throw new Error('not reached');
  };

  it('rejects a source that begins after the state, or ends before it', async () => {
    const state = { predicted: 10, nats: 1, state: {} };
    await expect(evaluateStream(score, [], { segmentLength: 4, state, sourceStart: 11 })).rejects.toThrow(
      [
        'evaluateStream: the source must start at or before the saved position.',
        '  expected  sourceStart at most 10, the tokens that the state has read',
        '  got       11',
        '  remedy    give the source from its beginning, or from any token that was read already.',
      ].join('\n'),
    );
    await expect(evaluateStream(score, [[1, 2, 3]], { segmentLength: 4, state })).rejects.toThrow(
      'the source must reach the place to go on from.',
    );
  });

  it('writeStream says that a tensor of the state was disposed', async () => {
    const memory = zeros([1, 2, 3]);
    memory.dispose();
    await expect(writeStream({ predicted: 1, nats: 2, state: { memory, 'lengths.0': 2 } })).rejects.toThrow(
      'writeStream: state.memory must not be disposed before the call.',
    );
  });

  it('readStream rejects a file of another kind, and one that lacks a layer', async () => {
    const other = writeSafetensors({ tensors: { w: { dtype: 'F32', shape: [1], values: new Float32Array([1]) } } });
    expect(() => readStream(other)).toThrow('the file must be the state of an evaluation.');
    const saved = await writeStream({
      predicted: 1,
      nats: 2,
      state: zeroMemory({ states: ['layers.0.memory', 'layers.1.memory'] }, { batch: 1, length: 3, width: 4 }),
    });
    const { metadata, tensors } = readSafetensors(saved);
    const renamed = [...tensors].map(
      ([name, entry]) => [name.replace('1', '7'), { ...entry, values: entry.values() as Float32Array }] as const,
    );
    const damaged = writeSafetensors({
      tensors: new Map(renamed.map(([name, { shape, values }]) => [name, { dtype: 'F32' as const, shape, values }])),
      metadata,
    });
    expect(() => readStream(damaged)).toThrow('the file must hold layers.1.memory.');
  });
});

it('takes one finite loss for each token, and leaves nothing behind where there is none', async () => {
  await withBackend('cpu');
  const run = (score: (tokens: Tensor) => unknown) => evaluateStream(score as never, ['abcdefgh'], { segmentLength: 4 });
  const before = memory().numTensors;
  await expect(run(() => ({ hidden: ones([1, 3]), state: {} }))).rejects.toThrow(
    'evaluateStream: score must give one loss for each token.',
  );
  await expect(run((x) => ({ hidden: fill(x.shape, Number.NaN), state: { memory: ones([2]) } }))).rejects.toThrow(
    'evaluateStream: all losses must be finite numbers.',
  );
  await expect(run(() => undefined)).rejects.toThrow('evaluateStream: what score gives must be a record.');
  await expect(run(() => ({ state: {} }))).rejects.toThrow('evaluateStream: hidden of what score gives must be a tensor.');
  expect(memory().numTensors).toBe(before);
});
