import { onBackends } from '@longspan/tooling/expect';
import { dispose, type Tensor } from '@tensorflow/tfjs-core';
import { expect, it } from 'vitest';
import { createKey } from '../key/index.ts';
import { normal } from '../tensor/random.ts';
import { mergeHeads, splitHeads } from './heads.ts';

onBackends('heads', () => {
  it('splitHeads gives head a the features from a · d on', async () => {
    const x = normal(createKey(1), [2, 3, 10]);
    const split = splitHeads(x, 5);
    const [rows, heads] = (await Promise.all([x.array(), split.array()])) as [number[][][], number[][][][]];
    expect(split.shape).toEqual([2, 5, 3, 2]);
    for (const b of [0, 1])
      for (const h of [0, 1, 2, 3, 4]) for (const n of [0, 1, 2]) expect(heads[b]?.[h]?.[n]).toEqual(rows[b]?.[n]?.slice(2 * h, 2 * h + 2));
    dispose([x, split]);
  });

  it('mergeHeads undoes splitHeads', async () => {
    const x = normal(createKey(2), [2, 3, 10]);
    const back: Tensor = mergeHeads(splitHeads(x, 2));
    expect(back.shape).toEqual([2, 3, 10]);
    expect(await back.data()).toEqual(await x.data());
  });
});
