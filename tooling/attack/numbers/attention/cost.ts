import { cost, droppedMass, sparseAttention } from '@longspan/attention-sparse';
import * as tf from '@tensorflow/tfjs-core';
import type { Case } from '../case.ts';
import type { Loose } from '../loose.ts';
import { anyMask } from '../masks.ts';
import { reference } from '../reference.ts';
import { read } from '../tensors.ts';

/** What the mask says, how many pairs it has, and droppedMass beside whole attention. */
export async function costCase(c: Case): Promise<void> {
  const r = c.rng;
  const B = r.int(1, 2);
  const H = r.int(1, 3);
  const NQ = r.int(1, 60);
  const NK = r.chance() ? NQ : r.int(1, 60);
  const rule = anyMask(r, NQ, NK, B, H);
  const queryOffset = r.chance(0.7) ? NK - NQ : r.int(-5, 10);
  const blockSize = r.int(1, 20);
  c.note({ B, H, NQ, NK, queryOffset, blockSize, mask: rule.label });
  let pairs = 0;
  const blocks = new Set<string>();
  let wrong: unknown;
  for (let b = 0; b < B; b++)
    for (let h = 0; h < H; h++) {
      const one = rule.mask.select({ head: h, batch: b });
      for (let i = 0; i < NQ; i++)
        for (let j = 0; j < NK; j++) {
          const a = rule.allows(queryOffset + i, j, b, h);
          if (a) {
            pairs++;
            blocks.add(`${b},${h},${Math.floor(i / blockSize)},${Math.floor(j / blockSize)}`);
          }
          if (one.allows(queryOffset + i, j) !== a) wrong ??= { b, h, position: queryOffset + i, key: j, expected: a };
        }
    }
  if (wrong) c.report('high', 'mask.allows differs from the docstring’s rule', wrong as Loose);
  const found = cost(rule.mask, { queryLength: NQ, keyLength: NK, queryOffset, blockSize, batch: B, heads: H, headDim: 3, valueDim: 5 });
  if (found.visitedPairs !== pairs) c.report('high', 'cost: visitedPairs', { expected: pairs, got: found.visitedPairs });
  if (found.visitedBlocks !== blocks.size) c.report('medium', 'cost: visitedBlocks', { expected: blocks.size, got: found.visitedBlocks });
  const D = 4;
  const DV = 3;
  const q = r.normals(B * H * NQ * D, 2);
  const k = r.normals(B * H * NK * D);
  const v = r.normals(B * H * NK * DV, 3);
  const base = { B, H, HK: H, NQ, NK, D, DV, q, k, v, scale: 0.5, queryOffset, terms: [] };
  const whole = reference({ ...base, visible: () => true });
  const part = reference({ ...base, visible: (b, h, i, j) => rule.allows(queryOffset + i, j, b, h) });
  const T = [tf.tensor4d(q, [B, H, NQ, D]), tf.tensor4d(k, [B, H, NK, D]), tf.tensor4d(v, [B, H, NK, DV])] as const;
  const { mass, bound } = droppedMass(
    sparseAttention(...T, { mask: rule.mask, queryOffset, blockSize }),
    sparseAttention(...T, { queryOffset }),
    T[2],
  );
  const gotM = await read(mass);
  const gotB = await read(bound);
  for (let row = 0; row < gotM.length; row++) {
    const want = part.lse.value[row] === -Infinity ? 1 : 1 - Math.exp(part.lse.value[row]! - whole.lse.value[row]!);
    if (!(Math.abs(gotM[row]! - want) < 5e-6)) {
      c.report('high', 'droppedMass: mass', { expected: want, got: gotM[row] });
      break;
    }
    let err = 0;
    for (let d = 0; d < DV; d++) err += (part.out.value[row * DV + d]! - whole.out.value[row * DV + d]!) ** 2;
    if (!(Math.sqrt(err) <= gotB[row]! * (1 + 1e-4) + 2e-5)) {
      c.report('high', 'droppedMass: the bound is below the error', { error: Math.sqrt(err), bound: gotB[row], mass: gotM[row] });
      break;
    }
  }
}
