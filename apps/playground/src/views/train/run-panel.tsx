import { Explain } from '../../controls/explain.tsx';
import { Figure } from '../../controls/figure.tsx';
import { save } from '../../controls/take-away.tsx';
import { count, milliseconds, percent } from '../../controls/wording.ts';
import type { Lane, LaneStatus, LaneWork } from './lane.ts';
import { mechanisms } from './mechanisms.ts';
import { begun, type Runs } from './runs.ts';
import { subjects } from './subjects.ts';
import type { Preview } from './train-work.ts';

interface RunPanelProps {
  readonly runs: Runs;
  readonly names: readonly string[];
  readonly previews: readonly Preview[];
  readonly problem: string | undefined;
  /** Why nothing can be trained yet. */
  readonly waits: string | undefined;
  /** The controls say other than the runs follow from. */
  readonly isStale: boolean;
}

/** What all runs together are at. */
const together = (lanes: readonly Lane[]): LaneStatus =>
  (['failed', 'pausing', 'running', 'starting', 'paused', 'done'] as const).find((each) => lanes.some(({ status }) => status === each)) ??
  'empty';

/** Starts, pauses and goes on, and says where the runs stand. */
export function RunPanel({ runs, names, previews, problem, waits, isStale }: RunPanelProps) {
  const lanes = begun(runs.lanes);
  const status = together(lanes);
  const isRunning = ['starting', 'running', 'pausing'].includes(status);
  return (
    <section class="panel run" aria-label="Run">
      <KeptRun runs={runs} />
      <div class="row">
        <Buttons runs={runs} lanes={lanes} status={status} isBlocked={problem !== undefined || waits !== undefined} isStale={isStale} />
        <span class="hint" role="status">
          {saidOf(status, lanes, waits)}
        </span>
        <Explain label="How it trains">
          <p>
            In a worker of this page, by @longspan/training. Every few seconds a checkpoint is written to the storage that the browser gives
            this page: after a reload, or should the worker die, the run goes on from there to the same bits.
          </p>
          <p>“Pause” acts between two steps; a step that takes longer than 100 ms is ended with its worker, and taken again later.</p>
        </Explain>
      </div>
      {isStale && (
        <p class="notice" role="status">
          The settings have changed since this run began. It goes on as it began; “Start anew” takes the settings as they are now.
        </p>
      )}
      {problem !== undefined && (
        <div class="problem" role="alert">
          <pre>{problem}</pre>
        </div>
      )}
      {(lanes.length === 0 ? previews.map(() => undefined) : lanes).map((lane, at) => (
        <LaneFigures
          key={names[at]}
          lane={lane}
          work={runs.lanes[at]}
          name={names.length > 1 ? names[at] : undefined}
          run={at + 1}
          preview={isStale ? undefined : previews[at]}
          isRunning={isRunning}
        />
      ))}
    </section>
  );
}

function saidOf(status: LaneStatus, lanes: readonly Lane[], waits: string | undefined): string {
  if (status === 'empty') return waits ?? 'Everything is computed here, in a worker.';
  if (status === 'starting') return 'Starting …';
  if (status === 'pausing') return 'Pausing …';
  const at = status === 'done' ? 'Trained. ' : status === 'paused' ? 'Paused. ' : '';
  const saved = lanes[0]?.saved;
  if (saved === undefined) return at;
  if (saved.problem !== undefined) return `${at}Kept for this visit alone: ${saved.problem.split('\n')[0]}`;
  return `${at}Kept for a later visit: up to step ${saved.step.toLocaleString('en')}.`;
}

interface ButtonsProps {
  readonly runs: Runs;
  readonly lanes: readonly Lane[];
  readonly status: LaneStatus;
  readonly isBlocked: boolean;
  readonly isStale: boolean;
}

const all = Number.POSITIVE_INFINITY;

function Buttons({ runs, lanes, status, isBlocked, isStale }: ButtonsProps) {
  const again = (
    <button type="button" class={isStale || status === 'done' ? 'strong' : ''} disabled={isBlocked} onClick={() => runs.start(all)}>
      Start anew
    </button>
  );
  const reset = (
    <button type="button" class="plain" onClick={runs.reset}>
      Reset
    </button>
  );
  if (status === 'empty') {
    return (
      <>
        <button type="button" class="strong" disabled={isBlocked} onClick={() => runs.start(all)}>
          Train
        </button>
        <button type="button" disabled={isBlocked} onClick={() => runs.start(1)}>
          One step
        </button>
      </>
    );
  }
  if (status === 'running' || status === 'starting' || status === 'pausing') {
    return (
      <>
        <button type="button" class="strong" disabled={status === 'pausing'} onClick={runs.pause}>
          Pause
        </button>
        {reset}
      </>
    );
  }
  if (status === 'paused') {
    return (
      <>
        <button type="button" class={isStale ? '' : 'strong'} onClick={() => runs.goOn(all)}>
          Go on
        </button>
        <button type="button" onClick={() => runs.goOn(1)}>
          One step
        </button>
        {again}
        {reset}
      </>
    );
  }
  const saved = lanes.find((lane) => lane.status === 'failed')?.saved;
  return (
    <>
      {status === 'failed' && saved !== undefined && (
        <button type="button" class="strong" onClick={() => runs.goOn(all)}>
          Go on from step {saved.step.toLocaleString('en')}
        </button>
      )}
      {again}
      {reset}
    </>
  );
}

