import { cells } from '../../report/cells.ts';
import type { LinePlot } from '../../report/line-plot.ts';
import type { TitledTable } from '../../report/table.ts';
import { count, duration } from '../../report/wording.ts';
import { type Findings, figuresOf, whyNot } from '../../run/experiment.ts';
import type { AdaptiveFigures, HeadFigures, PatternFigures, UniformFigures } from './figures.ts';
import { modelName, modelsOf, recall } from './points.ts';

type Found = Findings<AdaptiveFigures>;

const percent = (share: number): string => `${(100 * share).toFixed(1)} %`;
const meanOf = (values: readonly number[]): number => values.reduce((sum, value) => sum + value, 0) / values.length;

const done = (findings: Found): readonly AdaptiveFigures[] =>
  modelsOf(findings.options).flatMap((model) => figuresOf(findings, modelName(model)) ?? []);

/** Patterns as means over the models; the lowest head of them all. */
function patternsOf(findings: Found): readonly PatternFigures[] {
  const models = done(findings);
  return (models[0]?.patterns ?? []).map((first, at): PatternFigures => {
    const all = models.map(({ patterns }) => patterns[at] as PatternFigures);
    return {
      ...first,
      share: meanOf(all.map((one) => one.share)),
      recall: meanOf(all.map((one) => one.recall)),
      lowestHead: Math.min(...all.map((one) => one.lowestHead)),
      error: first.error === null ? null : meanOf(all.map((one) => one.error ?? 0)),
    };
  });
}

interface Candidate extends UniformFigures {
  readonly heads: number;
  /** Heads of each layer that calibrate gives it to. */
  readonly chosenBy: readonly number[];
}

function candidatesOf(findings: Found): readonly Candidate[] {
  const models = done(findings);
  return (models[0]?.uniform ?? []).map(({ mask }, at): Candidate => {
    const all = models.map(({ uniform }) => uniform[at] as UniformFigures);
    const heads = models.flatMap((model) => model.heads);
    const layers = Math.max(...heads.map(({ layer }) => layer)) + 1;
    return {
      mask,
      share: meanOf(all.map((one) => one.share)),
      recall: meanOf(all.map((one) => one.recall)),
      reached: all.reduce((sum, one) => sum + one.reached, 0),
      heads: heads.length,
      chosenBy: Array.from({ length: layers }, (_, layer) => heads.filter((head) => head.layer === layer && head.mask === mask).length),
    };
  });
}

const headsOf = (findings: Found): readonly HeadFigures[] => done(findings).flatMap(({ heads }) => heads);

/** Rows that say of each model without figures why there are none. */
function without(findings: Found, columns: number): string[][] {
  return modelsOf(findings.options)
    .map(modelName)
    .filter((name) => figuresOf(findings, name) === undefined)
    .map((name) => [name, whyNot(findings, name), ...new Array<string>(columns - 2).fill('–')]);
}

export function adaptiveTables(findings: Found): readonly TitledTable[] {
  return [patternTable(findings), candidateTable(findings), headTable(findings), modelTable(findings)];
}

function patternTable(findings: Found): TitledTable {
  const head = ['pattern', 'setting', 'visited', 'mass kept', 'head that keeps least', 'error of the output'];
  return {
    title: 'Patterns',
    note:
      'On held-out text. Visited: blocks over those that full causal attention visits; for per-query top-k and routing, pairs. Mass kept: ' +
      "the share of full causal attention's softmax on the visited keys, exact, a mean over queries, heads and layers. Error: of the " +
      "attention's output over its length. Choosing costs more: per-query top-k scores every pair, block top-k, MoBA and NSA pooled ones.",
    head,
    rows: [
      ...patternsOf(findings).map(({ family, setting, share, recall: kept, lowestHead, error }) => [
        family,
        setting,
        percent(share),
        percent(kept),
        percent(lowestHead),
        error === null ? '–' : percent(error),
      ]),
      ...without(findings, head.length),
    ],
  };
}

