import { spawnSync } from 'node:child_process';
import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { writeSafetensors } from '@longspan/core-tensor';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { main } from './main.ts';

interface Stored {
  readonly shape: readonly number[];
  readonly values: readonly number[];
  readonly dtype?: 'F32' | 'I32';
}

interface Written {
  readonly family: string;
  readonly config?: object;
  readonly tolerance?: object;
  readonly tensors: Readonly<Record<string, Stored>>;
}

let root: string;
let folder: string;
let folders = 0;

beforeAll(async () => {
  root = await mkdtemp(join(tmpdir(), 'parity with a space '));
});
afterAll(() => rm(root, { recursive: true }));
beforeEach(async () => {
  folder = join(root, `case ${folders++}`);
  await mkdir(folder);
});

function bytesOf(name: string, { family, config = {}, tolerance = { atol: 1e-5, rtol: 1e-4 }, tensors }: Written): Uint8Array {
  const entries = Object.entries(tensors).map(([tensor, { shape, values, dtype = 'F32' }]) => [
    tensor,
    { dtype, shape, values: dtype === 'I32' ? Int32Array.from(values) : Float32Array.from(values) },
  ]);
  return writeSafetensors({
    tensors: Object.fromEntries(entries),
    metadata: { family, case: name, config: JSON.stringify(config), tolerance: JSON.stringify(tolerance), source: 'by hand', notes: '[]' },
  });
}

const write = (name: string, written: Written): Promise<void> => writeFile(join(folder, `${name}.safetensors`), bytesOf(name, written));

/** Rows 2, 0, 2 of a table: the gradient of row 2 is the sum of two cotangents, that of row 1 is 0. */
const embedding = {
  family: 'ops.embeddingGradient',
  config: { num_embeddings: 3, embedding_dim: 2, padding_idx: null },
  tensors: {
    'param.weight': { shape: [3, 2], values: [1, 2, 3, 4, 5, 6] },
    'in.ids': { shape: [3], values: [2, 0, 2], dtype: 'I32' },
    'out.y': { shape: [3, 2], values: [5, 6, 1, 2, 5, 6] },
    'cot.y': { shape: [3, 2], values: [0.5, -1, 2, 3, 0.25, 4] },
    'grad.param.weight': { shape: [3, 2], values: [2, 3, 0, 0, 0.75, 3] },
  },
} as const satisfies Written;

/** Query 0 saw a key on the first side only; query 1 saw none at all. */
const merge = {
  family: 'attention.merge',
  tensors: {
    'in.o1': { shape: [1, 1, 2, 2], values: [3, -4, 0, 0] },
    'in.lse1': { shape: [1, 1, 2], values: [1.5, Number.NEGATIVE_INFINITY] },
    'in.o2': { shape: [1, 1, 2, 2], values: [0, 0, 0, 0] },
    'in.lse2': { shape: [1, 1, 2], values: [Number.NEGATIVE_INFINITY, Number.NEGATIVE_INFINITY] },
    'out.o': { shape: [1, 1, 2, 2], values: [3, -4, 0, 0] },
    'out.lse': { shape: [1, 1, 2], values: [1.5, Number.NEGATIVE_INFINITY] },
    'cot.o': { shape: [1, 1, 2, 2], values: [2, 7, 1, 1] },
    'cot.lse': { shape: [1, 1, 2], values: [-3, 0] },
    'grad.in.o1': { shape: [1, 1, 2, 2], values: [2, 7, 0, 0] },
    'grad.in.lse1': { shape: [1, 1, 2], values: [-3, 0] },
    'grad.in.o2': { shape: [1, 1, 2, 2], values: [0, 0, 0, 0] },
    'grad.in.lse2': { shape: [1, 1, 2], values: [0, 0] },
  },
} as const satisfies Written;

async function parity(...args: readonly string[]): Promise<{ code: number; lines: readonly string[]; complaint: string }> {
  const lines: string[] = [];
  const complaints: string[] = [];
  const code = await main(args, folder, { print: (line) => lines.push(line), complain: (line) => complaints.push(line) });
  return { code, lines, complaint: complaints.join('\n') };
}

const lineOf = (lines: readonly string[], name: string): string =>
  lines.find((line) => line.includes(` ${name} `)) ?? `no line for ${name}`;

