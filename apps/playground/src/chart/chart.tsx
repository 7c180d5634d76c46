import type { PlotOptions } from '@observablehq/plot';
import { useEffect, useRef } from 'preact/hooks';
import { isDark } from '../app/theme.ts';

interface ChartProps {
  /** Makes the options of Observable Plot from the library, which is loaded when the first chart is shown. */
  readonly draw: (plot: typeof import('@observablehq/plot')) => PlotOptions;
  /** What it shows, in a sentence, for those who do not see it. */
  readonly label: string;
  /** Receives the drawn SVG, for taking it away. */
  readonly drawn?: ((svg: SVGSVGElement) => void) | undefined;
}

/** A plot. Its styles stand in `design/controls.css`: the page's policy allows no style that a script writes as text. */
export function Chart({ draw, label, drawn }: ChartProps) {
  const place = useRef<HTMLDivElement>(null);
  const dark = isDark();
  useEffect(() => {
    let isOver = false;
    const show = (plot: typeof import('@observablehq/plot')): void => {
      const { current } = place;
      if (isOver || current === null) return;
      const made = plot.plot({ className: 'chart-plot', ...draw(plot) });
      for (const style of made.querySelectorAll('style')) style.remove();
      // Plot names its groups; a picture has one name, and groups without a role may have none.
      for (const part of made.querySelectorAll('g[aria-label]')) part.removeAttribute('aria-label');
      const svg = made instanceof SVGSVGElement ? made : made.querySelector('svg:last-of-type');
      svg?.setAttribute('role', 'img');
      svg?.setAttribute('aria-label', label);
      current.replaceChildren(made);
      if (svg instanceof SVGSVGElement) drawn?.(svg);
    };
    // In a task of its own: the library takes one to begin.
    void import('@observablehq/plot').then((plot) => setTimeout(show, 0, plot));
    return () => {
      isOver = true;
    };
  }, [draw, label, dark]);
  return <div class="chart" ref={place} />;
}

/** A drawn chart as a file that stands alone. */
export function svgText(svg: SVGSVGElement): string {
  const copy = svg.cloneNode(true) as SVGSVGElement;
  copy.setAttribute('xmlns', 'http://www.w3.org/2000/svg');
  copy.setAttribute('font-family', 'system-ui, sans-serif');
  copy.setAttribute('font-size', '11');
  copy.setAttribute('color', '#1b2733');
  return new XMLSerializer().serializeToString(copy);
}