/** The run that an earlier visit has left, and what may be done with it. */
function KeptRun({ runs }: { readonly runs: Runs }) {
  const logs = runs.kept.value;
  const [first] = logs;
  if (first === undefined) return null;
  const { settings, losses, text } = first;
  const what = settings.subject === 'text' ? `the text “${text?.title ?? ''}”` : subjects[settings.subject].title;
  const by = logs.map((log) => mechanisms[log.settings.mechanism].title).join(' and ');
  return (
    <div class="notice kept-run" role="status">
      <p>
        A run was left here: {what}, {by}, at step {losses.length.toLocaleString('en')} of {settings.steps.toLocaleString('en')}.
      </p>
      <div class="row">
        <button type="button" class="strong" onClick={() => void runs.takeUp()}>
          {losses.length === settings.steps ? 'Show it' : 'Go on with it'}
        </button>
        <button type="button" class="plain" onClick={runs.letGo}>
          Forget it
        </button>
      </div>
    </div>
  );
}

interface LaneFiguresProps {
  readonly lane: Lane | undefined;
  readonly work: LaneWork | undefined;
  readonly name: string | undefined;
  readonly run: number;
  readonly preview: Preview | undefined;
  readonly isRunning: boolean;
}

function LaneFigures({ lane, work, name, run, preview, isRunning }: LaneFiguresProps) {
  const [step, judged, loss] = [lane?.losses.length ?? 0, lane?.judged.at(-1), lane?.losses.at(-1)];
  const isText = lane?.settings === undefined ? preview?.chance === undefined : lane.settings.subject === 'text';
  const chance = preview?.chance === undefined ? undefined : `chance ${percent(preview.chance)}`;
  const steps = lane?.settings?.steps;
  return (
    <div class="stack lane">
      {name !== undefined && (
        <h3>
          <span class={`key run-${run}`}>{name}</span>
        </h3>
      )}
      {lane?.message !== undefined && (
        <div class={lane.status === 'failed' ? 'problem' : 'notice'} role={lane.status === 'failed' ? 'alert' : 'status'}>
          <pre>{lane.message}</pre>
        </div>
      )}
      {steps !== undefined && <progress class="steps" max={steps} value={step} aria-label={`Step ${step} of ${steps}`} />}
      <div class="figures">
        {steps !== undefined && (
          <Figure
            name="Step"
            value={step.toLocaleString('en')}
            note={`of ${steps.toLocaleString('en')}${step === 0 ? '' : `, ${milliseconds((lane?.milliseconds ?? 0) / step)} each`}`}
          />
        )}
        {isText ? (
          <Figure name="Bits per character" value={judged === undefined ? '–' : judged.value.toFixed(2)} note="of what is not trained on" />
        ) : (
          <Figure name="Right answers" value={judged === undefined ? '–' : percent(judged.value)} note={chance} />
        )}
        {loss !== undefined && <Figure name="Loss" value={loss.toFixed(3)} note={isText ? 'nats per byte' : 'nats per answer'} />}
        {preview !== undefined && (
          <Figure
            name="Model"
            value={count(preview.parameters)}
            note={`parameters; rows of ${preview.length.toLocaleString('en')} tokens, ${preview.vocabulary} different`}
          />
        )}
        {lane !== undefined && lane.tokensPerSecond > 0 && (
          <Figure name="Tokens per second" value={count(lane.tokensPerSecond)} note={lane.device} />
        )}
      </div>
      {step > 0 && !isRunning && lane?.status !== 'failed' && work !== undefined && (
        <div class="row">
          <button
            type="button"
            onClick={async () => {
              const bytes = await work.weights();
              if (bytes !== undefined)
                save(
                  `${lane?.settings?.mechanism ?? 'model'}-${step}.safetensors`,
                  new Blob([bytes], { type: 'application/octet-stream' }),
                );
            }}
          >
            Save the weights
          </button>
        </div>
      )}
    </div>
  );
}
