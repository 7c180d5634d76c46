import type { TitledTable } from '../../report/table.ts';
import { count } from '../../report/wording.ts';
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
  return tasksOf({ full }).flatMap((task) => {
    const { steps, bound } = taskSettings[task];
    return mechanismNames
      .filter((mechanism) => unable(task, mechanism) !== seesAnswers)
      .map((mechanism) => ({
        name: pointName(task, mechanism),
        input: {
          seed,
          task,
          mechanism,
          steps,
          doublings: full && unable(task, mechanism) === undefined ? mostDoublings : 0,
          bound,
          batch: 32,
        },
        weight: steps / 100,
      }));
  });
}

/** What sees few tokens at once learns more slowly than attention to all, in whose steps a task is set. */
const mostDoublings = 5;

const seesAnswers = 'sees the answers';

/** Why a mechanism can have learnt nothing of a task whatever it scores, in words; undefined where it can. */
export function unable(task: TaskName, mechanism: MechanismName): string | undefined {
  const { length, answersFrom, distance, showsAnswers } = taskSettings[task];
  const { firstSeen = () => 0, isTwoSided } = aboutOf(mechanism);
  if (isTwoSided === true && showsAnswers === true) return seesAnswers;
  const throughBoth = (place: number): number => firstSeen(Math.max(0, firstSeen(place, length)), length);
  for (let place = length - 1; place >= answersFrom; place--) {
    const [reach, needed] = [place - Math.max(0, throughBoth(place)), Math.min(distance, place)];
    if (reach < needed) return `reaches ${reach} of ${needed} tokens`;
  }
  return undefined;
}

function taskTable(findings: TaskFindings): TitledTable {
  const shown = tasksOf(findings.options);
  return {
    title: 'Tasks by mechanism',
    note: [
      'The share of right answers, of examples that were not trained on, after a training run: two layers of 32 features and 4 heads, 32',
      "examples a step, AdamW, learned positions. A run that does not get above the bound begins anew with twice the task's steps, at most",
      `${2 ** mostDoublings} times as many: where it took more, the cell says how many times. In brackets where it stays below the bound. Where a`,
      'mechanism cannot see far enough through both layers, it has one run, and the cell says how far it sees; where it sees later tokens and',
      'those are the answers, it is not trained.',
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
  const times = figures.steps / taskSettings[task].steps;
  return [inWords, ...(times > 1 ? [`${times}x`] : []), ...(why === undefined ? [] : [why])].join(', ');
}

/** What each task is, its chance and its bound. */
function settingsTable(findings: TaskFindings): TitledTable {
  return {
    title: 'The tasks',
    note: 'Chance is what the likeliest answer at each place reaches; the bound is what counts as learnt; distance is how far back an answer may have to look.',
    head: ['task', 'chance', 'bound', 'distance', 'steps', 'answers judged'],
    rows: tasksOf(findings.options).map((task) => {
      const { steps, bound, distance } = taskSettings[task];
      const figures = mechanismNames.flatMap((mechanism) => figuresOf(findings, pointName(task, mechanism)) ?? []);
      return [
        task,
        figures[0] === undefined ? '–' : figures[0].chance.toFixed(2),
        bound.toFixed(2),
        count(distance),
        count(steps),
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
