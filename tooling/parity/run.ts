import { dirname, relative } from 'node:path';
import type { PackedKind } from '@longspan/core-tensor';
import type { Precision } from '@longspan/models';
import { type Backend, isTrap, restartBackend } from './backend.ts';
import { type CheckpointPart, hasWeightsBeside, replayCheckpoint } from './checkpoint.ts';
import { type Comparison, worstOf } from './compare.ts';
import { watched } from './contract-kernels.ts';
import { isEmbedding, replayEmbedding } from './embedding.ts';
import { checkpointTextFamilies } from './families/checkpoint-texts.ts';
import { families } from './families/index.ts';
import { checkpointFamilies } from './families/models/checkpoints.ts';
import { isModel, modelOf } from './families/models/model-of.ts';
import { type Label, readFixture, readLabel } from './fixture.ts';
import { fixtureFiles, PathError } from './fixture-files.ts';
import { laterPackage } from './later-families.ts';
import { listFamilies, readLists, replayLists } from './lists.ts';
import { replayPacked } from './packed.ts';
import { openPlace, type PlaceOptions } from './place.ts';
import { precisionBound } from './precision-bounds.ts';
import { type Family, replay } from './replay.ts';
import type { CaseResult, Report, SkippedFamily } from './report.ts';
import { replayTexts, textFamilies } from './texts.ts';

export interface RunOptions extends PlaceOptions {
  readonly paths: readonly string[];
  /** How the weights of models are kept; packed ones have outputs alone, and only models have any. */
  readonly precision: Precision;
  /** How far an output of packed weights may be from the reference's, as a part of its largest number: by precision-bounds.ts. */
  readonly boundOf?: ((precision: PackedKind, family: string, name: string) => number) | undefined;
  /** Only cases whose family, name or path contains this text. */
  readonly only: string | undefined;
}

/** Who wants to hear of cases while they are replayed. */
export interface Listener {
  /** All cases that will be replayed, and what will replay them, before the first. Not called where there are none. */
  start(cases: readonly Label[], place: string): void;
  done(result: CaseResult): void;
}

/** A file that is a case, or that is too broken to say whether it is one. */
interface Candidate extends Label {
  readonly file: string;
  readonly broken?: string;
}

/**
 * Replays every fixture below the paths, one after the other. A case that fails, whatever the reason, never ends the run.
 * Throws PathError where a path does not exist, or where nothing is to be replayed.
 */
export async function run({ paths, only, precision, boundOf = precisionBound, ...where }: RunOptions, listener: Listener): Promise<Report> {
  const found = await candidates(paths);
  const all =
    precision === 'float32'
      ? found
      : found.filter(({ family, ofText, broken }) => broken !== undefined || (ofText === undefined && isModel(family)));
  if (all.length === 0) {
    throw new PathError({
      problem: 'the paths must hold at least one fixture.',
      expected: 'files *.safetensors or *.json whose metadata names a family, as tooling/golden/README.md says',
      got: `none in ${paths.join(', ')}`,
      remedy: 'give the directory that holds the fixtures; those below it are found.',
    });
  }
  const wanted = all.filter(({ family, name, file }) => only === undefined || [family, name, file].some((text) => text.includes(only)));
  if (wanted.length === 0) {
    throw new PathError({
      problem: '--only must name at least one case.',
      expected: `a text in the family, the name or the path of one of ${all.length} cases`,
      got: `"${only}"`,
      remedy: 'take a part of a name in the table that is printed without --only.',
    });
  }

  const waits = ({ family, broken, ofText }: Candidate): boolean =>
    broken === undefined &&
    !(ofText === undefined ? isReplayed(family) : checkpointTextFamilies.has(family)) &&
    laterPackage(family) !== undefined;
  const cases = wanted.filter((candidate) => !waits(candidate));
  const skipped = counted(wanted.filter(waits));
  if (cases.length === 0) return { ...where, place: undefined, results: [], skipped };
  const packing = precision === 'float32' ? undefined : { precision, boundOf };
  const place = await openPlace(where);
  try {
    listener.start(cases, place.name);
    const results: CaseResult[] = [];
    for (const candidate of cases) {
      const { result: outcome, kernels } = await watched(() => replayed(candidate, where.backend, packing));
      const result = { ...outcome, kernels };
      results.push(result);
      listener.done(result);
    }
    return { ...where, place: place.name, results, skipped };
  } finally {
    place.close();
  }
}

