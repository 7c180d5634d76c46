import { existsSync, readdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseHTML } from 'linkedom';
import { describe, expect, it } from 'vitest';
import { folders, names, squares, told } from '../../test/told-run.ts';
import type { Experiment, Findings, Point } from './experiment.ts';
import { type ExperimentRequest, runExperiment, type World } from './run-experiment.ts';

const { top, request, written, outcomes } = folders();

describe('the folder of a run', () => {
  it('is refused to a second run until the first has ended', async () => {
    let goOn = (): void => {};
    const rest = new Promise<void>((done) => {
      goOn = done;
    });
    const first = told({});
    let begin = (): void => {};
    const begun = new Promise<void>((done) => {
      begin = done;
    });
    const measure = async (...args: Parameters<World['measure']>) => {
      begin();
      await rest;
      return first.world.measure(...args);
    };
    const running = runExperiment(request('shared'), { ...first.world, measure });
    await begun; // it measures: the folder is its own
    const second = told({});
    await expect(runExperiment(request('shared'), second.world)).rejects.toThrow(`bench: one run at a time may write to a folder.
  expected  a folder that no run writes to
  got       ${join(top, 'shared')}, which another run is writing to
  remedy    wait for its end (ten seconds after it was killed), or give another folder by --out.`);
    expect(second.asked).toEqual([]);
    goOn();
    expect(await running).toBe('complete');
    expect(await runExperiment(request('shared'), second.world)).toBe('complete');
  });

  it('is tried before anything is measured', async () => {
    writeFileSync(join(top, 'a-file'), '');
    const { world, asked } = told({});
    await expect(runExperiment(request('a-file'), world)).rejects.toThrow('bench: the report must have a place to be written.');
    await expect(runExperiment(request('fine', { json: join(top, 'a-file', 'copy.json') }), world)).rejects.toThrow(
      'a part of the path is a file',
    );
    expect(asked).toEqual([]);
  });
});

