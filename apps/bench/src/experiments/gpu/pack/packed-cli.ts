/** The command of the archive that `pnpm bench gpu --pack` makes: the experiment alone, without a checkout around it. */
import { readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { ExplainedError } from '@longspan/core-tensor/error';
import { Command, Option } from 'commander';
import { type Code, describeMachine } from '../../../figures/hardware.ts';
import { launch } from '../../../process/launch.ts';
import type { Experiment } from '../../../run/experiment.ts';
import { integer } from '../../../run/integer.ts';
import { runExperiment, type World } from '../../../run/run-experiment.ts';
import { type AdapterChoice, adapterChoices, chosenAdapter } from '../device/adapter-environment.ts';
import { gpu, lookAtAdapter } from '../gpu.ts';

const here = fileURLToPath(new URL('.', import.meta.url));
const worker = join(here, 'worker.js');
const { source, ...code } = JSON.parse(readFileSync(join(here, 'about.json'), 'utf8')) as Code & { readonly source: string };

const stop = new AbortController();
process.on('SIGINT', () => (stop.signal.aborted ? process.exit(130) : stop.abort()));
process.on('SIGTERM', () => stop.abort());

/** As of a checkout, but for what is asked of one. */
const world: World = {
  measure: (experiment, { input, budgetSeconds, environment }, onProgress, signal) =>
    launch({ experiment, input }, { signal, onProgress, budgetSeconds, environment, file: worker }),
  machine: () => describeMachine(code),
  source: () => source,
  say: (line) => void process.stdout.write(`${line}\n`),
};

interface Given {
  readonly out: string;
  readonly seed: number;
  readonly adapter?: AdapterChoice;
  readonly full?: true;
  readonly quick?: true;
  readonly only?: string;
  readonly resume?: true;
}

const given = new Command('run.sh')
  .description(gpu.about)
  .requiredOption('--out <folder>', 'where report.html, results.json and results.md go')
  .addOption(new Option('--adapter <whose>', 'by default the graphics card where there is one').choices(adapterChoices))
  .addOption(new Option('--full', 'the sizes that the targets are stated for; by default on a graphics card').conflicts('quick'))
  .option('--quick', 'smaller sizes; by default on a software adapter')
  .option('--only <text>', 'measure only what has this in its name; --resume then adds to it')
  .option('--resume', 'continue an interrupted run')
  .addOption(new Option('--seed <number>', 'decides every random number').argParser(integer(0)).default(0))
  .parse()
  .opts<Given>();

try {
  const chosen = await chosenAdapter(given.adapter, process.env, (environment) => lookAtAdapter(environment, stop.signal, worker));
  const { instead: _, ...measuring } = gpu;
  const ending = await runExperiment(
    {
      experiment: { ...measuring, environment: async () => chosen.environment } as Experiment,
      options: {
        seed: given.seed,
        full: given.full ?? (given.quick === undefined && !chosen.isSoftware),
        flags: given.adapter === undefined ? {} : { adapter: given.adapter },
        ...(given.only === undefined ? {} : { only: given.only }),
      },
      folder: resolve(given.out),
      isResumed: given.resume === true,
      signal: stop.signal,
    },
    world,
  );
  process.exitCode = ending === 'complete' ? 0 : ending === 'failed' ? 1 : 130;
} catch (error) {
  if (!(error instanceof ExplainedError)) throw error;
  process.stderr.write(`${error.message}\n`);
  process.exitCode = 2;
}
