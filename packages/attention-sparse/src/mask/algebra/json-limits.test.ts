import { createLayout } from '@longspan/core-tensor/layout';
import { describe, expect, it } from 'vitest';
import {
  bigBird,
  causal,
  dilatedWindow,
  documents,
  everything,
  globalTokens,
  keyPadding,
  keysAt,
  type Mask,
  maskFromJSON,
  nothing,
  perHead,
  queriesAt,
  slidingWindow,
} from '../index.ts';

/** Of this process, in ms: what other work there is does not count. */
const processorTime = (): number => process.cpuUsage().user / 1000;

type Tree = Readonly<Record<string, unknown>>;

const leaf: Tree = { kind: 'causal' };
const nested = (levels: number, wrap: (tree: unknown) => Tree): unknown => {
  let tree: unknown = leaf;
  for (let level = 0; level < levels; level++) tree = wrap(tree);
  return tree;
};
const not = (of: unknown): Tree => ({ kind: 'not', of });
const list = (levels: number): unknown => {
  let value: unknown = 0;
  for (let level = 0; level < levels; level++) value = [value];
  return value;
};

describe('maskFromJSON of what a stranger wrote', () => {
  it.each<[string, unknown, string]>([
    ['and of one, 1,469 deep', nested(1469, (of) => ({ kind: 'and', of: [of] })), '1000 nodes within each other'],
    ['not, 2,812 deep', nested(2812, not), '1000 nodes within each other'],
    ['not, a million deep', nested(1_000_000, not), '1000 nodes within each other'],
    ['a list 4,101 deep where a number is wanted', { kind: 'prefix', length: list(4101) }, '4 lists within each other'],
    ['a list a million deep', { kind: 'prefix', length: list(1_000_000) }, '4 lists within each other'],
    ['or of 20,000', { kind: 'or', of: new Array(20_000).fill(leaf) }, '10000 nodes'],
    ['two million numbers', { kind: 'globalTokens', positions: new Array(2_000_000).fill(1) }, '1048576 numbers, texts and lists'],
    ['a million rows of one document', { kind: 'documents', ids: new Array(1_000_000).fill([1]) }, '1048576 numbers, texts and lists'],
  ])('%s is an error that says the limit', (_, tree, limit) => {
    const start = processorTime();
    expect(() => maskFromJSON(tree)).toThrow(`maskFromJSON: the tree must have at most ${limit}.`);
    expect(processorTime() - start).toBeLessThan(2000);
  });

  it.each<[string, unknown, () => unknown]>([
    ['documents', { ids: new Array(70_000).fill([1]) }, () => documents(new Array<number[]>(70_000).fill([1]))],
    ['keyPadding', { lengths: new Array(1_000_000).fill(1) }, () => keyPadding({ lengths: new Int32Array(1_000_000) })],
    [
      'dilatedWindow',
      { left: 1, right: 0, dilation: new Array(1_000_000).fill(1) },
      () => dilatedWindow({ dilation: new Int32Array(1_000_000).fill(1) }),
    ],
    ['keysAt', { positions: new Array(70_000).fill([1]) }, () => keysAt(new Array<number[]>(70_000).fill([1]))],
    ['queriesAt', { positions: new Array(70_000).fill([1]) }, () => queriesAt(new Array<number[]>(70_000).fill([1]))],
    [
      'bigBird',
      { kind: 'bigbird', block: 2, windowBlocks: 0, globalBlocks: [], randomBlocks: new Array(70_000).fill([[1]]) },
      () => bigBird({ blockSize: 2, windowBlocks: 0, globalBlocks: [], randomBlocks: new Array<number[][]>(70_000).fill([[1]]) }),
    ],
  ])('%s of more than 65,536 masks is an error at once, in a tree and in code', (kind, fields, make) => {
    const start = processorTime();
    const limit = `${kind}: a list must hold at most 65536 masks for heads or batch rows.`;
    expect(() => maskFromJSON({ kind, ...(fields as object) })).toThrow(limit);
    expect(make).toThrow(limit);
    expect(processorTime() - start).toBeLessThan(2000);
  });

  it('a list of 65,536 lengths makes its masks when they are asked for', () => {
    const start = processorTime();
    const many = keyPadding({ lengths: Int32Array.from({ length: 65_536 }, (_, row) => row) });
    expect([many.batch, many.select({ batch: 7 }).allows(0, 6), many.select({ batch: 7 }).allows(0, 7)]).toEqual([65_536, true, false]);
    expect(many.select({ batch: 7 })).toBe(many.select({ batch: 7 }));
    expect(processorTime() - start).toBeLessThan(1000);
    expect(() => perHead(new Array<Mask>(65_537).fill(causal()))).toThrow('perHead: a list must hold at most 65536 masks');
  });

  it('a grid of 130,000 axes is an error', () => {
    expect(() => maskFromJSON({ kind: 'gridNeighbourhood', shape: new Array(130_000).fill(1), radius: [1] })).toThrow(
      'grid: a grid must have two or three axes.',
    );
  });

  it('a wide expression is read in time that grows with its width', () => {
    const start = processorTime();
    const mask = maskFromJSON({ kind: 'or', of: new Array(9_999).fill(leaf) });
    expect(mask.combination?.of.length).toBe(9_999);
    expect(mask.name.length).toBe('causal()'.length + 9_998 * '.or(causal())'.length);
    expect(processorTime() - start).toBeLessThan(4000);
  });

  it('400 heads times 400 batch rows are an error where their layout is made', () => {
    const window = (left: number): Tree => ({ kind: 'slidingWindow', left, right: 0 });
    const of = Array.from({ length: 400 }, (_, at) => window(at));
    const mask = maskFromJSON({
      kind: 'and',
      of: [
        { kind: 'perHead', of },
        { kind: 'perBatch', of },
      ],
    });
    expect([mask.heads, mask.batch]).toEqual([400, 400]);
    expect(() => createLayout(mask, { queryLength: 64 })).toThrow(
      'createLayout: a layout must have at most 65536 masks of heads and batch rows.',
    );
  });
});

