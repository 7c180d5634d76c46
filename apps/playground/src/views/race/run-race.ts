import { bytes, milliseconds } from '../../controls/wording.ts';
import { atTwice } from './growth.ts';
import type { RacerId } from './racer.ts';

/** One call, timed. */
export interface TimedCall {
  readonly milliseconds: number;
  /** ms that went before it and are not counted as its time: the first call at a length warms up. */
  readonly before: number;
  /** Bytes that were there at the peak of the first call at this length, with its inputs. */
  readonly bytes: number;
  /** Which kernel ran, and why. */
  readonly kernel: string;
  readonly device: string;
}

/** What is known of one racer at one length. */
export interface Point {
  readonly length: number;
  /** ms, the fastest of the rounds. */
  readonly value: number;
  readonly rounds: number;
  readonly bytes: number;
}

/** Why a racer ran no further. */
export interface Left {
  readonly because: 'time' | 'memory' | 'failed';
  /** The length that it did not run, or not to its end. */
  readonly length: number;
  readonly says: string;
}

export interface Standing {
  readonly id: RacerId;
  readonly points: readonly Point[];
  /** ms that it has computed. */
  readonly spent: number;
  readonly kernel: string | undefined;
  readonly left: Left | undefined;
}

export interface RaceRules {
  readonly who: readonly RacerId[];
  readonly lengths: readonly number[];
  /** ms for each racer. */
  readonly budget: number;
  /** Bytes that one call may hold. */
  readonly memory: number;
}

/** Rounds of one length at most, and how many ms one racer may spend on those after the first. */
const [mostRounds, patience] = [7, 300];

/**
 * Runs the race: length after length, in each as many rounds as are worth it. In a round every racer has one call, and every second
 * round goes through them backwards, so that a device that slows down slows all of them. A racer leaves where its time or the memory
 * would not last for the next length, or where it fails.
 */
export async function runRace(
  rules: RaceRules,
  call: (id: RacerId, length: number) => Promise<TimedCall>,
  tell: (standings: readonly Standing[], length: number, device: string | undefined) => void,
  isOver: (error: unknown) => boolean,
): Promise<readonly Standing[]> {
  const standings = new Map<RacerId, Standing>(
    rules.who.map((id) => [id, { id, points: [], spent: 0, kernel: undefined, left: undefined }]),
  );
  const of = (id: RacerId): Standing => standings.get(id) as Standing;
  const change = (id: RacerId, changes: Partial<Standing>): void => void standings.set(id, { ...of(id), ...changes });
  let device: string | undefined;

  for (const length of rules.lengths) {
    for (const standing of standings.values()) {
      const left = standing.left === undefined ? beforehand(standing, length, rules) : undefined;
      if (left !== undefined) change(standing.id, { left });
    }
    const running = rules.who.filter((id) => of(id).left === undefined);
    if (running.length === 0) break;
    tell([...standings.values()], length, device);
    const spentHere = new Map<RacerId, number>();
    for (let round = 0; round < mostRounds; round++) {
      const order = round % 2 === 0 ? running : running.toReversed();
      const taking = order.filter((id) => of(id).left === undefined && isWorthIt(of(id), length, spentHere.get(id), rules));
      if (taking.length === 0) break;
      for (const id of taking) {
        try {
          const timed = await call(id, length);
          device = timed.device;
          spentHere.set(id, (spentHere.get(id) ?? 0) + timed.milliseconds);
          change(id, after(of(id), length, timed, rules));
        } catch (error) {
          if (isOver(error)) throw error;
          change(id, { left: { because: 'failed', length, says: error instanceof Error ? error.message : String(error) } });
        }
        tell([...standings.values()], length, device);
      }
    }
  }
  return [...standings.values()];
}

/** Whether a racer takes part in one more round of this length. */
function isWorthIt({ points, spent }: Standing, length: number, spentHere: number | undefined, { budget }: RaceRules): boolean {
  const now = points.at(-1);
  if (spentHere === undefined || now?.length !== length) return true;
  return spentHere + now.value <= patience && spent + now.value <= budget;
}

/** Why a racer should not begin that length, or undefined. Its first call warms up and its second is timed, so it needs time for two. */
function beforehand({ points, spent }: Standing, length: number, { budget, memory }: RaceRules): Left | undefined {
  const held = atTwice(points.map((point) => ({ length: point.length, value: point.bytes })));
  if (held !== undefined && held > memory) {
    return { because: 'memory', length, says: `One call would hold about ${bytes(held)}; the budget is ${bytes(memory)}.` };
  }
  const each = atTwice(points);
  if (each !== undefined && spent + 2 * each > budget) {
    return {
      because: 'time',
      length,
      says: `A first and a second call would take about ${milliseconds(2 * each)}; ${milliseconds(Math.max(0, budget - spent))} of its time are left.`,
    };
  }
  return undefined;
}

function after(standing: Standing, length: number, timed: TimedCall, { memory }: RaceRules): Partial<Standing> {
  const { points } = standing;
  const spent = standing.spent + timed.before + timed.milliseconds;
  const last = points.at(-1);
  const before = last?.length === length ? last : undefined;
  const point: Point = {
    length,
    value: Math.min(before?.value ?? Number.POSITIVE_INFINITY, timed.milliseconds),
    rounds: (before?.rounds ?? 0) + 1,
    bytes: Math.max(before?.bytes ?? 0, timed.bytes),
  };
  const left: Left | undefined =
    point.bytes > memory
      ? { because: 'memory', length, says: `One call held ${bytes(point.bytes)}; the budget is ${bytes(memory)}.` }
      : undefined;
  return {
    points: before === undefined ? [...points, point] : [...points.slice(0, -1), point],
    spent,
    kernel: timed.kernel,
    left,
  };
}