describe('runExperiment', () => {
  it('measures every point in order and writes tables, plots and headline in all three forms', async () => {
    const { world, asked } = told({});
    expect(await runExperiment(request('whole', { json: join(top, 'deep', 'copy.json') }), world)).toBe('complete');
    expect(asked).toEqual(names);
    expect(written('whole')).toMatchObject({ status: 'complete', missing: [], headline: ['3 squares are known.'] });
    expect(readFileSync(join(top, 'deep', 'copy.json'), 'utf8')).toBe(readFileSync(join(top, 'whole', 'results.json'), 'utf8'));
    expect(readFileSync(join(top, 'whole', 'results.md'), 'utf8')).toContain('| number | square |\n| --- | --- |\n| small | 4 |');
    const { document } = parseHTML(readFileSync(join(top, 'whole', 'report.html'), 'utf8'));
    expect(document.querySelector('caption')?.textContent).toBe('Computed, | not measured.');
    expect([...document.querySelectorAll('tbody td')].map(({ textContent }) => textContent)).toEqual(['4', '9', '16']);
    expect(document.querySelector('svg')?.getAttribute('aria-description')).toBe('square: 16 at 2');
  });

  it('keeps the other points where one fails, names its error everywhere and ends as failed', async () => {
    const { world } = told({ small: { kind: 'failed', error: 'Error: out of <paper>' } });
    expect(await runExperiment(request('failing'), world)).toBe('failed');
    expect(outcomes('failing')).toEqual([
      ['small', 'failed'],
      ['middle', 'done'],
      ['large', 'done'],
    ]);
    expect(written('failing')).toMatchObject({ status: 'partial', missing: ['small failed: Error: out of <paper>'] });
    const { document } = parseHTML(readFileSync(join(top, 'failing', 'report.html'), 'utf8'));
    expect(document.querySelector('tbody td')?.textContent).toBe('failed: Error: out of <paper>');
    expect(document.querySelector('[role=status]')?.textContent).toBe('This report is partial. small failed: Error: out of <paper>.');
  });

  it('takes the failure of a point that may fail for a finding', async () => {
    const { world } = told({ large: { kind: 'failed', error: 'no' } });
    expect(await runExperiment(request('allowed'), world)).toBe('complete');
    expect(written('allowed')).toMatchObject({ status: 'complete', missing: [] });
  });

  it('does not try what the experiment says need not be tried, and says why', async () => {
    const { world, asked } = told({ small: { kind: 'over', budgetSeconds: 5 } });
    expect(await runExperiment(request('skipping'), world)).toBe('complete');
    expect(asked).toEqual(['small']);
    expect(written('skipping').tables[0]?.rows).toEqual([
      ['small', 'over its 5 s budget'],
      ['middle', 'not tried: a smaller one took too long'],
      ['large', 'not tried: a smaller one took too long'],
    ]);
  });

  it('shows an experiment what came before a point only, so that a resumed run skips the same', async () => {
    const seen: string[][] = [];
    const skip = (_: Point<number>, { outcomes }: Findings<number>): undefined => void seen.push(outcomes.map(({ point }) => point));
    const experiment = { ...squares, skip };
    await runExperiment(request('before', { experiment }), told({ small: { kind: 'failed', error: 'no' } }).world);
    await runExperiment(request('before', { experiment, isResumed: true }), told({}).world);
    expect(seen).toEqual([[], ['small'], ['small', 'middle'], []]);
  });

  it("finds the environment of its processes out once, before the first point; a point's own comes first", async () => {
    const { world } = told({});
    const given: unknown[] = [];
    const measure = (...args: Parameters<World['measure']>) => {
      given.push(args[1].environment);
      return world.measure(...args);
    };
    let asked = 0;
    const environment = async () => {
      asked++;
      return { LOADER: 'here', DRIVER: 'usual' };
    };
    const points: typeof squares.points = (options) =>
      squares.points(options).map((point, at) => (at === 1 ? { ...point, environment: { DRIVER: 'own' } } : point));
    await runExperiment(request('surrounded', { experiment: { ...squares, points, environment } }), { ...world, measure });
    const usual = { LOADER: 'here', DRIVER: 'usual' };
    expect([asked, ...given]).toEqual([1, usual, { LOADER: 'here', DRIVER: 'own' }, usual]);
  });

  it('says the news of a point as soon as it is in', async () => {
    const { world, said } = told({ middle: { kind: 'failed', error: 'no' } });
    const news = ({ outcomes }: Findings<number>, point: string): string[] => [`${point}: ${outcomes.length} of 3`];
    await runExperiment(request('news', { experiment: { ...squares, news } }), world);
    expect(said.slice(1, 4)).toEqual(['small: 1 of 3', 'middle failed: no', 'large: 3 of 3']);
  });

  it('ends as failed where the experiment finds a fault in what was measured', async () => {
    const experiment = { ...squares, faults: ({ outcomes }: Findings<number>) => (outcomes.length === 3 ? ['nine is no square'] : []) };
    expect(await runExperiment(request('fault', { experiment }), told({}).world)).toBe('failed');
    expect(written('fault')).toMatchObject({ status: 'partial', missing: ['nine is no square'] });
  });

  it('names what is missing by the parts of the run', async () => {
    const parts = (name: string): string => (name === 'large' ? 'big' : 'rest');
    const experiment = { ...squares, points: () => squares.points(request('').options).map((one) => ({ ...one, part: parts(one.name) })) };
    const options = { seed: 1, full: false, flags: {}, only: 'small' };
    await runExperiment(request('parts', { experiment, options }), told({}).world);
    expect(written('parts').missing).toEqual([
      'rest: 1 of 2 points were not measured (--only "small")',
      'big: 1 of 1 points were not measured (--only "small")',
    ]);
  });

  it('passes an error on that is no interruption, with what was measured before it kept', async () => {
    const broken = told({
      middle: () => {
        throw new Error('fork failed');
      },
    });
    await expect(runExperiment(request('broken'), broken.world)).rejects.toThrow('fork failed');
    expect(outcomes('broken')).toEqual([['small', 'done']]);
  });

  // A device that refuses bytes as a full disk does, under the name of the file aside.
  it.runIf(existsSync('/dev/full'))(
    'on a disk that fills says so, keeps what was written before, and is continued once there is room',
    async () => {
      const file = join(top, 'full', 'results.json');
      const filling = told({
        middle: () => {
          symlinkSync('/dev/full', `${file}.${process.pid}.part`);
        },
      });
      await expect(runExperiment(request('full'), filling.world)).rejects.toThrow(`bench: the report must have a place to be written.
  expected  a folder that takes files
  got       ${file}: the disk is full
  remedy    free space on it; what was measured before is kept, and the same command with --resume goes on from there.`);
      expect(outcomes('full')).toEqual([['small', 'done']]);
      expect(readdirSync(join(top, 'full')).sort()).toEqual(['report.html', 'results.json', 'results.md']);

      const second = told({});
      expect(await runExperiment(request('full', { isResumed: true }), second.world)).toBe('complete');
      expect(second.asked).toEqual(['middle', 'large']);
      expect(outcomes('full').map(([point]) => point)).toEqual(names);
    },
  );

  it('refuses two points of one name', async () => {
    const both = { ...squares, points: () => [...squares.points(request('').options), { name: 'small', input: 1 }] };
    await expect(runExperiment(request('two-of-one-name', { experiment: both }), told({}).world)).rejects.toThrow(
      'two points have the name "small"',
    );
  });
});

/** A run that is interrupted while it measures the middle point. */
async function interrupt(place: string): Promise<void> {
  const stop = new AbortController();
  const first = told({
    middle: () => {
      stop.abort();
      throw stop.signal.reason;
    },
  });
  expect(await runExperiment(request(place, { signal: stop.signal }), first.world)).toBe('interrupted');
}

