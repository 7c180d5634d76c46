import type { TitledTable } from '../../report/table.ts';
import { count, duration } from '../../report/wording.ts';
import { type Experiment, type ExperimentOptions, type Findings, figuresOf, type Point, whyNot } from '../../run/experiment.ts';
import type { TaskFigures, TaskInput } from './input.ts';
import { aboutOf, type MechanismName, mechanismNames } from './mechanism-names.ts';
import { type TaskName, taskNames, taskSettings } from './task-list.ts';

type TaskFindings = Findings<TaskFigures>;

/** Every self-checking task of training by every mechanism; without --full the first task alone. */
export const tasks: Experiment<TaskInput, TaskFigures> = {
  name: 'tasks',
  about: 'What two small layers of each mechanism learn of the tasks that check themselves; without --full the needle alone.',
  docs: 'all tables',
  points,
  run: async (input, reporter) => (await import('./task-work.ts')).learnTask(input, reporter),
  tables: (findings) => [taskTable(findings), settingsTable(findings)],
  headline,
};

const pointName = (task: TaskName, mechanism: MechanismName): string => `${task}: ${mechanism}`;

const tasksOf = ({ full }: Pick<ExperimentOptions, 'full'>): readonly TaskName[] => (full ? taskNames : taskNames.slice(0, 1));

function points({ seed, full }: ExperimentOptions): readonly Point<TaskInput>[] {
  return tasksOf({ full }).flatMap((task) =>
    mechanismNames
      .filter((mechanism) => unable(task, mechanism) !== seesAnswers)
      .map((mechanism) => ({
        name: pointName(task, mechanism),
        input: { seed, task, mechanism, steps: stepsOf(task, { full }), batch: 32 },
        weight: taskSettings[task].steps / 100,
      })),
  );
}

/** What sees few tokens at once learns more slowly: with --full it gets twice the steps that attention to all needs. */
const stepsOf = (task: TaskName, { full }: Pick<ExperimentOptions, 'full'>): number => taskSettings[task].steps * (full ? 2 : 1);

const seesAnswers = 'sees the answers';

/** Why a mechanism can have learnt nothing of a task whatever it scores, in words; undefined where it can. */
export function unable(task: TaskName, mechanism: MechanismName): string | undefined {
  const { distance, showsAnswers } = taskSettings[task];
  const { reach = Number.POSITIVE_INFINITY, isTwoSided } = aboutOf(mechanism);
  if (isTwoSided === true && showsAnswers === true) return seesAnswers;
  return reach < distance ? `reaches ${reach} of ${distance} tokens` : undefined;
}

function taskTable(findings: TaskFindings): TitledTable {
  const shown = tasksOf(findings.options);
  return {
    title: 'Tasks by mechanism',
    note: [
      'The share of right answers, of examples that were not trained on, after one training run: two layers of 32 features and 4 heads, 32',
      'examples a step, AdamW, learned positions. In brackets where it stays below the bound. Where a mechanism cannot see far enough',
      'through both layers, the cell says how far it does; where it sees later tokens and those are the answers, it is not trained.',
    ].join(' '),
    head: ['mechanism', ...shown],
    rows: mechanismNames.map((mechanism) => [mechanism, ...shown.map((task) => cell(findings, task, mechanism))]),
  };
}

function cell(findings: TaskFindings, task: TaskName, mechanism: MechanismName): string {
  const why = unable(task, mechanism);
  if (why === seesAnswers) return why;
  const figures = figuresOf(findings, pointName(task, mechanism));
  if (figures === undefined) return whyNot(findings, pointName(task, mechanism));
  const score = figures.score.toFixed(2);
  const inWords = figures.score > taskSettings[task].bound ? score : `(${score})`;
  return why === undefined ? inWords : `${inWords}, ${why}`;
}

/** What each task is, its chance and its bound. */
function settingsTable(findings: TaskFindings): TitledTable {
  return {
    title: 'The tasks',
    note: 'Chance is what the likeliest answer at each place reaches; the bound is what counts as learnt; distance is how far back an answer may have to look.',
    head: ['task', 'chance', 'bound', 'distance', 'steps', 'median time of a run', 'answers judged'],
    rows: tasksOf(findings.options).map((task) => {
      const { bound, distance } = taskSettings[task];
      const figures = mechanismNames.flatMap((mechanism) => figuresOf(findings, pointName(task, mechanism)) ?? []);
      const seconds = figures.map((each) => each.seconds).sort((a, b) => a - b);
      const median = seconds[seconds.length >> 1];
      return [
        task,
        figures[0] === undefined ? '–' : figures[0].chance.toFixed(2),
        bound.toFixed(2),
        count(distance),
        count(stepsOf(task, findings.options)),
        median === undefined ? '–' : duration(median),
        figures[0] === undefined ? '–' : count(figures[0].answers),
      ];
    }),
  };
}

function headline(findings: TaskFindings): string[] {
  const learnt: string[] = [];
  const below: string[] = [];
  for (const task of tasksOf(findings.options)) {
    for (const mechanism of mechanismNames) {
      const figures = figuresOf(findings, pointName(task, mechanism));
      if (figures === undefined || unable(task, mechanism) !== undefined) continue;
      (figures.score > taskSettings[task].bound ? learnt : below).push(`${task} by ${mechanism} (${figures.score.toFixed(2)})`);
    }
  }
  if (learnt.length + below.length === 0) return [];
  return [
    `${learnt.length} of ${learnt.length + below.length} pairs of a task and a mechanism that can are learnt above the task's bound.`,
    ...(below.length === 0 ? [] : [`Not learnt: ${below.join('; ')}.`]),
  ];
}
