import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest';
import { root } from '../published/packages.ts';
import { type EmptyProject, emptyProject } from './empty-project.ts';
import { program } from './program.ts';

const tfjs = (name: string): string => `@tensorflow/${name}@4.22.0`;
const ours = (...names: readonly string[]): readonly string[] => names.map((name) => inject('tarballs')[`@longspan/${name}`] as string);
const attention = (): readonly string[] => ours('attention-sparse', 'core-tensor');

/** The tests of one empty project, with these packages and no others. */
function inProject(
  label: string,
  packages: () => readonly string[],
  tests: (project: () => EmptyProject) => void,
  options: readonly string[] = [],
): void {
  describe(`in a project with ${label}`, () => {
    let project: EmptyProject | undefined;
    beforeAll(async () => {
      project = await emptyProject(packages(), options);
    });
    afterAll(() => project?.remove());
    tests(() => project as EmptyProject);
  });
}

const answer = { out: [1, 1.5, 2, 2.5], mass: [1, 2, 3, 4] };

function expectAnswer(stdout: string): void {
  const { out, mass } = JSON.parse(stdout) as typeof answer;
  out.forEach((value, at) => void expect(value).toBeCloseTo(answer.out[at] as number, 5));
  mass.forEach((value, at) => void expect(value).toBeCloseTo(answer.mass[at] as number, 4));
  expect([out.length, mass.length]).toEqual([4, 4]);
}

inProject(
  'attention-sparse, tfjs-core and the cpu backend',
  () => [...attention(), tfjs('tfjs-core'), tfjs('tfjs-backend-cpu')],
  (project) => {
    it('attention runs forward and prints nothing of its own', async () => {
      const { code, stdout, stderr } = await project().run('forward-on-cpu.mjs');
      expect([code, stderr]).toEqual([0, '']);
      expectAnswer(stdout);
    });

    it('a gradient is refused with what to import', async () => {
      const { stdout } = await project().run('no-gradients.mjs');
      expect(stdout).toBe(
        "BlockSparseAttention: tfjs's gradients must be registered for training.\n" +
          "  expected  '@tensorflow/tfjs' (or '@tensorflow/tfjs-layers') imported once, which registers them\n" +
          '  got       @tensorflow/tfjs-core alone\n' +
          "  remedy    npm install @tensorflow/tfjs, and import '@tensorflow/tfjs' before the first gradient.\n",
      );
    });

    it('paths that are not entries cannot be reached', async () => {
      const { stdout } = await project().run('closed-paths.mjs');
      expect(new Set(Object.values(JSON.parse(stdout) as Record<string, string>))).toEqual(new Set(['ERR_PACKAGE_PATH_NOT_EXPORTED']));
    });

    it('nothing else of tfjs was installed', () => {
      const there = ['tfjs', 'tfjs-layers', 'tfjs-backend-wasm'].filter((name) =>
        existsSync(join(project().folder, 'node_modules/@tensorflow', name)),
      );
      expect(there).toEqual([]);
    });
  },
);

inProject(
  'attention-sparse, tfjs-core and the wasm backend',
  () => [...attention(), tfjs('tfjs-core'), tfjs('tfjs-backend-wasm')],
  (project) => {
    it('attention runs forward and prints nothing of its own', async () => {
      const { code, stdout, stderr } = await project().run('forward-on-wasm.mjs');
      expect([code, stderr]).toEqual([0, '']);
      expectAnswer(stdout);
    });
  },
);

inProject(
  'attention-sparse and @tensorflow/tfjs',
  () => [...attention(), tfjs('tfjs')],
  (project) => {
    const types = (file: string) =>
      program(
        process.execPath,
        [
          join(root, 'node_modules/typescript/bin/tsc'),
          ...[
            file,
            '--ignoreConfig',
            '--noEmit',
            '--strict',
            '--skipLibCheck',
            '--types',
            '',
            '--target',
            'es2022',
            '--module',
            'nodenext',
          ],
        ],
        project().folder,
      );

    it('the gradients equal those of stock operations', async () => {
      const { stdout, stderr } = await project().run('gradient.mjs');
      expect(stderr).toBe('');
      const { errors, sizes } = JSON.parse(stdout) as { errors: readonly number[]; sizes: readonly number[] };
      expect(errors).toHaveLength(3);
      errors.forEach((error) => void expect(error).toBeLessThan(1e-5));
      sizes.forEach((size) => void expect(size).toBeGreaterThan(0.05));
    });

    it('TypeScript accepts right code', async () => {
      expect(await types('right.ts')).toEqual({ code: 0, stdout: '', stderr: '' });
    });

    it('TypeScript refuses a misspelt option and an unknown one', async () => {
      const { stdout } = await types('wrong.ts');
      expect(stdout).toMatch(/wrong\.ts\(5,.*'maks'/);
      expect(stdout).toMatch(/wrong\.ts\(6,.*'windowSize'/);
    });
  },
);

inProject(
  'wasm-backend, attention-sparse, @tensorflow/tfjs and its wasm backend',
  () => [...ours('wasm-backend'), ...attention(), tfjs('tfjs'), tfjs('tfjs-backend-wasm')],
  (project) => {
    it('attention and its gradients run on our kernels in plain node, print nothing of their own, and the process ends by itself', async () => {
      const { code, stdout, stderr } = await project().run('our-kernels.mjs');
      expect([code, stderr]).toEqual([0, '']);
      const { kernel, instructions, errors, sizes } = JSON.parse(stdout) as {
        readonly kernel: string;
        readonly instructions: string;
        readonly errors: readonly number[];
        readonly sizes: readonly number[];
      };
      expect(kernel).toBe('wasm-simd');
      expect(instructions).toMatch(/^(simd128|relaxed-simd)$/);
      expect(errors).toHaveLength(4);
      for (const error of errors) expect(error).toBeLessThan(2e-5);
      for (const size of sizes) expect(size).toBeGreaterThan(0.5);
    });
  },
);

inProject(
  'attention-sparse and no tfjs at all',
  attention,
  (project) => {
    it('masks, layouts, costs, drawings and reach work', async () => {
      expect(existsSync(join(project().folder, 'node_modules/@tensorflow'))).toBe(false);
      const { stdout, stderr } = await project().run('mask-alone.mjs');
      expect(stderr).toBe('');
      expect(JSON.parse(stdout)).toEqual({
        name: 'slidingWindow({ left: 2, right: 0 }).and(causal())',
        seen: [true, true, true, false],
        drawn: '█···\n██··\n███·\n·███',
        blocks: 7,
        pairs: 765,
        reached: 3,
      });
    });

    it('errors work', async () => {
      const { stdout } = await project().run('error-alone.mjs');
      expect(stdout).toBe('ConfigError\nhere: it must fit.\n  expected  1\n  got       2\n  remedy    give 1.\n');
    });
  },
  ['--legacy-peer-deps'], // else npm adds the peer
);
