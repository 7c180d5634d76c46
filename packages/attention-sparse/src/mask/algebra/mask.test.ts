import { createLayout } from '@longspan/core-tensor/layout';
import { expect, it } from 'vitest';
import {
  bigBird,
  blockDiagonal,
  causal,
  dilatedWindow,
  documents,
  everything,
  fixed,
  globalTokens,
  grid,
  keyPadding,
  type Mask,
  mask,
  maskFromJSON,
  nothing,
  perBatch,
  perHead,
  prefix,
  segments,
  slidingWindow,
  strided,
} from '../index.ts';

const evaluate = (name: string): Mask =>
  new Function(
    ...[
      'bigBird',
      'blockDiagonal',
      'causal',
      'dilatedWindow',
      'documents',
      'everything',
      'fixed',
      'globalTokens',
      'grid',
      'keyPadding',
      'nothing',
    ],
    ...['perBatch', 'perHead', 'prefix', 'slidingWindow', 'strided'],
    `return ${name}`,
  )(
    ...[bigBird, blockDiagonal, causal, dilatedWindow, documents, everything, fixed, globalTokens, grid, keyPadding, nothing],
    ...[perBatch, perHead, prefix, slidingWindow, strided],
  );

it('the name is code that makes an equal mask', () => {
  const random = bigBird({ blockSize: 2, windowBlocks: 1, globalBlocks: [3, 0], randomBlocks: [[1], [], [2, 4]] });
  const shared = slidingWindow({ left: 2, right: 0 })
    .or(globalTokens([4, 0]))
    .and(
      causal()
        .or(prefix({ length: 3 }))
        .not(),
    );
  const masks = [
    shared,
    random.or(strided({ stride: 3 })),
    perHead([shared, dilatedWindow({ left: 1, right: 2, dilation: 3 })]).and(documents([[0, 0, 1], [2]])),
    perBatch([everything(), nothing()]).or(dilatedWindow({ left: 1, right: 2, dilation: [3, 4] })),
    keyPadding({ lengths: [3, 4] })
      .and(fixed({ stride: 4, summary: 1 }))
      .and(blockDiagonal({ blockSize: 2 })),
    bigBird({ blockSize: 2, windowBlocks: 0, globalBlocks: [], randomBlocks: [[[1]], [[2]]] }),
    grid([4, 6])
      .neighbourhood({ radius: 1 })
      .or(grid([4, 6]).tiles({ size: [2, 3] })),
    grid([2, 4, 6]).shiftedWindows({ window: [1, 2, 2], shift: [0, 1, 1] }),
  ];
  for (const one of masks) expect(evaluate(one.name).toJSON()).toEqual(one.toJSON());
  expect(shared.name).toBe('slidingWindow({ left: 2, right: 0 }).or(globalTokens([0, 4])).and(causal().or(prefix({ length: 3 })).not())');
});

it('nested and/or of one kind are one list, in JSON and in the name', () => {
  const [a, b, c] = [causal(), prefix({ length: 1 }), prefix({ length: 2 })];
  expect(a.or(b.or(c)).toJSON()).toEqual({ kind: 'or', of: [a.toJSON(), b.toJSON(), c.toJSON()] });
  expect(a.or(b.or(c)).name).toBe('causal().or(prefix({ length: 1 })).or(prefix({ length: 2 }))');
  expect(a.or(b.and(c)).toJSON()).toEqual({ kind: 'or', of: [a.toJSON(), { kind: 'and', of: [b.toJSON(), c.toJSON()] }] });
});

it('the name of many documents is a digest, their JSON is whole', () => {
  const ids = Array.from({ length: 2000 }, (_, token) => Math.floor(token / 300));
  expect(documents(ids).name).toBe('documents(ids of 2000 tokens, 7 documents)');
  expect(documents(ids).toJSON()).toEqual({ kind: 'documents', ids });
  expect(documents([ids, ids]).name).toBe('documents(ids of 4000 tokens, 2 batch rows)');
});

