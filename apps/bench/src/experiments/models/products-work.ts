import { applyLinear, packWeight } from '@longspan/core-tensor';
import { createKey, randomNormal } from '@longspan/core-tensor/key';
import { tensor1d, tensor2d, tensor3d } from '@tensorflow/tfjs-core';
import { alternate, columnsOf, type Timed } from '../../figures/alternate.ts';
import { randomStream } from '../../figures/random-stream.ts';
import type { Reporter } from '../../process/work.ts';
import { contestOf } from '../kernels/contest.ts';
import { timing } from '../peers/peer.ts';
import { distance } from './distance.ts';
import type { ProductsFigures, ProductsInput } from './input.ts';
import { type LinearMap, mapsOf } from './maps-of.ts';
import { startOnThreads } from './start-on-threads.ts';

/** Products in int8 may be as far from those in float32, as a share of the size of all. */
const allowed = 0.02;

/** The linear maps of an encoder's layer by weights in int8, beside the same in float32. */
export async function measureProducts(
  { seed, instructions, size, tokens, pace }: ProductsInput,
  reporter: Reporter,
): Promise<ProductsFigures> {
  const registration = await startOnThreads(instructions);
  await reporter.started();
  const key = createKey(seed).fold('products');
  const random = randomStream(key.fold('draws'));
  const works = Object.entries(mapsOf(size));
  const found: ProductsFigures['works'][number][] = [];
  for (const [at, [name, maps]] of works.entries()) {
    const sides: { readonly float32: Product; readonly int8: Product }[] = [];
    let error = 0;
    for (const [place, map] of maps.entries()) {
      const { float32, int8 } = await pairOf(map, tokens, (of) => key.fold(`${name} ${place} ${of}`));
      error = Math.max(error, distance(await numbersOf(int8), await numbersOf(float32)));
      sides.push({ float32, int8 });
    }
    if (!(error <= allowed)) throw new Error(`wrong answer: ${name} in int8 is ${error} from float32`);
    const timed = (of: 'float32' | 'int8'): Timed => ({ times: timing(async () => sides.forEach((side) => void side[of]().dispose())) });
    const rounds = await alternate([timed('float32'), timed('int8')], pace, 1, (done) =>
      reporter.progress({ done: (at + done) / works.length, label: name }),
    );
    const [base, head] = columnsOf(rounds, 2) as [number[], number[]];
    const contest = contestOf(base, head, random);
    found.push({ name, float32: contest.base, int8: contest.head, ratio: contest.ratio, error });
  }
  registration.unregister();
  return { kind: 'products', works: found, instructions: registration.instructions };
}

type Product = () => ReturnType<typeof applyLinear>;

async function pairOf(
  { width, out }: LinearMap,
  tokens: number,
  keyOf: (name: string) => ReturnType<typeof createKey>,
): Promise<{ readonly float32: Product; readonly int8: Product }> {
  const x = tensor3d(randomNormal(keyOf('x'), tokens * width), [1, tokens, width]);
  const weight = tensor2d(randomNormal(keyOf('weight'), out * width), [out, width]);
  const bias = tensor1d(randomNormal(keyOf('bias'), out));
  const packed = await packWeight(weight, 'int8');
  return { float32: () => applyLinear(x, weight, bias), int8: () => applyLinear(x, packed, bias) };
}

async function numbersOf(product: Product): Promise<Float32Array> {
  const out = product();
  const values = (await out.data()) as Float32Array;
  out.dispose();
  return values;
}