function candidateTable(findings: Found): TitledTable {
  const head = ['candidate', 'visited', 'mass kept', `heads that keep ${recall * 100} %`, 'calibrate gives it to heads'];
  const heads = headsOf(findings);
  const perHead = [
    'calibrate: each head its own',
    percent(meanOf(heads.map(({ share }) => share))),
    `${percent(meanOf(heads.map((one) => one.recall)))} (on other text ${percent(meanOf(heads.map((one) => one.unseenRecall)))})`,
    `${heads.filter((one) => one.recall >= recall).length} of ${heads.length}`,
    'all',
  ];
  return {
    title: 'What calibrate picks',
    note:
      `Each candidate for all heads alike, and last what calibrate({ recall: ${recall} }) makes of them: for each head the cheapest that ` +
      'keeps as much. Calibrated on two held-out texts, checked on two others.',
    head,
    rows: [
      ...candidatesOf(findings).map(({ mask, share, recall: kept, reached, heads: all, chosenBy }) => [
        mask,
        percent(share),
        percent(kept),
        `${reached} of ${all}`,
        chosenBy.every((number) => number === 0) ? '–' : chosenBy.map((number, layer) => `layer ${layer + 1}: ${number}`).join(', '),
      ]),
      ...(heads.length === 0 ? [] : [perHead]),
      ...without(findings, head.length),
    ],
  };
}

function headTable(findings: Found): TitledTable {
  const head = ['head', 'chosen', 'visited', 'mass kept', 'on other text'];
  return {
    title: 'Every head',
    note: 'What calibrate chose, head by head.',
    head,
    rows: [
      ...modelsOf(findings.options).flatMap((model) =>
        (figuresOf(findings, modelName(model))?.heads ?? []).map((one) => [
          `${modelName(model)}, layer ${one.layer + 1}, head ${one.head + 1}`,
          one.mask,
          percent(one.share),
          percent(one.recall),
          percent(one.unseenRecall),
        ]),
      ),
      ...without(findings, head.length),
    ],
  };
}

function modelTable(findings: Found): TitledTable {
  const head = ['model', 'parameters', 'training', 'held-out text'];
  return {
    title: 'Models',
    note: 'Byte-level language models of the book, with full causal attention and rotary positions; the clock decides the number of steps.',
    head,
    rows: modelsOf(findings.options)
      .map(modelName)
      .map((name) => [
        name,
        ...cells(figuresOf(findings, name), whyNot(findings, name), 3, ({ parameters, steps, trainingSeconds, heldOutBits }) => [
          count(parameters),
          `${count(steps)} steps in ${duration(trainingSeconds)}`,
          `${heldOutBits.toFixed(3)} bits per character`,
        ]),
      ]),
  };
}

/** What the best setting of each family keeps within a quarter of causal attention's blocks. */
const budgetShare = 0.25;

export function adaptiveHeadline(findings: Found): string[] {
  const heads = headsOf(findings);
  if (heads.length === 0) return [];
  const patterns = patternsOf(findings);
  const cheapest = candidatesOf(findings)
    .filter(({ reached, heads: all }) => reached === all)
    .reduce((one, other) => (other.share < one.share ? other : one));
  const families = [...new Set(patterns.map(({ family }) => family))];
  const best = families.flatMap((family) => {
    const within = patterns.filter((one) => one.family === family && one.share <= budgetShare);
    return within.length === 0 ? [] : [{ family, kept: Math.max(...within.map((one) => one.recall)) }];
  });
  const ranked = best.toSorted((one, other) => other.kept - one.kept).map(({ family, kept }) => `${family} ${percent(kept)}`);
  return [
    `calibrate keeps ${percent(recall)} of the attention of each of ${heads.length} heads in ${percent(meanOf(heads.map(({ share }) => share)))} of the blocks that causal attention visits (on other text it keeps ${percent(meanOf(heads.map((one) => one.unseenRecall)))} on average); the cheapest single pattern that does so for every head, ${cheapest.mask}, visits ${percent(cheapest.share)}.`,
    `Within a quarter of the blocks the best setting keeps of the mass: ${ranked.join(', ')}.`,
  ];
}

const fixedFamilies = ['window', 'window and first tokens', 'dilated window', 'strided', 'fixed', 'BigBird'];

export function adaptivePlots(findings: Found): readonly LinePlot[] {
  const patterns = patternsOf(findings);
  const lineOf = (family: string) => ({
    name: family,
    dots: patterns.filter((one) => one.family === family).map((one) => ({ x: one.share, y: one.recall })),
  });
  const families = [...new Set(patterns.map(({ family }) => family))];
  const axes = {
    x: { label: 'share of the causal blocks visited', scale: 'log', unit: 'number' },
    y: { label: 'share of the attention mass kept', scale: 'linear', unit: 'number' },
  } as const;
  return [
    { title: 'Fixed patterns: mass kept over cost', ...axes, lines: fixedFamilies.map(lineOf) },
    {
      title: 'Patterns chosen by the data: mass kept over cost',
      ...axes,
      lines: [{ ...lineOf('window'), isReference: true }, ...families.filter((family) => !fixedFamilies.includes(family)).map(lineOf)],
    },
  ];
}
