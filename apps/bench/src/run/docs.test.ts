import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { someMachine } from '../../test/some-run.ts';
import { folders, squares, told } from '../../test/told-run.ts';
import { runExperiment } from './run-experiment.ts';

const { top, request, written } = folders();

describe('--docs', () => {
  const [begin, end] = ['<!-- pnpm bench squares --docs writes from here -->', '<!-- pnpm bench squares --docs writes to here -->'];
  const pageWith = (text: string): string => {
    const path = join(top, 'squares.md');
    writeFileSync(path, text);
    return path;
  };

  it('puts command, commit, headline and tables between the marks of the page, again and again, and touches nothing else', async () => {
    const docs = pageWith(`# Squares\n\n${begin}\nold figures\n${end}\n\n## Cost\n`);
    for (const place of ['first', 'second']) expect(await runExperiment(request(place, { docs }), told({}).world)).toBe('complete');
    const { cpu, cores, node, commit } = someMachine;
    expect(readFileSync(docs, 'utf8')).toBe(`# Squares

${begin}

Measured with \`pnpm bench squares --seed 1\` at commit ${commit.slice(0, 7)} with uncommitted changes (${cpu}, ${cores} cores, Node ${node}, ${written('second').started.slice(0, 10)}).

- 3 squares are known.

**Squares.** Computed, | not measured.

| number | square |
| --- | --- |
| small | 4 |
| middle | 9 |
| large | 16 |

${end}

## Cost
`);
  });

  it('has a place of its own for each choice: neither figures nor paths of another are written there', async () => {
    const experiment = {
      ...squares,
      flags: [
        { name: 'build', value: 'kind', about: '', choices: ['plain', 'fused'] },
        { name: 'python', value: 'path', about: '' },
      ],
    };
    const marks = ['from', 'to'].map((way) => `<!-- pnpm bench squares --build plain --docs writes ${way} here -->`);
    const docs = pageWith(`${begin}\nof the default\n${end}\n${marks.join('')}`);
    const { options, ...rest } = request('chosen', { docs, experiment });
    const chosen = { ...rest, options: { ...options, flags: { build: 'plain', python: '/bin/python3' } } };
    expect(await runExperiment(chosen, told({}).world)).toBe('complete');
    const written = readFileSync(docs, 'utf8');
    expect(
      written.startsWith(
        `${begin}\nof the default\n${end}\n${marks[0]}\n\nMeasured with \`pnpm bench squares --seed 1 --build plain --python PATH\``,
      ),
    ).toBe(true);
    expect(written.endsWith(marks[1] as string)).toBe(true);
  });

  it('writes the named tables only', async () => {
    const docs = pageWith(`${begin}${end}`);
    const experiment = { ...squares, docs: ['Cubes'] };
    await runExperiment(request('named', { docs, experiment }), told({}).world);
    expect(readFileSync(docs, 'utf8')).not.toContain('number');
  });

  it('leaves the page as it is after a run that is not whole, and says so', async () => {
    const docs = pageWith(`${begin}\nold figures\n${end}`);
    const { world, said } = told({ small: { kind: 'failed', error: 'no' } });
    expect(await runExperiment(request('not-whole', { docs }), world)).toBe('failed');
    expect(readFileSync(docs, 'utf8')).toBe(`${begin}\nold figures\n${end}`);
    expect(said).toContain(`${docs} was left as it is: the run is not whole.`);
  });

  it('refuses a page without the marks before anything is measured', async () => {
    const docs = pageWith(`${end}\n${begin}`);
    const { world, asked } = told({});
    await expect(
      runExperiment(request('unmarked', { docs }), world),
    ).rejects.toThrow(`bench squares --docs: the page must say where the figures go.
  expected  the lines ${begin} and ${end}, in this order
  got       ${docs}, without the second after the first
  remedy    put both lines where the figures belong.`);
    expect(asked).toEqual([]);
  });
});