describe('parity', () => {
  it.each([
    [['--backend', 'cpu'], "tfjs's kernels on cpu", 'reference'],
    [['--backend', 'wasm'], "tfjs's kernels on wasm", 'reference'],
    [['--backend', 'wasm', '--kernels', 'longspan'], "Longspan's kernels on wasm, [a-z0-9-]+, 1 thread", 'wasm-simd'],
    [['--backend', 'wasm', '--kernels', 'longspan', '--threads', '2'], "Longspan's kernels on wasm, [a-z0-9-]+, 2 threads", 'wasm-simd'],
  ])('outputs, gradients and infinities that agree pass with %j, which the first line says in words', async (args, place, kernels) => {
    await write('rows', embedding);
    await write('empty', merge);
    const { code, lines } = await parity('.', ...args);
    expect(lines[0]?.split('\n')[0]).toMatch(new RegExp(`^${place}$`));
    expect(lines.at(-1)).toBe('2 passed, 0 failed');
    expect(code).toBe(0);
    expect(lineOf(lines, 'rows')).toMatch(new RegExp(`^ops[.]embeddingGradient +rows +out[.]y +0 +1e-5 \\+ 1e-4[|]e[|] +${kernels} +ok$`));
  });

  it('every line says which kernels its operations ran on, forward and backward, and the run leaves the backend as it was', async () => {
    const golden = fileURLToPath(new URL('../golden/attention', import.meta.url));
    const attention = async (...args: readonly string[]): Promise<readonly unknown[]> => {
      const { lines } = await parity(golden, '--only', 'attention.scored', '--json', '--backend', 'wasm', ...args);
      const { cases, failed } = JSON.parse(lines.join('\n'));
      expect([cases.length, failed]).toEqual([14, 0]);
      return [...new Set(cases.map((one: { kernels: readonly string[] }) => one.kernels.join()))];
    };
    expect(await attention('--kernels', 'longspan')).toEqual(['wasm-simd']);
    expect(await attention()).toEqual(['reference']);
  });

  it('a wrong output fails with its name, the element and both values', async () => {
    const values = [5, 6, 1, 2.5, 5, 6];
    await write('wrong', { ...embedding, tensors: { ...embedding.tensors, 'out.y': { shape: [3, 2], values } } });
    const { code, lines } = await parity('.');
    expect(code).toBe(1);
    expect(lines.at(-1)).toBe('0 passed, 1 failed');
    expect(lineOf(lines, 'wrong')).toMatch(/ out[.]y +5[.]0e-1 .* MISS {2}\[1, 1\] is 2, expected 2[.]5$/);
  });

  it('a wrong gradient fails with its name', async () => {
    const values = [2, 3, 0, 0.1, 0.75, 3];
    await write('wrong', { ...embedding, tensors: { ...embedding.tensors, 'grad.param.weight': { shape: [3, 2], values } } });
    const { code, lines } = await parity('.');
    expect(code).toBe(1);
    expect(lineOf(lines, 'wrong')).toMatch(/ grad[.]param[.]weight .* MISS {2}\[1, 1\] is 0, expected 0[.]1/);
  });

  it.each([
    ['NaN in the reference', { 'out.y': { shape: [3, 2], values: [5, 6, 1, Number.NaN, 5, 6] } }, 'is 2, expected NaN'],
    [
      'NaN on both sides',
      {
        'param.weight': { shape: [3, 2], values: [1, Number.NaN, 3, 4, 5, 6] },
        'out.y': { shape: [3, 2], values: [5, 6, 1, Number.NaN, 5, 6] },
      },
      'is NaN, expected NaN',
    ],
    [
      'an infinity of ours',
      { 'param.weight': { shape: [3, 2], values: [1, Number.POSITIVE_INFINITY, 3, 4, 5, 6] } },
      'is Infinity, expected 2',
    ],
    ['a shape that differs', { 'out.y': { shape: [6], values: [5, 6, 1, 2, 5, 6] } }, 'MISS  has the shape [3, 2], expected [6]'],
    ['an output that we do not have', { 'out.z': { shape: [1], values: [1] } }, 'is not among the outputs of this family'],
    [
      'a gradient that reaches nothing',
      { 'in.x': { shape: [1], values: [1] }, 'grad.in.x': { shape: [1], values: [0] } },
      'no gradient reaches in.x',
    ],
    ['a gradient of no input', { 'grad.in.x': { shape: [1], values: [0] } }, 'the fixture must have the tensor in.x'],
    [
      'a cotangent of another shape',
      { 'cot.y': { shape: [6], values: [1, 1, 1, 1, 1, 1] } },
      'cot.y must have the shape [3, 2] of the output, got [6]',
    ],
  ] as const)('%s fails', async (_, tensors, problem) => {
    await write('odd', { ...embedding, tensors: { ...embedding.tensors, ...tensors } });
    const { code, lines } = await parity('.');
    expect(code).toBe(1);
    expect(lineOf(lines, 'odd')).toContain(problem);
  });

  it('a missing input, a missing setting and a broken tolerance fail in words, and the other cases go on', async () => {
    const { 'in.ids': _, ...withoutIds } = embedding.tensors;
    await write('no-ids', { ...embedding, tensors: withoutIds });
    await write('no-width', { ...embedding, config: { num_embeddings: 3 } });
    await write('no-tolerance', { ...embedding, tolerance: { atol: 'small', rtol: 0 } });
    await write('sound', embedding);
    const { code, lines } = await parity('.');
    expect(code).toBe(1);
    expect(lines.at(-1)).toBe('1 passed, 3 failed');
    expect(lineOf(lines, 'no-ids')).toContain('MISS  the fixture must have the tensor in.ids');
    expect(lineOf(lines, 'no-width')).toContain('MISS  config must have embedding_dim');
    expect(lineOf(lines, 'no-tolerance')).toContain('MISS  tolerance.atol must be a number, got "small"');
  });

  it('an unknown family fails, with its name', async () => {
    await write('strange', { ...embedding, family: 'attention.telepathic' });
    const { code, lines } = await parity('.');
    expect(code).toBe(1);
    expect(lineOf(lines, 'strange')).toContain('the family must be one that is replayed or known to come later: attention.telepathic');
    expect(lines.at(-1)).toBe('0 passed, 1 failed');
  });

  it('a truncated file, an empty one and broken JSON are failed cases', async () => {
    await writeFile(join(folder, 'cut.safetensors'), bytesOf('cut', embedding).slice(0, -8));
    await writeFile(join(folder, 'empty.safetensors'), '');
    await writeFile(join(folder, 'half.json'), '{"family": "metrics');
    await write('sound', embedding);
    const { code, lines } = await parity('.');
    expect(code).toBe(1);
    expect(lines.at(-1)).toBe('1 passed, 3 failed');
    for (const name of ['cut.safetensors', 'empty.safetensors', 'half.json']) expect(lineOf(lines, name)).toMatch(/MISS {2}\w/);
  });

  it('families of packages to come are counted apart, each with its package; other files are no cases', async () => {
    await mkdir(join(folder, 'deep'));
    await write('deep/answers', { ...embedding, family: 'checkpoint.answers' });
    await write('deep/more-answers', { ...embedding, family: 'checkpoint.answers' });
    await write('words', { ...embedding, family: 'real.words' });
    await writeFile(join(folder, 'entities.json'), JSON.stringify({ family: 'checkpoint.entities', case: 'entities', rows: [{}] }));
    await writeFile(join(folder, 'config.json'), JSON.stringify({ architectures: ['Longformer'] }));
    await writeFile(join(folder, 'model.safetensors'), writeSafetensors({ tensors: {}, metadata: { format: 'pt' } }));
    await write('sound', embedding);
    const { code, lines } = await parity('.');
    expect(code).toBe(0);
    expect(lines.slice(-4)).toEqual([
      'skipped  checkpoint.answers   2  comes with @longspan/models/text',
      'skipped  checkpoint.entities  1  comes with @longspan/models/text',
      'skipped  real.words           1  comes with pnpm check:real, which fetches weights',
      '1 passed, 0 failed, 4 skipped',
    ]);
  });

  it('cases of lists are compared value by value, the texts among them', async () => {
    const answers = (expected: object) => ({
      family: 'metrics.squad',
      case: 'answers',
      cases: [{ inputs: { prediction: 'The cat', answers: ['cat'] }, expected }],
    });
    const written = {
      right: { normalized: 'cat', exact: 1, f1: 1 },
      number: { f1: 0.5 },
      text: { normalized: 'Cat' },
      name: { recall: 1 },
    };
    for (const [name, expected] of Object.entries(written)) {
      await writeFile(join(folder, `${name}.json`), JSON.stringify({ ...answers(expected), case: name }));
    }
    await writeFile(join(folder, 'none.json'), JSON.stringify({ ...answers({}), case: 'none', cases: [] }));
    const { code, lines } = await parity('.');
    expect(code).toBe(1);
    expect(lines.at(-1)).toBe('1 passed, 4 failed');
    expect(lineOf(lines, 'right')).toMatch(/ ok$/);
    expect(lineOf(lines, 'number')).toContain('MISS  [0] is 1, expected 0.5');
    expect(lineOf(lines, 'text')).toContain('MISS  is "cat", expected "Cat"');
    expect(lineOf(lines, 'name')).toContain('MISS  is not among the values of this family');
    expect(lineOf(lines, 'none')).toContain('MISS  the fixture must have cases to compare with');
  });

  it('--json is one object with the same counts, and infinite errors as text', async () => {
    await write('sound', embedding);
    await write('strange', { ...embedding, family: 'attention.telepathic' });
    await write('nan', {
      ...embedding,
      tensors: { ...embedding.tensors, 'out.y': { shape: [3, 2], values: [5, 6, 1, Number.NaN, 5, 6] } },
    });
    await write('later', { ...embedding, family: 'checkpoint.answers' });
    const { code, lines } = await parity('.', '--json');
    const report = JSON.parse(lines.join('\n'));
    expect(code).toBe(1);
    expect({ ...report, cases: undefined, skippedFamilies: undefined }).toEqual({
      backend: 'cpu',
      kernels: 'reference',
      threads: 1,
      place: "tfjs's kernels on cpu",
      passed: 1,
      failed: 2,
      skipped: 1,
    });
    expect(
      report.cases.map((one: { case: string; ok: boolean; tensor?: string; error?: unknown }) => [one.case, one.ok, one.tensor, one.error]),
    ).toEqual([
      ['nan', false, 'out.y', 'NaN'],
      ['sound', true, 'out.y', 0],
      ['strange', false, undefined, undefined],
    ]);
    expect(report.skippedFamilies).toEqual([{ family: 'checkpoint.answers', count: 1, package: '@longspan/models/text' }]);
  });

  it('--only keeps the cases with the text in family, name or path; none is an error', async () => {
    await write('sound', embedding);
    await write('empty', merge);
    expect((await parity('.', '--only', 'merge')).lines.at(-1)).toBe('1 passed, 0 failed');
    const none = await parity('.', '--only', 'nowhere');
    expect([none.code, none.complaint]).toEqual([
      1,
      'parity: --only must name at least one case.\n' +
        '  expected  a text in the family, the name or the path of one of 2 cases\n' +
        '  got       "nowhere"\n' +
        '  remedy    take a part of a name in the table that is printed without --only.',
    ]);
  });

  it('a directory that is not there, or holds no fixture, is an error of its own', async () => {
    const absent = await parity('not there');
    expect([absent.code, absent.complaint]).toEqual([
      1,
      'parity: the path must exist.\n' +
        '  expected  a directory with fixtures (*.safetensors, *.json) below it, or one fixture\n' +
        `  got       ${join(folder, 'not there')}, which does not exist\n` +
        '  remedy    check the path, which starts from where the command was typed; without one, tooling/golden is replayed.',
    ]);
    const bare = await parity('.');
    expect([bare.code, bare.complaint]).toEqual([
      1,
      'parity: the paths must hold at least one fixture.\n' +
        '  expected  files *.safetensors or *.json whose metadata names a family, as tooling/golden/README.md says\n' +
        `  got       none in ${folder}\n` +
        '  remedy    give the directory that holds the fixtures; those below it are found.',
    ]);
  });

  it.each([
    [['--backend', 'abacus']],
    [['--kernels', 'longspan']],
    [['--threads', '2']],
    [['--backend', 'wasm', '--kernels', 'longspan', '--threads', '0']],
    [['--backend', 'wasm', '--kernels', 'fast']],
    [['--loud']],
    [['--only']],
  ])('wrong usage, %j, exits with 2 and says how it is used', async (args) => {
    const { code, lines, complaint } = await parity(...args);
    expect([code, lines]).toEqual([2, []]);
    expect(complaint).toContain('pnpm parity [directory...]');
  });

  it('a mask whose dense form is not the stored one fails, though the outputs agree', async () => {
    const golden = fileURLToPath(new URL('../golden/attention/masked_causal.safetensors', import.meta.url));
    const bytes = await readFile(golden);
    await writeFile(join(folder, 'sound.safetensors'), bytes);
    const header = bytes.subarray(8, 8 + Number(bytes.readBigUInt64LE(0))).toString();
    const [start] = JSON.parse(header)['in.allowed'].data_offsets;
    bytes.writeInt32LE(0, 8 + Buffer.byteLength(header) + start);
    await writeFile(join(folder, 'touched.safetensors'), bytes);
    const { code, lines } = await parity('.');
    expect(code).toBe(1);
    expect(lines.filter((line) => line.endsWith('ok')).length).toBe(1);
    expect(lines.find((line) => line.includes('MISS'))).toMatch(
      / in[.]allowed +1[.]0e\+0 +exact +reference +MISS {2}\[0, 0\] is 1, expected 0$/,
    );
  });

  it('the command finds directories from where it was typed and exits with the code', async () => {
    await write('sound', embedding);
    await write('strange', { ...embedding, family: 'attention.telepathic' });
    const cli = fileURLToPath(new URL('./cli.ts', import.meta.url));
    const { status, stdout, stderr } = spawnSync(process.execPath, ['--import', 'tsx', '--conditions=@longspan/source', cli, '.'], {
      cwd: fileURLToPath(new URL('../..', import.meta.url)),
      env: { ...process.env, INIT_CWD: folder },
      encoding: 'utf8',
    });
    expect([status, stderr]).toEqual([1, '']);
    expect(stdout.trimEnd().split('\n').at(-1)).toBe('1 passed, 1 failed');
  });
});
