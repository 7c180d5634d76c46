import { ConfigError, isRecord, show } from '@longspan/core-tensor/error';

/** A step of tokenizer.json with its type: the record that says how to normalise, split, ... */
export interface StepJson {
  readonly type: string;
  readonly [key: string]: unknown;
}

export interface Fields {
  /** What errors call the step: `normalizer Replace`. */
  readonly where: string;
  flag(name: string, otherwise: boolean): boolean;
  text(name: string, otherwise?: string): string;
  count(name: string, otherwise?: number): number;
  steps(name: string): readonly unknown[];
  one<const Word extends string>(name: string, words: readonly Word[], otherwise: Word): Word;
  readonly json: StepJson;
}

const caller = 'readTokenizer';

const fromSource = 'check tokenizer.json, or take it from its source again.';

export const badFile = (problem: string, expected: string, got: string, remedy: string = fromSource): ConfigError =>
  new ConfigError({ caller, problem, expected, got, remedy });

/** The fields of a step, each checked where it is read. */
export function fieldsOf(kind: string, value: unknown): Fields {
  if (!isRecord(value) || typeof value['type'] !== 'string') throw badFile(`the ${kind} must have a type.`, '{ type: "…" }', show(value));
  const json: StepJson = { ...value, type: value['type'] };
  const where = `${kind} ${json.type}`;
  const read = <Value>(name: string, isGood: (given: unknown) => given is Value, expected: string, otherwise?: Value): Value => {
    const given = json[name];
    if (isGood(given)) return given;
    if ((given === undefined || given === null) && otherwise !== undefined) return otherwise;
    throw badFile(`${name} of the ${where} must be ${expected}.`, expected, show(given));
  };
  return {
    where,
    json,
    flag: (name, otherwise) => read(name, isFlag, 'true or false', otherwise),
    text: (name, otherwise) => read(name, isText, 'a text', otherwise),
    count: (name, otherwise) => read(name, isCount, 'an integer of at least 0', otherwise),
    steps: (name) => read(name, isSteps, 'a list of steps'),
    one: <const Word extends string>(name: string, words: readonly Word[], otherwise: Word) =>
      read(name, (given): given is Word => words.some((word) => word === given), `one of ${words.join(', ')}`, otherwise),
  };
}

const isFlag = (value: unknown): value is boolean => typeof value === 'boolean';
const isText = (value: unknown): value is string => typeof value === 'string';
const isCount = (value: unknown): value is number => Number.isSafeInteger(value) && (value as number) >= 0;
const isSteps = (value: unknown): value is readonly unknown[] => Array.isArray(value);

/** How many steps a sequence may have, and how deep they may lie in each other: a file that was made up must not exhaust the stack. */
export const mostSteps = 64;

export const unknownStep = (kind: string, type: string, known: readonly string[]): ConfigError =>
  badFile(`the ${kind} must be one that is known.`, known.join(', '), show(type), 'encode with another tokenizer, or convert the file.');