describe('an expression 1,000 deep', () => {
  const deep = (step: (mask: Mask, level: number) => Mask, levels: number): Mask => {
    let mask: Mask = slidingWindow({ left: 3, right: 0 });
    for (let level = 0; level < levels; level++) mask = step(mask, level);
    return mask;
  };

  it.each<[string, (mask: Mask, level: number) => Mask, boolean]>([
    ['not', (mask) => mask.not(), false],
    ['and, or in turn', (mask, level) => (level % 2 === 0 ? mask.and(everything()) : mask.or(nothing())), true],
    ['and, a list', (mask) => mask.and(causal()), true],
    ['or, a list', (mask, level) => mask.or(globalTokens([level % 7])), true],
    [
      'perHead',
      (mask, level) => (level === 0 ? perHead([mask, mask.not()]) : level % 2 === 0 ? mask.and(everything()) : mask.or(nothing())),
      true,
    ],
  ])('of %s has a layout, JSON and a name', (name, step, visible) => {
    const mask = deep(step, name === 'perHead' ? 998 : 999); // whose first step is two levels
    const one = mask.select({ head: 0 });
    expect(one.allows(8, 7)).toBe(visible);
    expect(createLayout(mask, { queryLength: 16, blockSize: 8 }).indices.length).toBeGreaterThan(0);
    expect(mask.name.length).toBeGreaterThan(4000);
    if (mask.heads === 1) expect(maskFromJSON(JSON.parse(JSON.stringify(mask.toJSON()))).allows(8, 7)).toBe(visible);
  });
});

it('of 200,000 unknown fields is an error of a few lines', () => {
  const fields = Object.fromEntries(Array.from({ length: 200_000 }, (_, at) => [`field${at}`, 1]));
  expect(() => maskFromJSON({ kind: 'causal', ...fields })).toThrow(
    'maskFromJSON: mask must have the fields of its kind only.\n  expected  kind\n  got       field0, field1, field2, field3, field4\n',
  );
});

it('of more than 1,000 masks within each other is an error that says the limit', () => {
  const deeper = () => {
    let mask: Mask = causal();
    for (let level = 0; level < 3000; level++) mask = level % 2 === 0 ? mask.or(everything()) : mask.and(nothing());
  };
  expect(deeper).toThrow('mask: an expression must have at most 1000 masks within each other.');
});

it('20,000 masks that are joined one after the other are one list, with each of them at work', () => {
  let mask: Mask = keysAt([0]);
  for (let position = 1; position < 20_000; position++) mask = mask.or(keysAt([position]));
  expect(mask.combination?.of.length).toBe(20_000);
  expect([mask.allows(0, 0), mask.allows(0, 19_999), mask.allows(0, 20_000)]).toEqual([true, true, false]);
});
