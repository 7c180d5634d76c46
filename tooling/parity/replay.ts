import { type SafetensorsEntry, toTensor } from '@longspan/core-tensor';
import { differentiated } from '@longspan/core-tensor/kernel';
import { addN, mul, notEqual, sum, type Tensor, tidy, where, zerosLike } from '@tensorflow/tfjs-core';
import type { Tolerance } from '../expect/close.ts';
import { type Comparison, compare, missed, type Values } from './compare.ts';
import { type Fixture, stored, valuesOf } from './fixture.ts';
import { Inputs } from './inputs.ts';

/** One way to compute what the reference computed, through the public API. */
export interface Way {
  /** Empty for the default; else what is different about it: `blockSize 16`. */
  readonly name: string;
  /** Pure in the inputs. The outputs' names are those of the fixture without `out.`. */
  readonly run: (inputs: Inputs) => Readonly<Record<string, Tensor>>;
}

/** Whole numbers that must be equal to a stored tensor, one by one. */
export interface Exact {
  readonly tensor: string;
  readonly values: ArrayLike<number>;
}

/** A way that has to wait, for what it decides by is read back from the device: it has no gradients. */
export interface AwaitedWay {
  readonly name: string;
  readonly run: (inputs: Inputs) => Promise<Readonly<Record<string, Values>>>;
}

/** What a family makes of a fixture. Throws where the fixture lacks something that the family needs. */
export type Family = (fixture: Fixture) => {
  readonly ways: readonly Way[];
  readonly awaited?: readonly AwaitedWay[];
  readonly exact?: readonly Exact[];
};

const exactly = { atol: 0, rtol: 0 };

/** Replays a fixture in all of its family's ways: every output and every gradient that the reference gave. */
export async function replay(family: Family, fixture: Fixture): Promise<readonly Comparison[]> {
  const { ways, awaited = [], exact = [] } = family(fixture);
  const comparisons = exact.map(({ tensor, values }) => {
    const reference = stored(fixture, tensor);
    const shape = values.length === count(reference.shape) ? reference.shape : [values.length];
    return compare(tensor, '', { shape, values }, valuesOf(reference), exactly);
  });
  const tensors = tensorsOf(fixture);
  try {
    for (const way of ways) {
      comparisons.push(...(await outputs(way, fixture, tensors)), ...(await gradients(way, fixture, tensors)));
    }
    for (const way of awaited) comparisons.push(...(await awaitedOutputs(way, fixture, tensors)));
  } finally {
    for (const each of tensors.values()) each.dispose();
  }
  const compared = new Set(comparisons.map(({ tensor }) => tensor));
  const forgotten = [...fixture.tensors.keys()].filter((name) => /^(out|grad)[.]/.test(name) && !compared.has(name));
  comparisons.push(...forgotten.map((name) => missed(name, '', 'is not among the outputs of this family', fixture.tolerance)));
  if (comparisons.length === 0) throw new Error('the fixture must have out.* or grad.* tensors to compare with');
  return comparisons;
}

/**
 * Replays what is no whole number of a fixture's outputs, in the first of its family's ways.
 * @param bound how far each may be from the reference's, as a part of the largest number of that output
 */
export async function replayWithin(family: Family, fixture: Fixture, bound: number): Promise<readonly Comparison[]> {
  const [way] = family(fixture).ways;
  if (way === undefined) throw new Error('the family must have a way that does not wait');
  const isCompared = (name: string, { dtype }: SafetensorsEntry): boolean => !name.startsWith('out.') || dtype.startsWith('F');
  const kept = new Map([...fixture.tensors].filter(([name, entry]) => /^(in|param|rand|out)[.]/.test(name) && isCompared(name, entry)));
  const toleranceOf = (name: string): Tolerance => ({ atol: bound * scaleOf(stored(fixture, name)), rtol: 0 });
  const tensors = tensorsOf({ ...fixture, tensors: kept });
  try {
    const comparisons = await outputs(way, { ...fixture, tensors: kept }, tensors, toleranceOf);
    if (comparisons.length === 0) throw new Error('the fixture must have out.* tensors to compare with');
    return comparisons;
  } finally {
    for (const each of tensors.values()) each.dispose();
  }
}

