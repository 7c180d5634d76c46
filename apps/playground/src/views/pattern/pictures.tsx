import type { Cost } from '@longspan/attention-sparse/analysis';
import type { Mask } from '@longspan/attention-sparse/mask';
import { useSignal } from '@preact/signals';
import { useCallback, useEffect, useMemo, useRef } from 'preact/hooks';
import { job } from '../../compute/job.ts';
import { operations, percent } from '../../controls/wording.ts';
import type { Part, Read } from '../../expression/read-expression.ts';
import { MaskPicture, type Pair } from './mask-picture.tsx';
import { pattern } from './state.ts';
import { type PatternWork, patternWork } from './work.ts';

interface Shown {
  readonly mask: Mask;
  readonly parts: readonly Part[];
  readonly expression: string;
}

interface PicturesProps {
  readonly first: Shown;
  /** The other pattern, where two are shown. */
  readonly other: Extract<Read, { mask: unknown }> | undefined;
  readonly length: number;
  readonly words: readonly string[];
  readonly work: PatternWork;
  /** Receives the canvases as they stand side by side. */
  onCanvases(canvases: readonly HTMLCanvasElement[]): void;
}

/** The pattern, the pattern over another one, or the two side by side: these move together, for both stand where the link says. */
export function Pictures({ first, other, length, words, work, onCanvases }: PicturesProps) {
  const { show, other: written } = pattern.values.value;
  const isBeside = show === 'beside' && other !== undefined;
  const second = useMemo(patternWork, []);
  useEffect(() => second.close, [second]);
  const hovered = useSignal<Pair | undefined>(undefined);
  const canvases = useRef<(HTMLCanvasElement | undefined)[]>([]);
  const take = useCallback(
    (at: number, canvas: HTMLCanvasElement | undefined) => {
      canvases.current[at] = canvas;
      onCanvases(canvases.current.filter((each) => each !== undefined));
    },
    [onCanvases],
  );
  const takeFirst = useCallback((canvas: HTMLCanvasElement | undefined) => take(0, canvas), [take]);
  const takeSecond = useCallback((canvas: HTMLCanvasElement | undefined) => take(1, canvas), [take]);
  const shared = { length, words, hovered };
  const picture = (
    <MaskPicture
      {...shared}
      {...first}
      other={show === 'difference' ? other?.mask : undefined}
      work={work}
      onCanvas={takeFirst}
      name={isBeside ? 'The first' : undefined}
    />
  );
  if (!isBeside) return picture;
  return (
    <div class="side-by-side">
      <figure>
        {picture}
        <Caption mask={first.mask} expression={first.expression} length={length} />
      </figure>
      <figure>
        <MaskPicture
          {...shared}
          mask={other.mask}
          parts={other.parts}
          expression={written}
          other={undefined}
          work={second}
          onCanvas={takeSecond}
          name="The other"
        />
        <Caption mask={other.mask} expression={written} length={length} />
      </figure>
    </div>
  );
}

/** What one of two patterns costs. */
function Caption({ mask, expression, length }: Omit<Shown, 'parts'> & { readonly length: number }) {
  const work = useMemo(patternWork, []);
  useEffect(() => work.close, [work]);
  const { heads, headDim } = pattern.values.value;
  const counted = useMemo(() => job<Cost>(), []);
  useEffect(() => {
    void counted.start((signal) => work.cost(mask, { queryLength: length, heads, headDim }, signal));
  }, [mask, length, heads, headDim, work, counted]);
  const state = counted.state.value;
  return (
    <figcaption class="hint">
      <code>{expression.length > 90 ? `${expression.slice(0, 89)}…` : expression}</code>
      <span>
        {state.at === 'done'
          ? `${percent(state.result.visitedFraction)} of the blocks, ${operations(state.result.flops)} forward`
          : 'Counting …'}
      </span>
    </figcaption>
  );
}
