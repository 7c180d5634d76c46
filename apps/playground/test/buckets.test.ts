import { lshAttention } from '@longspan/attention-lsh';
import { register } from '@longspan/wasm-backend';
import * as tf from '@tensorflow/tfjs-core';
import '@tensorflow/tfjs-backend-wasm';
import { beforeAll, describe, expect, it } from 'vitest';
import { hashVectors } from '../src/views/buckets/hash-vectors.ts';
import { keptShare, meetings, metIn, nearest } from '../src/views/buckets/meeting.ts';
import { keptByChance, keptByRounds, measureRecall, type Recall } from '../src/views/buckets/recall.ts';
import { turnedVectors } from '../src/views/buckets/turned.ts';
import { anglesAt, coveringPoints, drawnAngles, numbersOf, pointAt, pointSeenAt, seen } from '../src/views/buckets/vectors.ts';

beforeAll(async () => {
  await register({ threads: 1 });
});

const request = (changes: Partial<Parameters<typeof hashVectors>[0]> = {}) => ({
  vectors: numbersOf(drawnAngles(1, 24, 'circle'), 'circle'),
  size: 2,
  length: 6,
  seed: 1,
  bucketCount: 8,
  rounds: 3,
  chunkLength: 4,
  causal: false,
  ground: Float32Array.from(coveringPoints('circle').flatMap((point) => point.slice(0, 2))),
  ...changes,
});

describe('vectors on the circle and on the sphere', () => {
  it('come from a seed, in whole degrees', () => {
    expect(drawnAngles(1, 3, 'circle')).toEqual(drawnAngles(1, 24, 'circle').slice(0, 3));
    expect(drawnAngles(1, 24, 'circle').every(({ azimuth, elevation }) => Number.isInteger(azimuth) && elevation === 0)).toBe(true);
    expect(drawnAngles(2, 3, 'circle')).not.toEqual(drawnAngles(1, 3, 'circle'));
  });

  it('come back from where they are seen', () => {
    const looking = { yaw: 25, pitch: 20 };
    for (const angles of drawnAngles(3, 40, 'sphere')) {
      const [right, up, near] = seen(pointAt(angles), looking);
      if (near <= 0.05) continue;
      const back = anglesAt(pointSeenAt(right, up, looking), 'sphere');
      expect(Math.abs(back.elevation - angles.elevation)).toBeLessThanOrEqual(1);
    }
    expect(seen([0, 0, 1], { yaw: 0, pitch: 90 })[2]).toBeCloseTo(1);
    expect(anglesAt([0, -2, 0], 'circle')).toEqual({ azimuth: 270, elevation: 0 });
  });

  it('that were turned stand in a link', () => {
    const turned = new Map([[3, { azimuth: 120, elevation: -15 }]]);
    expect(turnedVectors.write(turned)).toBe('3.120.-15');
    expect(turnedVectors.read('3.120.-15')).toEqual(turned);
    expect(turnedVectors.read('')).toEqual(new Map());
    expect(turnedVectors.read('3.400.0')).toBeUndefined();
    expect(turnedVectors.read('<b>')).toBeUndefined();
  });
});

