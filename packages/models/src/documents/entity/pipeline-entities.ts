import { ConfigError, requireInteger, requireIntegers, requireKind, requireKnown, show } from '@longspan/core-tensor/error';
import { softmax } from '../classify/labels.ts';
import type { TextPlace } from '../search/places.ts';
import { type EntityGroup, type EntityStrategy, entityStrategies, groupEntities } from './group-entities.ts';

/** One row that a model read of a text, special tokens left out, with its logits. */
export interface EntityWindow {
  /** For each token its place in the text, half-open. */
  readonly offsets: readonly (readonly [start: number, end: number])[];
  /** For each token the logits of the labels. */
  readonly logits: readonly ArrayLike<number>[];
  /** For each token whether it goes on with the word of the token before it. */
  readonly subwords: readonly boolean[];
}

export interface PipelineEntityOptions {
  /** What the classes are called. */
  readonly labels: readonly string[];
  /** 'simple' by default. */
  readonly strategy?: EntityStrategy | undefined;
  /** Labels that are no entities; ['O'] by default. */
  readonly ignored?: readonly string[] | undefined;
}

/** An entity in its text. */
export interface PipelineEntity extends TextPlace, EntityGroup {}

/**
 * Entities from logits as the pipeline of transformers makes them, for who needs its results: each window is grouped by itself, and of groups
 * that overlap the longer stays, of equally long ones the surer. `classifyTokens` takes each token from one window instead, and groups over
 * the whole document.
 * @throws ConfigError when windows or options cannot be right
 * @cost O(tokens · labels)
 * @source TokenClassificationPipeline.postprocess of Hugging Face transformers 4.57
 * @example
 * const window = { offsets: [[0, 2], [3, 8]], logits: [[9, 0, 0], [0, 9, 0]], subwords: [false, false] };
 * pipelineEntities('In Paris', [window], { labels: ['O', 'B-LOC', 'I-LOC'] }).map(({ label, text }) => [label, text]); // => [['LOC', 'Paris']]
 */
export function pipelineEntities(
  text: string,
  windows: readonly EntityWindow[],
  options: PipelineEntityOptions,
): readonly PipelineEntity[] {
  const caller = 'pipelineEntities';
  requireKind(caller, 'text', text, 'text');
  requireKind(caller, 'windows', windows, 'list');
  requireKnown(caller, options, { labels: 'list', strategy: true, ignored: 'list' });
  const { labels, strategy = 'simple', ignored = ['O'] } = options;
  requireKind(caller, 'labels', labels, 'list');
  for (const label of labels) requireKind(caller, 'each label', label, 'text');
  requireIgnored(caller, ignored);
  requireStrategy(caller, strategy);
  for (const window of windows) requireWindow(caller, window, labels.length);
  const groups = windows.flatMap(({ offsets, logits, subwords }) =>
    groupEntities(
      offsets.map(([start, end], token) => ({
        start,
        end,
        probabilities: softmax(logits[token] as ArrayLike<number>),
        isSubword: subwords[token] as boolean,
      })),
      { labels, strategy, ignored },
    ),
  );
  return (windows.length > 1 ? apart(groups) : groups).map((group) => ({ ...group, text: text.slice(group.start, group.end) }));
}

export function requireIgnored(caller: string, ignored: readonly string[]): void {
  for (const label of ignored) requireKind(caller, 'each of ignored', label, 'text');
}

export function requireStrategy(caller: string, strategy: EntityStrategy): void {
  if (entityStrategies.includes(strategy)) return;
  throw new ConfigError({
    caller,
    problem: `strategy must be one of ${entityStrategies.join(', ')}.`,
    expected: entityStrategies.map((each) => `'${each}'`).join(', '),
    got: show(strategy),
    remedy: "leave it out for 'simple'.",
  });
}

/** Of groups that overlap the longer one, of equally long ones the surer. */
function apart(groups: readonly EntityGroup[]): readonly EntityGroup[] {
  const kept: EntityGroup[] = [];
  const length = ({ start, end }: EntityGroup): number => end - start;
  for (const group of [...groups].sort((a, b) => a.start - b.start)) {
    const last = kept.at(-1);
    if (last === undefined || group.start >= last.end) kept.push(group);
    else if (length(group) > length(last) || (length(group) === length(last) && group.score > last.score)) kept[kept.length - 1] = group;
  }
  return kept;
}

function requireWindow(caller: string, window: EntityWindow, labels: number): void {
  requireKind(caller, 'a window', window, 'record');
  requireKnown(`${caller} window`, window, { offsets: 'list', logits: 'list', subwords: 'list' });
  const { offsets, logits, subwords } = window;
  requireKind(caller, 'offsets', offsets, 'list');
  for (const [name, list] of Object.entries({ offsets, logits, subwords })) {
    requireKind(caller, name, list, 'list');
    requireInteger(caller, { [`${name}.length`]: list.length }, offsets.length, { atMost: offsets.length });
  }
  for (let token = 0; token < offsets.length; token++) {
    requireIntegers(caller, `offsets[${token}]`, offsets[token] as readonly [number, number], 0);
    requireInteger(caller, { [`offsets[${token}].length`]: (offsets[token] as readonly [number, number]).length }, 2, { atMost: 2 });
    requireKind(caller, `subwords[${token}]`, subwords[token], 'flag');
    const scores = logits[token] as ArrayLike<number>;
    requireKind(caller, `logits[${token}]`, scores, 'list');
    requireInteger(caller, { [`logits[${token}].length`]: scores.length }, labels, { atMost: labels });
    for (const logit of Array.from(scores)) requireKind(caller, `logits[${token}]`, logit, 'finite');
  }
}