it('select of a shared mask gives that mask for every head, of a varied one the mask of that head or row', () => {
  const one = causal();
  expect(one.select({ head: 7, batch: 3 })).toBe(one);
  const both = dilatedWindow({ left: 1, right: 0, dilation: [1, 2] }).and(keyPadding({ lengths: [3, 4, 5] }));
  expect([both.heads, both.batch]).toEqual([2, 3]);
  expect([both.select({ head: 1 }).heads, both.select({ head: 1 }).batch]).toEqual([1, 3]);
  expect(both.select({ batch: 2 }).name).toBe('dilatedWindow({ left: 1, right: 0, dilation: [1, 2] }).and(keyPadding({ lengths: [5] }))');
  expect(both.select({ head: 1, batch: 2 }).name).toBe(
    'dilatedWindow({ left: 1, right: 0, dilation: 2 }).and(keyPadding({ lengths: [5] }))',
  );
  const nested = perHead([keyPadding({ lengths: [1, 2] }), causal()]);
  expect([nested.heads, nested.batch, nested.select({ batch: 1 }).name]).toEqual([
    2,
    2,
    'perHead([keyPadding({ lengths: [2] }), causal()])',
  ]);
});

it('cover of a varied mask promises only what holds for every head', () => {
  const spans = [
    { start: 8, end: 9 },
    { start: 4, end: 5 },
  ] as const;
  expect(perHead([causal(), prefix({ length: 9 })]).cover(...spans)).toBe('all');
  expect(perHead([causal(), prefix({ length: 3 })]).cover(...spans)).toBe('some');
  expect(perHead([causal().not(), prefix({ length: 3 })]).cover(...spans)).toBe('none');
});

it('allows on a varied mask throws and says to select', () => {
  expect(() => perHead([causal(), everything()]).allows(0, 0)).toThrow(
    `mask.allows: the mask must be shared by all heads and batch rows, or selected.
  expected  a mask that is shared, or selected
  got       2 per head, 1 per batch row: perHead([causal(), everything()])
  remedy    call mask.select({ head: 0, batch: 0 }).allows(query, key).`,
  );
});

it('select of a head that the mask does not hold throws', () => {
  expect(() => perHead([causal(), everything()]).select({ head: 2 })).toThrow(
    `mask.select: head must be one that the mask holds.
  expected  an integer from 0 to 1
  got       2 (perHead([causal(), everything()]))
  remedy    select one of the 2, or make the mask for more.`,
  );
  for (const head of [-1, 0.5, Number.NaN]) expect(() => perHead([causal(), everything()]).select({ head })).toThrow('mask.select');
});

it('combining masks for different numbers of heads throws and names both', () => {
  expect(() => perHead([causal(), nothing()]).and(dilatedWindow({ left: 1, right: 1, dilation: [1, 2, 3] }))).toThrow(
    `mask.and: all masks must be made for one number of heads.
  expected  1 (shared), or the same number in all of them
  got       2 (perHead([causal(), nothing()])), 3 (dilatedWindow({ left: 1, right: 1, dilation: [1, 2, 3] }))
  remedy    give each list one entry per head or batch row, or a single value that all share.`,
  );
  expect(() => keyPadding({ lengths: [1, 2] }).or(documents([[0], [0], [0]]))).toThrow('must be made for one number of batch rows');
});

it('a mask without JSON says so, wherever it is in the expression', () => {
  const own = mask({ name: 'own', allows: () => true, cover: () => 'all' });
  expect([own.serialisable, causal().and(own).serialisable, causal().serialisable]).toEqual([false, false, true]);
  expect(() =>
    causal()
      .and(mask({ name: 'their own', allows: () => true }))
      .toJSON(),
  ).toThrow(
    `mask.toJSON: a mask must be of the built-in kinds to have JSON.
  expected  a mask of the built-in kinds and their combinations
  got       their own
  remedy    write the rule with the built-in kinds, or make that mask in code after reading the rest.`,
  );
});