/** The largest of the numbers that are finite. */
const scaleOf = (entry: SafetensorsEntry): number =>
  valuesOf(entry).values.reduce((most, value) => (Number.isFinite(value) ? Math.max(most, Math.abs(value)) : most), 0);

const tensorsOf = ({ tensors }: Fixture): ReadonlyMap<string, Tensor> =>
  new Map([...tensors].filter(([name]) => /^(in|param|rand|cot)[.]/.test(name)).map(([name, entry]) => [name, toTensor(entry)]));

async function outputs(
  way: Way,
  fixture: Fixture,
  tensors: ReadonlyMap<string, Tensor>,
  toleranceOf?: (name: string) => Tolerance,
): Promise<readonly Comparison[]> {
  const found = tidy(() => way.run(new Inputs(tensors)));
  try {
    const comparisons: Comparison[] = [];
    for (const name of named(fixture, 'out.')) {
      const tolerance = toleranceOf?.(`out.${name}`) ?? fixture.tolerance;
      const absent = 'is not among the outputs of this family';
      comparisons.push(await against({ ...fixture, tolerance }, `out.${name}`, way, found[name], absent));
    }
    return comparisons;
  } finally {
    for (const each of Object.values(found)) each.dispose();
  }
}

async function awaitedOutputs(way: AwaitedWay, fixture: Fixture, tensors: ReadonlyMap<string, Tensor>): Promise<readonly Comparison[]> {
  const found = await way.run(new Inputs(tensors));
  return named(fixture, 'out.').map((name) => {
    const [tensor, ours] = [`out.${name}`, found[name]];
    if (ours === undefined) return missed(tensor, way.name, 'is not among the outputs of this family', fixture.tolerance);
    return compare(tensor, way.name, ours, valuesOf(stored(fixture, tensor)), fixture.tolerance);
  });
}

async function gradients(way: Way, fixture: Fixture, tensors: ReadonlyMap<string, Tensor>): Promise<readonly Comparison[]> {
  const names = named(fixture, 'grad.');
  if (names.length === 0) return [];
  for (const name of names) stored(fixture, name);
  if (named(fixture, 'cot.').length === 0) throw new Error('a fixture with gradients must have a cotangent (cot.*)');
  const { value, gradients: found } = differentiated(
    () => cotangentSum(way, fixture, tensors),
    names.map((name) => tensors.get(name) as Tensor),
  );
  value.dispose();
  try {
    const comparisons: Comparison[] = [];
    for (const [at, name] of names.entries()) {
      comparisons.push(await against(fixture, `grad.${name}`, way, found[at] ?? undefined, `is missing: no gradient reaches ${name}`));
    }
    return comparisons;
  } finally {
    for (const each of found) each?.dispose();
  }
}

/** The scalar that the reference differentiated: the sum of out.y · cot.y over all y with a cotangent. */
function cotangentSum(way: Way, fixture: Fixture, tensors: ReadonlyMap<string, Tensor>): Tensor {
  const found = way.run(new Inputs(tensors));
  const terms = named(fixture, 'cot.').map((name) => {
    const [output, cotangent] = [found[name], tensors.get(`cot.${name}`) as Tensor];
    if (output === undefined) throw new Error(`cot.${name} must belong to an output of this family`);
    if (output.shape.join() !== cotangent.shape.join()) {
      throw new Error(`cot.${name} must have the shape [${output.shape.join(', ')}] of the output, got [${cotangent.shape.join(', ')}]`);
    }
    // A row without a key has the log-sum-exp −Infinity and the cotangent 0: the term is 0, not 0 · −Infinity = NaN.
    return sum(where(notEqual(cotangent, 0), mul(output, cotangent), zerosLike(cotangent)));
  });
  return addN(terms);
}

async function against(fixture: Fixture, name: string, way: Way, ours: Tensor | undefined, absent: string): Promise<Comparison> {
  if (ours === undefined) return missed(name, way.name, absent, fixture.tolerance);
  return compare(name, way.name, { shape: ours.shape, values: await ours.data() }, valuesOf(stored(fixture, name)), fixture.tolerance);
}

const named = (fixture: Fixture, prefix: string): readonly string[] =>
  [...fixture.tensors.keys()].filter((name) => name.startsWith(prefix)).map((name) => name.slice(prefix.length));

const count = (shape: readonly number[]): number => shape.reduce((product, size) => product * size, 1);
