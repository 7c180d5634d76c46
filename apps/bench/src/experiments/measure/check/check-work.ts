import { createKey, randomNormal } from '@longspan/core-tensor/key';
import {
  addN,
  dispose,
  isFinite as finiteCells,
  grads,
  keep,
  mul,
  type Scalar,
  sum,
  type Tensor,
  tensor,
  tidy,
  where,
  zerosLike,
} from '@tensorflow/tfjs-core';
import { type Tolerance, worstMiss } from '../../../figures/closeness.ts';
import { startBackend } from '../../../process/start-backend.ts';
import type { Reporter } from '../../../process/work.ts';
import { allowance, error } from '../../../report/wording.ts';
import { readText } from '../../../text/read-text.ts';
import { joined } from '../../../text/text.ts';
import type { CheckFigures, CheckInput, CheckLine, CheckPart } from './check.ts';
import { mechanismsOf } from './mechanisms/all.ts';
import { type CheckText, checkText, type Mechanism, type Sides } from './mechanisms/mechanism.ts';

/** float32 sums of a few hundred terms near 1, in another order. */
const forwardTolerance: Tolerance = { atol: 2e-5, rtol: 2e-5 };
/** A key's gradient also sums over the queries that see it. */
const gradientTolerance: Tolerance = { atol: 1e-4, rtol: 1e-4 };

const mechanisms = Object.entries(mechanismsOf).flatMap(([name, all]) => all.map((mechanism) => ({ package: name, ...mechanism })));

/** Compares all mechanisms with their references, on two excerpts of the text, forward and backward. */
export async function runChecks({ source, backend, seed }: CheckInput, reporter: Reporter): Promise<CheckFigures> {
  await startBackend(backend);
  const text = checkText(joined((await readText(source)).pieces), seed);
  await reporter.started();
  const lines: CheckLine[] = [];
  for (const mechanism of mechanisms) {
    const line: CheckLine = {
      package: mechanism.package,
      mechanism: mechanism.name,
      against: mechanism.against,
      ...(await compare(mechanism, text, seed)),
    };
    lines.push(line);
    const parts = line.parts.map((part) => `${part.name} ${error(part.error)} (allowed ${allowance(part.tolerance)})`);
    await reporter.progress({ done: lines.length / mechanisms.length, label: `${mechanism.name}: ${line.failure ?? parts.join(', ')}` });
  }
  return { kind: 'check', lines };
}

/** Compares one mechanism with its reference, forward and backward. */
export function compare(mechanism: Mechanism, text: CheckText, seed: number): Promise<Pick<CheckLine, 'parts' | 'failure'>> {
  const tolerances = { forward: forwardTolerance, backward: mechanism.gradientTolerance ?? gradientTolerance };
  return measured(() => mechanism.prepare(text), tolerances, seed);
}

async function measured(
  prepare: () => Sides | Promise<Sides>,
  tolerances: Readonly<Record<CheckPart['name'], Tolerance>>,
  seed: number,
): Promise<Pick<CheckLine, 'parts' | 'failure'>> {
  try {
    const sides = await prepare();
    const [ours, reference] = [await valuesOf(sides.inputs, sides.ours, seed), await valuesOf(sides.inputs, sides.reference, seed)];
    dispose([...sides.inputs]);
    const parts = (['forward', 'backward'] as const).flatMap((name) => {
      const tolerance = tolerances[name];
      const misses = reference[name].map((expected, index) => worstMiss(ours[name][index] ?? [], expected, tolerance));
      if (misses.length === 0) return [];
      const most = (figure: 'error' | 'share'): number => Math.max(...misses.map((miss) => miss[figure]));
      return [{ name, error: most('error'), share: most('share'), tolerance }];
    });
    const broken = parts.find((part) => !Number.isFinite(part.error)); // JSON has no NaN and no Infinity
    if (broken !== undefined)
      return { parts: [], failure: `${broken.name}: NaN, Infinity or another shape where the reference has numbers` };
    return { parts };
  } catch (error) {
    return { parts: [], failure: error instanceof Error ? error.message.split('\n').join(' ') : String(error) };
  }
}

interface Values {
  readonly forward: readonly ArrayLike<number>[];
  readonly backward: readonly ArrayLike<number>[];
}

/** The outputs, and the gradients of their product with random cotangents. */
async function valuesOf(inputs: readonly Tensor[], compute: Sides['ours'], seed: number): Promise<Values> {
  let outputs: readonly Tensor[] = [];
  const kept = (...given: Tensor[]): readonly Tensor[] => {
    outputs = compute(...given).map((output) => keep(output));
    return outputs;
  };
  const gradients = inputs.length === 0 ? [] : grads((...given: Tensor[]) => loss(kept(...given), seed))([...inputs]);
  if (inputs.length === 0) tidy(() => void kept());
  const read = (tensors: readonly Tensor[]) => Promise.all(tensors.map((each) => each.data()));
  const values = { forward: await read(outputs), backward: await read(gradients) };
  dispose([...outputs, ...gradients]);
  return values;
}

function loss(outputs: readonly Tensor[], seed: number): Scalar {
  const parts = outputs.map((output, index) => {
    const cotangent = tensor(randomNormal(createKey(seed).fold(`cotangent ${index}`), output.size), output.shape);
    // The log-sum-exp of a row that attends to nothing is −Infinity: it takes no part, and must not poison the rest.
    return sum(mul(where(finiteCells(output), output, zerosLike(output)), cotangent));
  });
  return addN(parts) as Scalar;
}
