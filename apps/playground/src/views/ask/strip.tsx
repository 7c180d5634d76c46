import { type ReadonlySignal, useSignal } from '@preact/signals';
import { useEffect, useRef } from 'preact/hooks';
import { isDark } from '../../app/theme.ts';
import { useWidth } from '../../chart/use-width.ts';
import { paint } from '../../picture/shapes.ts';
import { shortened } from '../../text/shortened.ts';
import type { Way } from './passages.ts';
import { nearest, type StripView, stripPicture, wayAt, wayTitles } from './strip-picture.ts';

interface StripProps extends Omit<StripView, 'sight'> {
  readonly text: string;
  /** What of the text is in sight: it alone moves while one scrolls. */
  readonly sight: ReadonlySignal<readonly [number, number] | undefined>;
  choose(way: Way, at: number): void;
  onCanvas(canvas: HTMLCanvasElement): void;
}

/** The whole document as a strip, with all that was found in it. */
export function Strip({ text, passages, sections, headings, length, by, chosen, sight, choose, onCanvas }: StripProps) {
  const { place, width } = useWidth<HTMLDivElement>(640);
  const canvas = useRef<HTMLCanvasElement>(null);
  const told = useSignal('');
  const inSight = sight.value;
  const dark = isDark();
  useEffect(() => {
    if (canvas.current === null) return;
    const picture = stripPicture({ passages, sections, headings, length, by, chosen, sight: inSight }, width);
    canvas.current.style.height = `${picture.height}px`;
    paint(canvas.current, picture);
    onCanvas(canvas.current);
  }, [passages, sections, headings, length, by, chosen, inSight, width, dark, onCanvas]);
  const at = ({ offsetX, offsetY }: MouseEvent): { readonly way: Way; readonly at: number } | undefined => {
    const way = wayAt(offsetY);
    const found = way === undefined ? undefined : nearest(passages[way], offsetX, length, width);
    return way === undefined || found === undefined ? undefined : { way, at: found };
  };
  return (
    <div class="strip" ref={place}>
      <canvas
        ref={canvas}
        role="img"
        aria-label={`Where in the document the passages lie: ${passages[by].length} found by ${by === 'both' ? 'both together' : wayTitles[by]}, in ${sections.length - 1} sections`}
        onPointerMove={(event) => {
          const found = at(event);
          const passage = found === undefined ? undefined : passages[found.way][found.at];
          if (found === undefined || passage === undefined) return;
          told.value = `${found.at + 1}. by ${wayTitles[found.way]}, ${passage.section.heading || 'before the first heading'}: “${shortened(text, passage.sentence, 80)}”`;
        }}
        onPointerLeave={() => {
          told.value = '';
        }}
        onClick={(event) => {
          const found = at(event);
          if (found !== undefined) choose(found.way, found.at);
        }}
      />
      <p class="hint told">{told.value || 'Point at a mark to read it; click it to go there. The frame is what you look at below.'}</p>
    </div>
  );
}
