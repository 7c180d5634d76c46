import { describe, expect, it } from 'vitest';
import type { Ending } from '../../../process/ending.ts';
import type { AdapterFigures, GpuFigures } from '../input.ts';
import { chosenAdapter } from './adapter-environment.ts';

const found = (isSoftware: boolean): Ending<GpuFigures> => {
  const adapter = { vendor: '', architecture: '', device: '', description: '' };
  const result: AdapterFigures = { kind: 'adapter', adapter, isSoftware, features: [], limits: {}, kernels: [], repairs: [] };
  return { kind: 'done', result };
};
const none: Ending<GpuFigures> = { kind: 'failed', error: 'WebGPU must find an adapter.' };

/** Has drivers of its own named: the same on machines with and without a software adapter. */
const named = { VK_ICD_FILENAMES: '/drivers/some.json' };

describe('chosenAdapter', () => {
  it('takes the graphics card where there is one, and says so', async () => {
    const { environment, isSoftware } = await chosenAdapter(undefined, {}, async () => found(false));
    expect(isSoftware).toBe(false);
    expect(environment).not.toHaveProperty('VK_ICD_FILENAMES');
  });

  it.each([
    ['a software adapter', found(true)],
    ['no adapter', none],
  ] as const)('takes the software adapter where the machine has %s', async (_, ending) => {
    const software = await chosenAdapter('software', {}, async () => ending);
    expect(await chosenAdapter(undefined, {}, async () => ending)).toEqual(software);
    expect(software.isSoftware).toBe(true);
  });

  it("does not look where the software adapter is asked for, and takes the machine's own where that is", async () => {
    let looked = 0;
    const look = async () => {
      looked++;
      return found(true);
    };
    await chosenAdapter('software', {}, look);
    expect(looked).toBe(0);
    const { environment, isSoftware } = await chosenAdapter('machine', {}, look);
    expect([looked, isSoftware]).toEqual([1, true]);
    expect(environment).not.toHaveProperty('VK_ICD_FILENAMES');
  });

  it('leaves the environment as it is where it names drivers', async () => {
    for (const choice of [undefined, 'machine', 'software'] as const) {
      expect((await chosenAdapter(choice, named, async () => found(false))).environment).toEqual({});
    }
  });
});