it.each([
  [() => slidingWindow({ left: -1, right: 0 }), 'slidingWindow: left must be an integer of at least 0.'],
  [() => slidingWindow({ left: Number.POSITIVE_INFINITY, right: 0 }), 'slidingWindow: left must be an integer of at least 0.'],
  [() => dilatedWindow({ left: 1, right: 0, dilation: 0 }), 'dilatedWindow: dilation must be an integer of at least 1.'],
  [() => dilatedWindow({ left: 1, right: 0, dilation: [1, 0] }), 'dilatedWindow: dilation must hold integers of at least 1.'],
  [() => dilatedWindow({ left: 1, right: 0, dilation: [] }), 'perHead: the list must hold at least one mask.'],
  [() => strided({ stride: 0 }), 'strided: stride must be an integer of at least 1.'],
  [() => fixed({ stride: 4, summary: 5 }), 'fixed: summary must be at most stride.'],
  [() => globalTokens([1, 2.5]), 'globalTokens: positions must hold integers of at least 0.'],
  [() => blockDiagonal({ blockSize: 0 }), 'blockDiagonal: blockSize must be an integer of at least 1.'],
  [() => prefix({ length: -3 }), 'prefix: length must be an integer of at least 0.'],
  [() => documents([0, Number.NaN]), 'documents: ids must hold integers.'],
  [() => keyPadding({ lengths: [-1] }), 'keyPadding: lengths must hold integers of at least 0.'],
  [
    () => bigBird({ blockSize: 0, windowBlocks: 0, globalBlocks: [], randomBlocks: [] }),
    'bigBird: blockSize must be an integer of at least 1.',
  ],
  [() => grid([4]), 'grid: a grid must have two or three axes.'],
  [() => grid([4, 4]).tiles({ size: [2, 2, 2] }), 'grid.tiles: size must fit the grid.'],
  [() => grid([4, 4]).shiftedWindows({ window: 2, shift: 2 }), 'grid.shiftedWindows: shift must be smaller than the side of a window.'],
  [() => mask({ name: 'no rule' } as never), 'mask: a mask must have a name, and functions for allows and cover.'],
  [() => grid(null as never), 'grid: a grid must have two or three axes.'],
  [() => perHead([]), 'perHead: the list must hold at least one mask.'],
  [() => perHead(undefined as never), 'perHead: the list must hold at least one mask.'],
  [() => perBatch([keyPadding({ lengths: [1, 2] })]), 'perBatch: every mask of the list must be shared along batch.'],
])('%s throws', (make, problem) => {
  expect(make).toThrow(problem);
});

it('a mask is asked by integers and spans, however it was made', () => {
  const parts = segments({ text: 2, image: 3 });
  const own = mask({ name: 'own', allows: () => true });
  const all = [
    causal(),
    own,
    causal().or(own),
    causal().not(),
    parts.between('text', 'image'),
    perHead([causal(), own]).select({ head: 1 }),
  ];
  const span = { start: 0, end: 4 };
  for (const one of all) {
    for (const wrong of [Symbol('a'), 1n, undefined, null, '1', 0.5, Number.NaN, {}]) {
      const position = wrong as number;
      expect(() => one.allows(0, position)).toThrow('mask.allows: a position must be an integer.');
      expect(() => one.allows(position, 0)).toThrow('mask.allows: a position must be an integer.');
      for (const spans of [wrong, { start: wrong, end: 4 }, { start: 0, end: wrong }] as (typeof span)[]) {
        for (const [queries, keys] of [
          [spans, span],
          [span, spans],
        ] as const) {
          expect(() => one.cover(queries, keys)).toThrow('mask.cover: a span must be { start, end }, two integers.');
          expect(() => one.pattern(queries, keys)).toThrow(/^mask\.(cover|pattern): a span must be \{ start, end \}, two integers\./);
        }
      }
    }
    expect([one.allows(-1, -1), one.allows(-1, 0)].every((seen) => typeof seen === 'boolean')).toBe(true); // before a sequence too
  }
});

it('a rule answers with what it may answer, and nothing counts as something else', () => {
  const asked = (rule: object): (() => unknown) => {
    const made = mask({ name: 'mine', allows: () => true, ...rule } as Parameters<typeof mask>[0]);
    return () => createLayout(made, { queryLength: 4, blockSize: 2 }).indices;
  };
  for (const answer of [undefined, null, 'full', 7, true, {}])
    expect(asked({ cover: () => answer })).toThrow("mask.cover: a rule must answer with 'none', 'some' or 'all'.");
  for (const allows of [async () => false, () => 'no', () => 1, () => undefined])
    expect(asked({ allows })).toThrow('mask.allows: a rule must answer with true or false.');
  expect(asked({ pattern: () => 5, cover: () => 'some' })).toThrow('mask.pattern: a rule must answer with a text, or undefined.');
});

it('JSON that was changed by hand changes no mask, and none that equals it later', () => {
  const indices = (one: Mask): number[] => [...createLayout(one, { queryLength: 8, blockSize: 2 }).indices];
  const window = (left: number) => slidingWindow({ left, right: 0 });
  const [narrow, expected] = [window(1), indices(mask({ name: 'wide', allows: (q, k) => k <= q && k >= q - 5 }))];
  const json = narrow.toJSON() as { left: number };
  json.left = 5;
  indices(narrow);
  expect(indices(maskFromJSON(json as never))).toEqual(expected);
  expect(indices(window(5))).toEqual(expected);
});