describe('an interrupted run', () => {
  it('keeps what is there, and is continued with the points that are missing', async () => {
    await interrupt('stopped');
    expect(written('stopped')).toMatchObject({ status: 'partial', missing: ['2 of 3 points were not measured'] });
    const before = written('stopped');

    const second = told({});
    expect(await runExperiment(request('stopped', { isResumed: true }), second.world)).toBe('complete');
    expect(second.asked).toEqual(['middle', 'large']);
    const after = written('stopped');
    expect(after.started).toBe(before.started);
    expect(after.outcomes[0]).toEqual(before.outcomes[0]);
    expect(after.seconds).toBeGreaterThanOrEqual(before.seconds);
  });

  it('tries failed points again', async () => {
    await runExperiment(request('mended'), told({ middle: { kind: 'failed', error: 'no' } }).world);
    const second = told({});
    expect(await runExperiment(request('mended', { isResumed: true }), second.world)).toBe('complete');
    expect(second.asked).toEqual(['middle']);
  });

  it('is not continued with other options or sources, which are named', async () => {
    await interrupt('other');
    const flags = { sign: '-' } as const;
    const other = request('other', { isResumed: true, options: { seed: 2, full: true, flags } });
    await expect(runExperiment(other, told({}, 'bbbb').world)).rejects.toThrow(
      `bench --resume: the interrupted run was another one.
  expected  --seed 1, --full false, --sign unset, the sources aaaa
  got       --seed 2, --full true, --sign -, the sources bbbb`,
    );
  });
});

it('is not continued over results of another type than the experiment measures', async () => {
  await interrupt('edited');
  const file = join(top, 'edited', 'results.json');
  writeFileSync(file, readFileSync(file, 'utf8').replace(/"result": \d+/, '"result": null'));
  const edited = readFileSync(file, 'utf8');
  expect(edited).toContain('"result": null');
  const experiment: typeof squares = {
    ...squares,
    headline: ({ outcomes }) => outcomes.map(({ ending }) => (ending.kind === 'done' ? ending.result.toFixed(0) : ending.kind)),
  };
  await expect(runExperiment(request('edited', { experiment, isResumed: true }), told({}).world)).rejects.toThrow(
    'bench --resume: results.json holds a result that these sources did not write.',
  );
  expect(readFileSync(file, 'utf8')).toBe(edited);
});

describe('--only', () => {
  const only = (text: string, change: Partial<ExperimentRequest> = {}): Partial<ExperimentRequest> => ({
    options: { seed: 1, full: false, flags: {}, only: text },
    ...change,
  });

  it('measures the points with that in their names, in any letters, and says of the others that they were not', async () => {
    const { world, asked } = told({});
    expect(await runExperiment(request('some', only('L')), world)).toBe('complete');
    expect(asked).toEqual(['small', 'middle', 'large']);
    const second = told({});
    expect(await runExperiment(request('one', only('MALL')), second.world)).toBe('complete');
    expect(second.asked).toEqual(['small']);
    expect(written('one')).toMatchObject({ status: 'partial', missing: ['2 of 3 points were not measured (--only "MALL")'] });
    expect(written('one').tables[0]?.rows).toEqual([
      ['small', '4'],
      ['middle', 'not measured'],
      ['large', 'not measured'],
    ]);
    expect(readFileSync(join(top, 'one', 'results.md'), 'utf8')).toContain('pnpm bench squares --seed 1 --only MALL');
  });

  it('measures what those points need before them', async () => {
    const needing: Experiment<number, number> = {
      ...squares,
      points: (options) => squares.points(options).map((point) => (point.name === 'large' ? { ...point, needs: 'small' } : point)),
    };
    const { world, asked } = told({});
    await runExperiment(request('needing', { ...only('large'), experiment: needing }), world);
    expect(asked).toEqual(['small', 'large']);
  });

  it('is added to by --resume, with another part or with all', async () => {
    await runExperiment(request('adding', only('middle')), told({}).world);
    const more = told({});
    await runExperiment(request('adding', only('large', { isResumed: true })), more.world);
    expect(more.asked).toEqual(['large']);
    const all = told({});
    expect(await runExperiment(request('adding', { isResumed: true }), all.world)).toBe('complete');
    expect(all.asked).toEqual(['small']);
    expect(written('adding')).toMatchObject({ status: 'complete', missing: [], options: { seed: 1, full: false, flags: {} } });
  });

  it('refuses a part that no name has, and --docs, before anything is measured', async () => {
    const { world, asked } = told({});
    await expect(
      runExperiment(request('none', only('huge')), world),
    ).rejects.toThrow(`bench squares --only: at least one point must have that in its name.
  expected  a part of: small; middle; large
  got       huge
  remedy    give a part of one of these names.`);
    await expect(runExperiment(request('none', only('small', { docs: 'squares.md' })), world)).rejects.toThrow(
      `bench squares --only: the documentation takes the figures of a whole run only.
  expected  --only or --docs
  got       both
  remedy    leave --only out, or take --resume --docs once all points are measured.`,
    );
    expect(asked).toEqual([]);
  });
});