describe('hashing', () => {
  it('puts a vector where its direction says', async () => {
    const { rotations, buckets, ground } = await hashVectors(request());
    const vectors = request().vectors;
    for (let vector = 0; vector < 24; vector++) {
      const products = [0, 1, 2, 3].map((at) => {
        const [x, y] = [rotations[at] as number, rotations[3 * 4 + at] as number];
        return x * (vectors[2 * vector] as number) + y * (vectors[2 * vector + 1] as number);
      });
      const both = [...products, ...products.map((each) => -each)];
      expect(buckets[vector]).toBe(both.indexOf(Math.max(...both)));
    }
    expect(ground).toHaveLength(3 * 720);
    expect(Math.max(...ground)).toBe(7);
  });

  it.each([
    { causal: false, rounds: 3 },
    { causal: true, rounds: 3 },
    { causal: false, rounds: 1 },
    { causal: true, rounds: 1 },
  ])('meets exactly those that the attention gives weight: %o', async ({ causal, rounds }) => {
    const { order, hashed, full } = await hashVectors(request({ causal, rounds }));
    const line = { order, rounds, chunkLength: 4, causal };
    for (let vector = 0; vector < 24; vector++) {
      const found = [...hashed.subarray(vector * 24, (vector + 1) * 24)].flatMap((weight, other) =>
        weight > 0 && other !== vector ? [other] : [],
      );
      expect([...meetings(line, vector).keys()].sort((left, right) => left - right)).toEqual(found);
      const all = [...full.subarray(vector * 24, (vector + 1) * 24)];
      expect(all.reduce((sum, weight) => sum + weight, 0)).toBeCloseTo(1, 4);
    }
  });

  it('keeps all where one chunk and the one before are all there is', async () => {
    const { order, full } = await hashVectors(request({ chunkLength: 12, rounds: 1 }));
    const met = metIn({ order, rounds: 1, chunkLength: 12, causal: false }, 5, 0);
    expect(met.size).toBe(23);
    expect(keptShare(full, 5, met)).toBeCloseTo(1);
    expect(nearest(full, 5, 3)).toHaveLength(3);
  });
});

describe('recall', () => {
  const asked = {
    kind: 'clusters',
    vectors: 128,
    size: 16,
    chunkLength: 16,
    nearest: 8,
    strength: 8,
    bucketCounts: [2, 16],
    sets: 2,
  } as const;

  it('is what the attention itself meets', async () => {
    const vectors = numbersOf(drawnAngles(4, 48, 'sphere'), 'sphere');
    const { order, full } = await hashVectors(request({ vectors, size: 3, rounds: 4, ground: new Float32Array(3).fill(1) }));
    const near = Array.from({ length: 48 }, (_, vector) => nearest(full, vector, 5));
    const others = Int32Array.from(near.flat());
    const weights = Float32Array.from(near.flatMap((each, vector) => each.map((other) => full[vector * 48 + other] as number)));
    const shares = keptByRounds({ others, weights, most: 5 }, order, 4);
    const rotations = (await hashVectors(request({ vectors, size: 3, rounds: 4, ground: new Float32Array(3).fill(1) }))).rotations;
    for (const rounds of [1, 2, 3, 4]) {
      const met = tf.tidy(() => {
        const x = tf.mul(tf.tensor4d(vectors, [1, 1, 48, 3]), 6);
        const all = tf.tensor4d(rotations, [1, 3, 4, 4]);
        const values = tf.reshape(tf.eye(48), [1, 1, 48, 48]);
        return lshAttention(x, values, { chunkLength: 4, rotations: tf.slice(all, [0, 0, 0, 0], [1, 3, rounds, 4]), bucketCount: 8 }).out;
      });
      const found = await met.data();
      met.dispose();
      let sum = 0;
      others.forEach((other, at) => {
        if ((found[Math.floor(at / 5) * 48 + other] as number) > 0) sum += weights[at] as number;
      });
      expect(shares[rounds - 1]).toBeCloseTo(sum / 48, 5);
    }
  });

  it('grows with rounds, beats chance, tells after each set, and leaves nothing behind', async () => {
    const before = tf.memory().numTensors;
    const told: Recall[] = [];
    const { shares, sets } = await measureRecall(asked, (so) => told.push(so));
    expect(tf.memory().numTensors).toBe(before);
    expect(told.map((each) => each.sets)).toEqual([1, 2]);
    expect(sets).toBe(2);
    const [few, many] = shares as readonly [readonly number[], readonly number[]];
    expect(many).toHaveLength(8);
    expect(many[0]).toBeGreaterThan(2 * (keptByChance(128, 16)[0] as number));
    expect(many[7]).toBeGreaterThan(0.9);
    expect(few[0]).toBeLessThan(many[0] as number);
    expect((await measureRecall(asked, () => undefined)).shares).toEqual(shares);
  });

  it('by chance is that of chunks drawn at random', () => {
    expect(keptByChance(512, 32)[0]).toBeCloseTo(63 / 511);
    expect(keptByChance(16, 8)[0]).toBe(1);
  });
});