/** How weights are packed, and what that may cost. */
interface Packing {
  readonly precision: PackedKind;
  readonly boundOf: (precision: PackedKind, family: string, name: string) => number;
}

const isReplayed = (family: string): boolean =>
  isEmbedding(family) || [families, listFamilies, textFamilies, checkpointFamilies].some((known) => known.has(family));

async function candidates(paths: readonly string[]): Promise<readonly Candidate[]> {
  const found: Candidate[] = [];
  for (const path of paths) {
    for (const file of await fixtureFiles(path)) {
      try {
        const label = await readLabel(file);
        if (label !== undefined) found.push({ ...label, file });
      } catch (error) {
        found.push({ family: '(unreadable)', name: relative(path, file) || file, file, broken: messageOf(error) });
      }
    }
  }
  return found;
}

async function replayed(
  { file, family, name, broken, ofText }: Candidate,
  backend: Backend,
  packing: Packing | undefined,
): Promise<Omit<CaseResult, 'kernels'>> {
  const failed = { file, family, name, passed: false, worst: undefined };
  const routine = families.get(family);
  const parts = checkpointFamilies.get(family);
  const ofLists = listFamilies.get(family);
  const ofTexts = ofText === undefined ? textFamilies.get(family) : checkpointTextFamilies.get(family);
  if (broken !== undefined) return { ...failed, problem: broken };
  if (!isReplayed(family)) return { ...failed, problem: `the family must be one that is replayed or known to come later: ${family}` };
  const compared = async () => {
    if (isEmbedding(family)) return replayEmbedding(file);
    if (ofTexts !== undefined) return replayTexts(ofTexts, file);
    return ofLists === undefined ? replayFile(routine, parts, file, packing) : replayLists(ofLists, await readLists(file));
  };
  try {
    const comparisons = await compared();
    const worst = worstOf(comparisons);
    const problem = worst?.problem;
    return { ...failed, passed: problem === undefined, worst, problem };
  } catch (error) {
    if (isTrap(error)) await restartBackend(backend);
    return { ...failed, problem: messageOf(error) };
  }
}

async function replayFile(
  routine: Family | undefined,
  parts: readonly CheckpointPart[] | undefined,
  file: string,
  packing: Packing | undefined,
): Promise<readonly Comparison[]> {
  const fixture = await readFixture(file);
  const whole = { prefix: '', head: undefined, replay: routine as Family, keepsConfig: true };
  if (packing !== undefined) {
    const { precision, boundOf } = packing;
    const folder = parts !== undefined || hasWeightsBeside(file, fixture) ? dirname(file) : undefined;
    const bound = boundOf(precision, modelOf(fixture.family).name, fixture.name);
    return replayPacked({ precision, parts: parts ?? [whole], folder, bound }, fixture);
  }
  if (parts !== undefined) return replayCheckpoint(parts, dirname(file), fixture);
  return hasWeightsBeside(file, fixture) ? replayCheckpoint([whole], dirname(file), fixture) : replay(whole.replay, fixture);
}

function counted(waiting: readonly Candidate[]): readonly SkippedFamily[] {
  const byFamily = new Map<string, number>();
  for (const { family, ofText = 1 } of waiting) byFamily.set(family, (byFamily.get(family) ?? 0) + ofText);
  return [...byFamily]
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([family, count]) => ({ family, count, package: laterPackage(family) ?? '' }));
}

const messageOf = (error: unknown): string => (error instanceof Error ? error.message : String(error));
